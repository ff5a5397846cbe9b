import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { useRead } from '../../api/hooks';
import type { Holder, Token as TokenData, Transfer } from '../../api/types';
import { Amount, Count } from '../../components/Amount';
import { DataTable } from '../../components/DataTable';
import { Address, useLedger } from '../../components/Hash';
import { Figure, Page } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { TabView } from '../../components/TabView';
import { harmless, Untrusted } from '../../components/Untrusted';
import { holderColumns, transferColumns } from './columns';
import { Crumb } from './Frame';

export default function Token() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const { address = '' } = useParams();
  const answer = useRead<TokenData>('/api/v1/ledgers/{ledger}/tokens/{address}', { path: { ledger, address } });
  const name = answer.data?.name || answer.data?.symbol;
  return (
    <Page
      title={name ? harmless(name, 80) : t('tokenTitle')}
      crumb={<Crumb list="tokens" />}
      subtitle={<Address value={address} contract whole />}
    >
      <Loaded answer={answer}>{(data) => <Body key={data.address} token={data} />}</Loaded>
    </Page>
  );
}

function Body({ token }: { token: TokenData }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const path = { ledger, address: token.address };
  return (
    <>
      <div className="figures">
        <Figure name={t('standard')}>{t(`standards.${token.kind}`, { defaultValue: token.kind })}</Figure>
        <Figure name={t('symbol')}>
          <Untrusted text={token.symbol} characters={12} />
        </Figure>
        <Figure name={t('supply')}>
          <Amount value={token.totalSupply} decimals={token.decimals ?? 0} />
        </Figure>
        <Figure name={t('holders')}>
          <Count value={token.holders} />
        </Figure>
        <Figure name={t('transfers')}>
          <Count value={token.transfers} />
        </Figure>
      </div>
      <section className="panel tabbed">
        <TabView
          label={t('parts')}
          items={[
            {
              key: 'transfers',
              label: t('transfers'),
              children: (
                <DataTable<Transfer>
                  path="/api/v1/ledgers/{ledger}/tokens/{address}/transfers"
                  parameters={{ path }}
                  columns={transferColumns(t, ledger)}
                  rowKey={(one) => `${one.transaction} ${one.index} ${one.tokenId}`}
                  label={t('transfers')}
                  empty={<EmptyState title={t('noTransfers')} />}
                />
              ),
            },
            {
              key: 'holders',
              label: t('holders'),
              children: (
                <DataTable<Holder>
                  path="/api/v1/ledgers/{ledger}/tokens/{address}/holders"
                  parameters={{ path }}
                  columns={holderColumns(t, ledger, token)}
                  rowKey={(one) => `${one.account} ${one.tokenId}`}
                  label={t('holders')}
                />
              ),
            },
          ]}
        />
      </section>
    </>
  );
}
