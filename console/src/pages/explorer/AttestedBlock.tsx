import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/hooks';
import type { BlockDetail } from '../../api/types';
import { Hash } from '../../components/Hash';
import { Facts, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { Time } from '../../components/Time';
import { BlockLink } from './columns';

/** Who attests a block of a foreign chain, in the place where a ledger of the city shows its proof. */
export function AttestedBlock({ ledger, height }: { ledger: string; height: number }) {
  const { t } = useTranslation('explorer');
  const answer = useRead<BlockDetail>('/api/v1/ledgers/{ledger}/blocks/{block}', { path: { ledger, block: height } });
  return (
    <Panel title={t('foreign.title')}>
      <Loaded answer={answer}>
        {({ attested }) => (attested ? <Batch batch={attested} ledger={ledger} /> : <p>{t('foreign.none')}</p>)}
      </Loaded>
    </Panel>
  );
}

function Batch({ batch, ledger }: { batch: NonNullable<BlockDetail['attested']>; ledger: string }) {
  const { t } = useTranslation('explorer');
  return (
    <>
      <p>
        <strong>{t('foreign.attested', { threshold: batch.agreed, gateways: batch.gateways })}</strong>
      </p>
      <p className="note">{t('foreign.meaning')}</p>
      <Facts
        items={[
          [
            t('foreign.batch'),
            <span key="batch">
              <BlockLink ledger={ledger} height={batch.fromHeight} /> – <BlockLink ledger={ledger} height={batch.toHeight} />
            </span>,
          ],
          [t('foreign.anchored'), <BlockLink key="height" ledger="main" height={batch.anchoredHeight} />],
          [t('time'), <Time key="at" value={batch.anchoredAt} full />],
          [t('foreign.root'), <Hash key="root" value={batch.blocksRoot} />],
          [t('foreign.digest'), <Hash key="digest" value={batch.digest} />],
        ]}
      />
    </>
  );
}
