import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useRead } from '../../api/hooks';
import type { BlockDetail, TransactionSummary } from '../../api/types';
import { Amount, Count } from '../../components/Amount';
import { isForeign } from '../../components/Attested';
import { DataTable } from '../../components/DataTable';
import { Address, Hash, useLedger } from '../../components/Hash';
import { Facts, Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { harmless, Untrusted } from '../../components/Untrusted';
import { AttestedBlock } from './AttestedBlock';
import { Share, transactionColumns } from './columns';
import { Crumb } from './Frame';
import { Proof } from './Proof';

export default function Block() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const { block = '' } = useParams();
  const answer = useRead<BlockDetail>('/api/v1/ledgers/{ledger}/blocks/{block}', { path: { ledger, block } });
  const height = answer.data?.height;
  const to = (next: number) => `/explorer/${encodeURIComponent(ledger)}/blocks/${next}`;
  return (
    <Page
      title={t('blockTitle', { height: height ?? block.slice(0, 14) })}
      crumb={<Crumb list="blocks" />}
      actions={
        height !== undefined && (
          <>
            {height > 0 && (
              <Link className="button-link" to={to(height - 1)} aria-label={t('previousBlock')}>
                <LeftOutlined />
              </Link>
            )}
            {answer.data?.hasNext && (
              <Link className="button-link" to={to(height + 1)} aria-label={t('nextBlock')}>
                <RightOutlined />
              </Link>
            )}
          </>
        )
      }
    >
      <Loaded answer={answer}>{(data) => <Body key={data.hash} block={data} />}</Loaded>
    </Page>
  );
}

function Body({ block }: { block: BlockDetail }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  return (
    <>
      <div className="grid">
        <div className="span-7">
          <Panel title={t('facts')}>
            <Facts
              items={[
                isForeign(ledger) ? null : [t('status'), <StatusTag key="status" value="final" />],
                [t('time'), <Time key="time" value={block.at} full />],
                [t('hash'), <Hash key="hash" value={block.hash} whole />],
                [t('parent'), <Hash key="parent" value={block.parentHash} kind={block.height > 0 ? 'block' : undefined} />],
                isForeign(ledger) ? null : [t('proposer'), <Proposer key="proposer" block={block} />],
                [t('transactions'), <Count key="transactions" value={block.transactions} />],
                block.gasLimit > 0
                  ? [
                      t('gasUsed'),
                      <span key="gas" className="row">
                        <Count value={block.gasUsed} /> <Share part={block.gasUsed} whole={block.gasLimit} />
                      </span>,
                    ]
                  : null,
                block.sizeBytes ? [t('size'), t('bytes', { count: block.sizeBytes })] : null,
                block.baseFee ? [t('baseFee'), <Amount key="fee" value={block.baseFee} />] : null,
                block.stateRoot ? [t('stateRoot'), <Hash key="state" value={block.stateRoot} whole />] : null,
                block.payloadDigest ? [t('payload'), <Hash key="payload" value={block.payloadDigest} whole />] : null,
              ]}
            />
          </Panel>
        </div>
        <div className="span-5">
          {isForeign(ledger) ? (
            <AttestedBlock ledger={ledger} height={block.height} />
          ) : (
            <Proof ledger={ledger} height={block.height} hash={block.hash} stateRoot={block.stateRoot ?? undefined} />
          )}
        </div>
      </div>
      <Panel title={t('transactionsOf')} flush>
        {block.transactions === 0 ? (
          <EmptyState title={t('noTransactionsInBlock')} hint={t('noTransactionsInBlockHint')} />
        ) : (
          <DataTable<TransactionSummary>
            path="/api/v1/ledgers/{ledger}/transactions"
            parameters={{ path: { ledger }, query: { block: block.height } }}
            columns={transactionColumns(t, ledger, ['block'])}
            rowKey={(one) => one.hash}
            label={t('transactionsOf')}
          />
        )}
      </Panel>
      {block.omitted.length > 0 && (
        <Panel title={t('omitted')} extra={t('omittedNote')}>
          <ul className="rows">
            {block.omitted.map((each) => (
              <li key={each.hash}>
                <span className="grow">
                  <Hash value={each.hash} />
                </span>
                <Untrusted text={each.reason} characters={120} />
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

function Proposer({ block }: { block: BlockDetail }) {
  return (
    <span className="row">
      {block.proposer && harmless(block.proposer, 40)} <Address value={block.beneficiary} />
    </span>
  );
}
