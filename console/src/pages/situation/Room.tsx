/** The wall: the city at a glance, with a way down to every chain. */
import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useRead } from '../../api/hooks';
import { Count } from '../../components/Amount';
import { Facts, Figure, Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { possible } from './layout';
import { CityMap } from './Map';
import { Assets, HealthTag, Minutes, Reasons, Score, useChainName } from './Parts';
import { type Chain, type Flow, levelOf, type Picture, SITUATION } from './types';
import { Warnings } from './Warnings';

const WINDOWS = [24, 168, 720];
const EVERY_MS = 4_000;
/** Chains of the short list beside the map. */
const WORST_MAX = 5;

export function Room() {
  const { t } = useTranslation('situation');
  const [search, setSearch] = useSearchParams();
  const wanted = Number(search.get('hours'));
  const hours = WINDOWS.includes(wanted) ? wanted : 24;
  const answer = useRead<Picture>(SITUATION, { query: { hours } }, { every: EVERY_MS });
  function change(name: string, value: string) {
    const next = new URLSearchParams(search);
    next.set(name, value);
    return next;
  }
  return (
    <Page
      title={t('title')}
      subtitle={answer.data?.at ? <SeenAt at={answer.data.at} /> : t('subtitle')}
      actions={
        <Segmented
          aria-label={t('window')}
          value={hours}
          options={WINDOWS.map((value) => ({ value, label: t(`windows.${value}`) }))}
          onChange={(value) => setSearch(change('hours', String(value)), { replace: true })}
        />
      }
    >
      <Loaded answer={answer} rows={10}>
        {(picture) =>
          picture.at ? (
            <Wall picture={picture} selected={search.get('chain') ?? undefined} to={(name) => `?${change('chain', name)}`} />
          ) : (
            <EmptyState title={t('notYet')} hint={t('notYetHint')} />
          )
        }
      </Loaded>
    </Page>
  );
}

function SeenAt({ at }: { at: string }) {
  const { t } = useTranslation('situation');
  return (
    <>
      {t('subtitle')} · {t('seen')} <Time value={at} />
    </>
  );
}

function Wall({ picture, selected, to }: { picture: Picture; selected?: string; to: (name: string) => string }) {
  const { t } = useTranslation('situation');
  const worst = [...picture.chains].sort((one, other) => other.score - one.score);
  const chosen = picture.chains.find((chain) => chain.name === selected) ?? worst[0];
  return (
    <div className="stack">
      <Glance picture={picture} />
      {picture.uncounted > 200 && <p className="note">{t('uncounted', { blocks: picture.uncounted.toLocaleString() })}</p>}
      <div className="grid room">
        <div className="span-8">
          <Panel title={t('map.title')} extra={t('map.hint')}>
            <CityMap chains={picture.chains} flows={picture.flows} selected={chosen?.name} to={to} />
          </Panel>
        </div>
        <div className="span-4 stack">
          <Panel title={t('warnings.title')} extra={picture.warnings.length > 0 && <Count value={picture.warnings.length} />}>
            <Warnings warnings={picture.warnings} />
          </Panel>
          <Panel title={t('worst')} extra={<Link to="/situation/risks">{t('allRisks')}</Link>}>
            <ol className="worst">
              {worst.slice(0, WORST_MAX).map((chain) => (
                <Worst key={chain.name} chain={chain} to={to(chain.name)} />
              ))}
            </ol>
          </Panel>
        </div>
      </div>
      {chosen && <ChainPanel chain={chosen} />}
      <Panel title={t('table.title')}>
        <ChainTable chains={picture.chains} to={to} />
      </Panel>
      <Panel title={t('flows.title')} extra={t('flows.hint')}>
        <FlowTable flows={picture.flows} chains={picture.chains} />
      </Panel>
    </div>
  );
}

function Glance({ picture }: { picture: Picture }) {
  const { t } = useTranslation('situation');
  const seen = picture.chains.filter((chain) => chain.health !== 'unseen');
  const well = seen.filter((chain) => chain.health === 'well').length;
  const sum = (of: (chain: Chain) => number) => picture.chains.reduce((total, chain) => total + of(chain), 0);
  const [transactions, failed, open, trial] = [
    sum((chain) => chain.hour.transactions),
    sum((chain) => chain.hour.failed),
    sum((chain) => chain.open),
    sum((chain) => chain.openOnTrial),
  ];
  return (
    <div className="figures">
      <Figure
        name={t('glance.chains')}
        tone={well < seen.length ? 'warn' : undefined}
        note={t('glance.unseen', { count: picture.chains.length - seen.length })}
      >
        {well} / {seen.length}
      </Figure>
      <Figure name={t('glance.hour')} note={t('glance.payments', { count: sum((chain) => chain.hour.payments) })}>
        <Count value={transactions} />
      </Figure>
      <Figure
        name={t('glance.failed')}
        note={t('glance.share', { percent: transactions ? ((100 * failed) / transactions).toFixed(1) : '0' })}
      >
        <Count value={failed} />
      </Figure>
      <Figure name={t('glance.findings')} tone={open > 0 ? 'bad' : undefined} note={t('glance.trial', { count: trial })}>
        <Count value={open} />
      </Figure>
      <Figure name={t('warnings.title')} tone={picture.warnings.length > 0 ? 'warn' : undefined} note={t('glance.warnings')}>
        <Count value={picture.warnings.length} />
      </Figure>
    </div>
  );
}

function Worst({ chain, to }: { chain: Chain; to: string }) {
  const { t } = useTranslation('situation');
  const nameOf = useChainName();
  const first = chain.reasons[0];
  return (
    <li className={levelOf(chain.score)}>
      <Score value={chain.score} size={38} />
      <span className="worst-text">
        <Link to={to} replace preventScrollReset>
          {nameOf(chain)}
        </Link>
        <span className="faint small">
          {first ? t(`reasonKinds.${first.kind}`) : t('noReasons')}
          {chain.reasons.length > 1 && ` · ${t('moreReasons', { count: chain.reasons.length - 1 })}`}
        </span>
      </span>
    </li>
  );
}

/** One chain: how it is, why it stands for risk, and the ways down. */
function ChainPanel({ chain }: { chain: Chain }) {
  const { t } = useTranslation('situation');
  const nameOf = useChainName();
  const base = `/explorer/${encodeURIComponent(chain.name)}`;
  const isSeen = chain.health !== 'unseen';
  const links: [string, string][] = isSeen
    ? [
        [base, 'explorer'],
        [`${base}/transactions`, 'transactions'],
        [`${base}/transactions?status=failed`, 'failed'],
        [`${base}/accounts`, 'accounts'],
        [`${base}/contracts`, 'contracts'],
        [`${base}/flows`, 'flows'],
        [`/supervision/findings?ledger=${encodeURIComponent(chain.name)}`, 'findings'],
        [`/situation/trends?ledger=${encodeURIComponent(chain.name)}`, 'trends'],
      ]
    : [];
  if (chain.chain) links.push([`/chains/${encodeURIComponent(chain.chain)}`, 'registry']);
  return (
    <Panel
      title={
        <span className="row">
          <Score value={chain.score} size={34} /> {nameOf(chain)}
        </span>
      }
      extra={<HealthTag value={chain.health} />}
    >
      <div className="grid chain-panel">
        <div className="span-5 stack">
          <Facts
            items={[
              [t('facts.name'), <Untrusted key="name" text={chain.name} characters={60} />],
              [t('facts.kind'), t(`kinds.${chain.kind}`)],
              [t('facts.status'), <StatusTag key="status" value={chain.status} />],
              chain.threshold != null && [t('facts.attested'), t('facts.of', { threshold: chain.threshold, gateways: chain.gateways })],
              isSeen && [t('facts.block'), <BlockOf key="block" chain={chain} />],
              isSeen && [t('facts.day'), <DayOf key="day" chain={chain} />],
            ]}
          />
          {isSeen && (
            <figure className="hour">
              <Minutes values={chain.minutes} label={t('facts.minutes')} />
              <figcaption className="faint small">{t('facts.minutes')}</figcaption>
            </figure>
          )}
        </div>
        <div className="span-7 stack">
          <h3 className="quiet-head">{t('why', { score: chain.score })}</h3>
          <Reasons reasons={chain.reasons} />
        </div>
      </div>
      <nav className="ways" aria-label={t('ways.title')}>
        {links.map(([path, name]) => (
          <Link key={name} to={path} className="button-link">
            {t(`ways.${name}`)}
          </Link>
        ))}
      </nav>
    </Panel>
  );
}

function BlockOf({ chain }: { chain: Chain }) {
  const { t } = useTranslation('situation');
  return (
    <>
      <Count value={chain.height} /> · <Time value={chain.lastBlockAt} />
      {chain.lag > 0 && ` · ${t('facts.lag', { count: chain.lag })}`}
    </>
  );
}

function DayOf({ chain }: { chain: Chain }) {
  const { t } = useTranslation('situation');
  const { transactions, failed, payments, unverified } = chain.day;
  return <>{t('facts.activity', { transactions, failed, payments, unverified })}</>;
}

function ChainTable({ chains, to }: { chains: Chain[]; to: (name: string) => string }) {
  const { t } = useTranslation('situation');
  const nameOf = useChainName();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="scroll-x" tabIndex={0} aria-label={t('table.title')}>
      <table className="plain chain-table">
        <thead>
          <tr>
            <th scope="col">{t('table.chain')}</th>
            <th scope="col">{t('table.health')}</th>
            <th scope="col">{t('table.attested')}</th>
            <th scope="col" className="end">
              {t('table.hour')}
            </th>
            <th scope="col" className="end">
              {t('table.day')}
            </th>
            <th scope="col" className="end">
              {t('table.failed')}
            </th>
            <th scope="col" className="end">
              {t('table.findings')}
            </th>
            <th scope="col" className="end">
              {t('table.risk')}
            </th>
          </tr>
        </thead>
        <tbody>
          {chains.map((chain) => (
            <tr key={chain.name}>
              <td>
                <Link to={to(chain.name)} replace preventScrollReset>
                  {nameOf(chain)}
                </Link>
                <div className="faint small">{t(`kinds.${chain.kind}`)}</div>
              </td>
              <td>
                <HealthTag value={chain.health} />
                {chain.lastBlockAt && (
                  <div className="faint small">
                    <Time value={chain.lastBlockAt} />
                  </div>
                )}
              </td>
              <td className="number">
                {chain.threshold == null ? '–' : t('facts.of', { threshold: chain.threshold, gateways: chain.gateways })}
              </td>
              <td className="end">
                <Count value={chain.hour.transactions} />
              </td>
              <td className="end">
                <Count value={chain.day.transactions} />
              </td>
              <td className="end">
                <Count value={chain.day.failed} />
              </td>
              <td className="end">
                <Count value={chain.open} />
                {chain.openOnTrial > 0 && <span className="faint"> + {chain.openOnTrial}</span>}
              </td>
              <td className={`end risk-number ${levelOf(chain.score)}`}>{chain.score}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function FlowTable({ flows, chains }: { flows: Flow[]; chains: Chain[] }) {
  const { t } = useTranslation('situation');
  const nameOf = useChainName();
  const known = new Map(chains.map((chain) => [chain.name, nameOf(chain)]));
  const shown = flows.filter((flow) => flow.received > 0 || flow.paid > 0);
  if (shown.length === 0) return <EmptyState title={t('flows.none')} hint={t('flows.noneHint')} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="scroll-x" tabIndex={0} aria-label={t('flows.title')}>
      <table className="plain chain-table">
        <thead>
          <tr>
            <th scope="col">{t('flows.from')}</th>
            <th scope="col">{t('flows.to')}</th>
            <th scope="col" className="end">
              {t('flows.identities')}
            </th>
            <th scope="col">{t('flows.received')}</th>
            <th scope="col">{t('flows.paid')}</th>
            <th scope="col" className="end">
              {t('flows.possible')}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((flow) => (
            <tr key={`${flow.from} ${flow.to}`}>
              <td>{known.get(flow.from) ?? flow.from}</td>
              <td>→ {known.get(flow.to) ?? flow.to}</td>
              <td className="end">
                <Count value={flow.identities} />
              </td>
              <td>
                <Assets moved={flow.receivedAssets} />
              </td>
              <td>
                <Assets moved={flow.paidAssets} />
              </td>
              <td className="end">
                <Count value={possible(flow)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
