import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import type { ContractDetail, LedgerEvent } from '../../api/types';
import { Amount, Count } from '../../components/Amount';
import { isForeign } from '../../components/Attested';
import { DataTable } from '../../components/DataTable';
import { Address, Hash, useLedger } from '../../components/Hash';
import { Facts, Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { TabView } from '../../components/TabView';
import { Time } from '../../components/Time';
import { harmless, Untrusted } from '../../components/Untrusted';
import { Arguments } from '../../components/Value';
import { AddressLine, ControlLink, useAccountTabs } from './Account';
import { functionsOf } from './abi';
import { BlockLink, eventColumns } from './columns';
import { Crumb } from './Frame';
import { BySignature, Functions } from './Functions';
import { Source } from './Source';

export default function Contract() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const { address = '' } = useParams();
  const answer = useRead<ContractDetail>('/api/v1/ledgers/{ledger}/contracts/{address}', { path: { ledger, address } });
  const name = answer.data?.name;
  return (
    <Page
      title={name ? harmless(name, 80) : t('contractTitle')}
      crumb={<Crumb list="contracts" />}
      subtitle={<AddressLine address={address} />}
    >
      <Loaded answer={answer}>{(data) => <Body key={data.address} contract={data} />}</Loaded>
    </Page>
  );
}

function Body({ contract }: { contract: ContractDetail }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const may = useRights();
  const { reads, writes } = functionsOf(contract.abi);
  const account = useAccountTabs(contract.address);
  const foreign = isForeign(ledger);
  const write = may('transact') && !foreign;
  const items = [
    ...(reads.length > 0 && !foreign
      ? [{ key: 'read', label: t('read'), children: <Functions contract={contract.address} functions={reads} kind="read" /> }]
      : []),
    ...(writes.length > 0 && write
      ? [{ key: 'write', label: t('write'), children: <Functions contract={contract.address} functions={writes} kind="write" /> }]
      : []),
    ...(!contract.abiKnown && write
      ? [{ key: 'signature', label: t('bySignature'), children: <BySignature contract={contract.address} /> }]
      : []),
    {
      key: 'events',
      label: t('tabs.events'),
      children: (
        <DataTable<LedgerEvent>
          path="/api/v1/ledgers/{ledger}/events"
          parameters={{ path: { ledger }, query: { contract: contract.address } }}
          columns={eventColumns(t, ledger, false)}
          rowKey={(event) => `${event.block} ${event.index}`}
          expanded={(event) => <Arguments items={event.arguments} ledger={ledger} />}
          label={t('tabs.events')}
          empty={<EmptyState title={t('noEvents')} />}
        />
      ),
    },
    ...account.map((tab) => ({ ...tab, label: t(tab.label) })),
    ...(foreign ? [] : [{ key: 'source', label: t('source'), children: <Source contract={contract} /> }]),
  ];
  return (
    <>
      <Panel title={t('facts')} extra={<ControlLink address={contract.address} />}>
        <ContractFacts contract={contract} />
      </Panel>
      <section className="panel tabbed">
        <TabView label={t('parts')} items={items} />
      </section>
    </>
  );
}

/** Whether calls can be shown in words, and by whose word. */
function abiState(contract: ContractDetail, t: (key: string) => string): ReactNode {
  if (!contract.abiKnown) return t('abiUnknown');
  const given = (contract.source as { state?: unknown } | null | undefined)?.state === 'given';
  return given ? t('abiGiven') : <StatusTag value="verified" />;
}

function ContractFacts({ contract }: { contract: ContractDetail }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  return (
    <Facts
      items={[
        [t('kind'), t(`kinds.${contract.kind}`, { defaultValue: contract.kind })],
        contract.status ? [t('status'), <StatusTag key="status" value={contract.status} />] : null,
        contract.freeze
          ? [
              t('freeze'),
              <span key="freeze">
                <Untrusted text={contract.freeze.reason} characters={200} /> · <Time value={contract.freeze.at} />
              </span>,
            ]
          : null,
        isForeign(ledger) ? null : [t('balance'), <Amount key="balance" value={contract.balance} />],
        contract.creator ? [t('creator'), <Address key="creator" value={contract.creator} />] : null,
        contract.transaction ? [t('transaction'), <Hash key="transaction" value={contract.transaction} kind="transaction" />] : null,
        contract.createdAt === null || contract.createdAt === undefined
          ? null
          : [t('createdAt'), <BlockLink key="at" ledger={ledger} height={contract.createdAt} />],
        contract.codeBytes ? [t('codeSize'), <Count key="size" value={contract.codeBytes} />] : null,
        contract.codeHash ? [t('codeHash'), <Hash key="hash" value={contract.codeHash} whole />] : null,
        [t('abi'), abiState(contract, t)],
      ]}
    />
  );
}
