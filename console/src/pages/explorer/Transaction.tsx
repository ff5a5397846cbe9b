import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import type { DecodedCall, DecodedError, StateChanges, Trace, TransactionDetail } from '../../api/types';
import { Amount, Count } from '../../components/Amount';
import { isForeign } from '../../components/Attested';
import { Address, Hash, useLedger } from '../../components/Hash';
import { Facts, Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { TabView } from '../../components/TabView';
import { Time } from '../../components/Time';
import { harmless } from '../../components/Untrusted';
import { Arguments } from '../../components/Value';
import { MASK } from '../../mask';
import { AttestedBlock } from './AttestedBlock';
import { Changes } from './Changes';
import { BlockLink, Method, Party, Share, TokenAmount } from './columns';
import { FoundWords } from './FoundWords';
import { Crumb } from './Frame';
import { Proof } from './Proof';
import { CallTree } from './Trace';

export default function Transaction() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const { hash = '' } = useParams();
  const answer = useRead<TransactionDetail>('/api/v1/ledgers/{ledger}/transactions/{hash}', { path: { ledger, hash } });
  return (
    <Page title={t('transactionTitle')} crumb={<Crumb list="transactions" />} subtitle={<Hash value={hash} whole />}>
      <Loaded answer={answer}>{(data) => <Body key={data.hash} one={data} />}</Loaded>
    </Page>
  );
}

function Body({ one }: { one: TransactionDetail }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const may = useRights();
  const [tab, setTab] = useState('call');
  const foreign = isForeign(ledger);
  // Only a node can run a transaction again.
  const trace = may('trace') && !foreign;
  const items = [
    { key: 'call', label: t('call'), children: <Call call={one.call} input={one.input} /> },
    { key: 'events', label: `${t('tabs.events')} (${one.events.length})`, children: <EventList one={one} /> },
    ...(one.transfers.length > 0
      ? [{ key: 'transfers', label: `${t('transfers')} (${one.transfers.length})`, children: <Transfers one={one} /> }]
      : []),
    ...(trace ? [{ key: 'trace', label: t('trace'), children: <TraceTab ledger={ledger} hash={one.hash} /> }] : []),
    ...(trace ? [{ key: 'changes', label: t('changes'), children: <ChangesTab ledger={ledger} hash={one.hash} /> }] : []),
  ];
  return (
    <>
      {one.error && <Failure error={one.error} onTrace={trace ? () => setTab('trace') : undefined} />}
      {may('readFindings') && <FoundWords ledger={ledger} block={one.block} index={one.index} />}
      <div className="grid">
        <div className="span-7">
          <Panel title={t('facts')}>
            <Summary one={one} />
          </Panel>
        </div>
        <div className="span-5">
          {foreign ? (
            <AttestedBlock ledger={ledger} height={one.block} />
          ) : (
            <Proof
              ledger={ledger}
              height={one.block}
              hash={one.blockHash}
              transaction={{ hash: one.hash, index: one.index, succeeded: one.status === 'success', events: one.events }}
            />
          )}
        </div>
      </div>
      <section className="panel tabbed">
        <TabView label={t('parts')} active={tab} onChange={setTab} items={items} />
      </section>
    </>
  );
}

function Summary({ one }: { one: TransactionDetail }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  return (
    <Facts
      items={[
        [t('status'), <StatusTag key="status" value={one.status} />],
        [
          t('block'),
          <span key="block">
            <BlockLink ledger={ledger} height={one.block} /> <span className="faint">· {t('place', { index: one.index })}</span>
          </span>,
        ],
        [t('time'), <Time key="time" value={one.at} full />],
        [t('from'), <Address key="from" value={one.from} name={one.fromName} />],
        one.contractCreated
          ? [t('deployed'), <Address key="to" value={one.contractCreated} contract />]
          : [t('to'), <Address key="to" value={one.to} name={one.toName} contract={Boolean(one.selector)} />],
        [t('method'), <Method key="method" name={one.method} selector={one.selector} />],
        [t('value'), <Amount key="value" value={one.value} />],
        one.gasUsed === null || one.gasUsed === undefined
          ? null
          : [
              t('gasUsed'),
              <span key="gas" className="row">
                <Count value={one.gasUsed} /> <Share part={one.gasUsed} whole={one.gasLimit ?? 0} />
              </span>,
            ],
        one.fee ? [t('fee'), <Amount key="fee" value={one.fee} />] : null,
        one.nonce === null || one.nonce === undefined ? null : [t('nonce'), <Count key="nonce" value={one.nonce} />],
      ]}
    />
  );
}

