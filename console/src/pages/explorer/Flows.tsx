/** What moved between accounts as a picture: an account's flows when it is clicked, and from there to its transactions. */
import type { EChartsCoreOption } from 'echarts/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useRead } from '../../api/hooks';
import type { components } from '../../api/schema';
import { Amount, Count } from '../../components/Amount';
import { Chart } from '../../components/Chart';
import { Address, useLedger } from '../../components/Hash';
import { Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { harmless } from '../../components/Untrusted';
import { BlockLink, Party, TokenLink } from './columns';
import { ListFrame } from './Frame';

type Flow = components['schemas']['Flow'];
type Answer = components['schemas']['Flows'];

/** Flows that the table below the picture lists. */
const ROWS_MAX = 50;
const ZERO = /^0x0{40}$/;

export default function Flows() {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const [search, setSearch] = useSearchParams();
  const account = search.get('account') ?? undefined;
  const number = (name: string) => (/^\d{1,15}$/.test(search.get(name) ?? '') ? Number(search.get(name)) : undefined);
  const query = { account, from: number('from'), to: number('to') };
  const answer = useRead<Answer>('/api/v1/ledgers/{ledger}/flows', { path: { ledger }, query });
  function change(name: string, value?: string) {
    const next = new URLSearchParams(search);
    if (value) next.set(name, value);
    else next.delete(name);
    setSearch(next);
  }
  const height = (name: 'from' | 'to') => (
    <input
      key={`${name} ${search.get(name)}`}
      className="plain-select"
      inputMode="numeric"
      defaultValue={search.get(name) ?? ''}
      placeholder={t(`flows.${name}`)}
      aria-label={t(`flows.${name}`)}
      maxLength={15}
      onKeyDown={(event) => event.key === 'Enter' && change(name, event.currentTarget.value.trim())}
      onBlur={(event) => event.currentTarget.value.trim() !== (search.get(name) ?? '') && change(name, event.currentTarget.value.trim())}
    />
  );
  return (
    <ListFrame title={t('flows.title')}>
      <Panel
        title={t('flows.title')}
        extra={
          <>
            {height('from')}
            {height('to')}
          </>
        }
      >
        {account && (
          <p className="row">
            {t('flows.of')} <Address value={account} ledger={ledger} />
            <button type="button" className="text-button" onClick={() => change('account')}>
              {t('flows.all')}
            </button>
          </p>
        )}
        <Loaded answer={answer}>
          {(data) =>
            data.items.length === 0 ? (
              <EmptyState title={t('flows.none')} />
            ) : (
              <>
                <p className="faint small">
                  {t('flows.hint')}
                  {data.completeFrom !== null && data.completeFrom !== undefined && ` ${t('flows.since', { height: data.completeFrom })}`}
                  {data.leftOut > 0 && ` ${t('flows.leftOut', { count: data.leftOut })}`}
                </p>
                <Picture flows={data.items} account={account} onAccount={(address) => change('account', address)} />
              </>
            )
          }
        </Loaded>
      </Panel>
      {answer.data && answer.data.items.length > 0 && (
        <Panel title={t('flows.list')}>
          <List flows={answer.data.items} ledger={ledger} />
        </Panel>
      )}
    </ListFrame>
  );
}

interface PictureProps {
  flows: Flow[];
  account?: string;
  onAccount: (address: string) => void;
}

function Picture({ flows, account, onAccount }: PictureProps) {
  const { t } = useTranslation('explorer');
  const option = useMemo((): EChartsCoreOption => {
    const nodes = new Map<string, { id: string; name: string; count: number }>();
    const node = (address: string, name: string | null | undefined, zero: string, count: number) => {
      const known = nodes.get(address);
      const shown = ZERO.test(address) ? zero : name ? harmless(name, 24) : `${address.slice(0, 8)}…${address.slice(-4)}`;
      nodes.set(address, { id: address, name: shown, count: (known?.count ?? 0) + count });
    };
    const links = new Map<string, { source: string; target: string; count: number }>();
    for (const flow of flows) {
      node(flow.from, flow.fromName, t('minted'), flow.count);
      node(flow.to, flow.toName, t('burnt'), flow.count);
      const key = `${flow.from} ${flow.to}`;
      links.set(key, { source: flow.from, target: flow.to, count: (links.get(key)?.count ?? 0) + flow.count });
    }
    const size = (count: number) => 8 + 6 * Math.log10(count + 1);
    return {
      tooltip: {},
      series: [
        {
          type: 'graph',
          layout: 'force',
          roam: true,
          edgeSymbol: ['none', 'arrow'],
          edgeSymbolSize: 7,
          force: { repulsion: 900, edgeLength: [90, 220], layoutAnimation: false },
          label: { show: nodes.size <= 40, position: 'right' },
          emphasis: { focus: 'adjacency' },
          lineStyle: { curveness: 0.12, opacity: 0.6 },
          data: [...nodes.values()].map((one) => ({
            id: one.id,
            name: one.name,
            value: one.count,
            symbolSize: one.id === account ? 26 : size(one.count),
            itemStyle: one.id === account ? { borderWidth: 3, borderColor: 'currentColor' } : undefined,
          })),
          links: [...links.values()].map(({ source, target, count }) => ({
            source,
            target,
            value: count,
            lineStyle: { width: 1 + Math.log10(count + 1) },
          })),
        },
      ],
    };
  }, [flows, account, t]);
  return <Chart option={option} height={460} label={t('flows.title')} onNode={(id) => !ZERO.test(id) && onAccount(id)} />;
}

function List({ flows, ledger }: { flows: Flow[]; ledger: string }) {
  const { t } = useTranslation('explorer');
  return (
    <ul className="rows">
      {flows.slice(0, ROWS_MAX).map((flow) => (
        <li key={`${flow.from} ${flow.to} ${flow.token?.address}`}>
          <Party address={flow.from} name={flow.fromName} none={t('minted')} ledger={ledger} />
          <span aria-hidden="true">→</span>
          <Party address={flow.to} name={flow.toName} none={t('burnt')} ledger={ledger} />
          <span className="faint small">
            {t('flows.times', { count: flow.count })} · <BlockLink ledger={ledger} height={flow.firstBlock} /> –{' '}
            <BlockLink ledger={ledger} height={flow.lastBlock} />
          </span>
          <span className="grow end nowrap">
            {flow.token ? (
              <>
                {flow.token.kind === 'ERC-20' ? (
                  <Amount value={flow.amount} decimals={flow.token.decimals ?? 0} />
                ) : (
                  <Count value={flow.amount} />
                )}{' '}
                <TokenLink token={flow.token} ledger={ledger} />
              </>
            ) : (
              <Amount value={flow.amount} />
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
