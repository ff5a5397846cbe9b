/** Commands of all cases, newest first: what waits for approval, what waits for its proof, what is overdue. */
import { Flex, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { type Columns, DataTable } from '../../components/DataTable';
import { Page, Panel } from '../../components/Page';
import { EmptyState } from '../../components/States';
import { Time } from '../../components/Time';
import { harmless } from '../../components/Untrusted';
import type { Chain } from '../chains/types';
import { useNext } from './Progress';
import { type CaseCommand, COMMAND_STATES } from './types';
import { ChainName, CommandStateTag, CommandTarget } from './Words';

export function Commands() {
  const { t } = useTranslation('cases');
  const next = useNext();
  const navigate = useNavigate();
  const [parameters, setParameters] = useSearchParams();
  const chains = useRead<ApiPage<Chain>>('/api/v1/chains', { query: { limit: 200 } });
  const set = (name: string, value: string | undefined) => {
    const changed = new URLSearchParams(parameters);
    if (value) changed.set(name, value);
    else changed.delete(name);
    setParameters(changed, { replace: true });
  };
  const state = parameters.get('state') ?? undefined;
  const chain = parameters.get('chain') ?? undefined;
  const columns: Columns<CaseCommand> = [
    { key: 'id', title: t('number'), render: (_, one) => <span className="number">{one.id}</span> },
    { key: 'action', title: t('command.what'), render: (_, one) => t(`actions.${one.action}`) },
    { key: 'target', title: t('command.target'), render: (_, one) => <CommandTarget command={one} /> },
    { key: 'chain', title: t('command.chain'), render: (_, one) => <ChainName chain={one.chain} /> },
    { key: 'state', title: t('state'), render: (_, one) => <CommandStateTag value={one.state} /> },
    { key: 'next', title: t('command.next'), render: (_, one) => <div className="finding-text">{next(one)}</div> },
    { key: 'ordered', title: t('command.ordered'), render: (_, one) => <Time value={one.orderedAt} /> },
  ];
  return (
    <Page title={t('tabs.commands')} subtitle={t('command.hint')}>
      <Flex gap={8} wrap className="filters">
        <Select
          allowClear
          aria-label={t('state')}
          placeholder={t('state')}
          value={state}
          options={COMMAND_STATES.map((value) => ({ value, label: t(`commandStates.${value}`) }))}
          onChange={(value: string | undefined) => set('state', value)}
          style={{ minWidth: 160 }}
        />
        <Select
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          aria-label={t('command.chain')}
          placeholder={t('command.chain')}
          value={chain}
          options={[
            { value: `0x${'0'.repeat(64)}`, label: t('mainLedger') },
            ...(chains.data?.items ?? []).map((one) => ({ value: one.id, label: harmless(one.name, 40) })),
          ]}
          onChange={(value: string | undefined) => set('chain', value)}
          style={{ minWidth: 200 }}
        />
      </Flex>
      <Panel flush>
        <DataTable<CaseCommand>
          path="/api/v1/commands"
          parameters={{ query: { state, chain } }}
          columns={columns}
          rowKey={(one) => String(one.id)}
          every={10_000}
          label={t('tabs.commands')}
          onRow={(one) => void navigate(`/cases/${one.case}#command-${one.id}`)}
          empty={<EmptyState title={t('command.none')} hint={t('command.noneHint')} />}
        />
      </Panel>
    </Page>
  );
}