function Failure({ error, onTrace }: { error: DecodedError; onTrace?: () => void }) {
  const { t } = useTranslation(['explorer', 'wallet']);
  return (
    <section className="panel failure" role="status">
      <div className="panel-body">
        <p className="verdict bad">{t('explorer:failedBecause')}</p>
        <p>{t(`wallet:refusals.${error.name}`, { defaultValue: harmless(error.message || error.name, 400) })}</p>
        <p className="mono small faint">{harmless(error.name, 80)}</p>
        <Arguments items={error.arguments} />
        {onTrace && (
          <button type="button" className="text-button" onClick={onTrace}>
            {t('explorer:seeTrace')}
          </button>
        )}
      </div>
    </section>
  );
}

/** Characters of input that are shown at once. */
const INPUT_SHOWN = 2_000;

function Call({ call, input }: { call?: DecodedCall | null; input: string }) {
  const { t } = useTranslation('explorer');
  if (input === '0x' || input === '') return <EmptyState title={t('noInput')} hint={t('noInputHint')} />;
  const isMasked = input === MASK;
  return (
    <div className="stack">
      {call ? (
        <>
          <p>
            {call.contract && <strong>{harmless(call.contract, 60)}</strong>} <code className="mono">{harmless(call.signature, 200)}</code>
          </p>
          <Arguments items={call.arguments} />
        </>
      ) : (
        <p className="note">{t('callUnknown')}</p>
      )}
      {isMasked ? (
        <p className="note">
          <mark className="masked">{MASK}</mark> {t('content:maskedBytes')}
        </p>
      ) : (
        <details open={!call}>
          <summary>{t('input', { count: (input.length - 2) / 2 })}</summary>
          <pre className="bytes">{input.length > INPUT_SHOWN ? `${input.slice(0, INPUT_SHOWN)}…` : input}</pre>
        </details>
      )}
    </div>
  );
}

function EventList({ one }: { one: TransactionDetail }) {
  const { t } = useTranslation('explorer');
  if (one.events.length === 0) return <EmptyState title={t('noEvents')} />;
  return (
    <ol className="event-list">
      {one.events.map((event) => (
        <li key={event.index}>
          <header className="row">
            <span className="number faint">{event.index}</span>
            <Method name={event.name} selector={event.topics[0]?.slice(0, 10)} />
            <Address value={event.address} name={event.contractName} contract copy={false} />
          </header>
          {event.name ? (
            <Arguments items={event.arguments} />
          ) : (
            <pre className="bytes">
              {[...event.topics, event.data].map((line) => (line.length > 600 ? `${line.slice(0, 600)}…` : line)).join('\n')}
            </pre>
          )}
        </li>
      ))}
    </ol>
  );
}

function Transfers({ one }: { one: TransactionDetail }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  return (
    <ul className="rows">
      {one.transfers.map((transfer) => (
        <li key={`${transfer.index} ${transfer.tokenId}`}>
          <Party address={transfer.from} name={transfer.fromName} none={t('minted')} ledger={ledger} />
          <span aria-hidden="true">→</span>
          <Party address={transfer.to} name={transfer.toName} none={t('burnt')} ledger={ledger} />
          <span className="grow end">
            <TokenAmount amount={transfer.amount} token={transfer.token} tokenId={transfer.tokenId} ledger={ledger} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function TraceTab({ ledger, hash }: { ledger: string; hash: string }) {
  const { t } = useTranslation('explorer');
  const answer = useRead<Trace>('/api/v1/ledgers/{ledger}/transactions/{hash}/trace', { path: { ledger, hash } });
  return (
    <Loaded answer={answer}>
      {(trace) => (
        <>
          {trace.truncated && <p className="warn">{t('traceTruncated')}</p>}
          <CallTree root={trace.root} />
        </>
      )}
    </Loaded>
  );
}

function ChangesTab({ ledger, hash }: { ledger: string; hash: string }) {
  const answer = useRead<StateChanges>('/api/v1/ledgers/{ledger}/transactions/{hash}/changes', { path: { ledger, hash } });
  return <Loaded answer={answer}>{(changes) => <Changes changes={changes} />}</Loaded>;
}
