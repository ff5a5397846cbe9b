/** Words: versions of the thesaurus on the ledger, what is done on which ledger, and who holds the version in force. */
import { Alert, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { useRead } from '../../api/hooks';
import type { components } from '../../api/schema';
import { useRights } from '../../api/session';
import { Command } from '../../components/Command';
import { Copy } from '../../components/Copy';
import { Address } from '../../components/Hash';
import { Facts, Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag, type Tone } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { Scroller } from '../governance/Scroller';

type Overview = components['schemas']['ContentOverview'];
type Version = components['schemas']['ThesaurusVersion'];
type LedgerMode = components['schemas']['LedgerMode'];
type Standing = components['schemas']['ThesaurusStanding'];
/** An answer of the time series: one value for each node and state. */
interface Vector {
  data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

const REFRESH_MS = 5_000;
const MODE_TONES = { off: 'quiet', flag: 'warn', refuse: 'good' } as const satisfies Record<string, Tone>;
const STANDING_TONES: Record<Standing, Tone> = {
  none: 'quiet',
  held: 'good',
  earlier: 'warn',
  absent: 'bad',
  other: 'bad',
  unreadable: 'bad',
};
const toneOf = (state: string): Tone => (state in STANDING_TONES ? STANDING_TONES[state as Standing] : 'quiet');

export function Content() {
  const { t } = useTranslation('content');
  const may = useRights();
  const answer = useRead<Overview>('/api/v1/content', {}, { every: REFRESH_MS });
  return (
    <Page title={t('title')} subtitle={t('hint')}>
      <Loaded answer={answer}>
        {(overview) => (
          <div className="stack">
            {!['none', 'held'].includes(overview.standing) && (
              <Alert
                type="error"
                showIcon
                title={t(`console.${overview.standing}`)}
                description={overview.fault ? <Untrusted text={overview.fault} characters={400} /> : undefined}
              />
            )}
            <Held overview={overview} />
            <Panel title={t('ledgers')} flush>
              <Modes ledgers={overview.ledgers} />
            </Panel>
            <Panel title={t('versions')} flush>
              <Versions overview={overview} />
            </Panel>
            {may('monitor') && <Nodes />}
            {may('supervise') && (
              <Panel title={t('next')}>
                <p className="note">{t('nextHint')}</p>
                <Command text='civitas content submit thesaurus.toml --legal-basis "…" --key KEY' />
                <Command text="civitas content confirm thesaurus.toml --key KEY" />
              </Panel>
            )}
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Held({ overview }: { overview: Overview }) {
  const { t } = useTranslation('content');
  const version = overview.versions.find((each) => each.version === overview.inForce);
  return (
    <Panel title={t('inForce')}>
      {version ? (
        <Facts
          items={[
            [t('version'), version.version],
            [t('hash'), <Digest key="hash" text={version.hash} />],
            [t('categories'), version.categories],
            [t('legalBasis'), <Untrusted key="basis" text={version.legalBasis} characters={200} />],
            [t('here'), <Standings key="here" state={overview.standing} />],
          ]}
        />
      ) : (
        <EmptyState title={t('none')} hint={t('noneHint')} />
      )}
    </Panel>
  );
}

const Digest = ({ text }: { text: string }) => (
  <span className="row">
    <code className="mono" title={text}>{`${text.slice(0, 14)}…${text.slice(-6)}`}</code>
    <Copy text={text} />
  </span>
);

function Standings({ state }: { state: string }) {
  const { t } = useTranslation('content');
  return <StatusTag value={state} tone={toneOf(state)} label={t(`standings.${state}`, { defaultValue: state })} />;
}

function Modes({ ledgers }: { ledgers: LedgerMode[] }) {
  const { t } = useTranslation('content');
  return (
    <Scroller label={t('ledgers')}>
      <Table<LedgerMode>
        aria-label={t('ledgers')}
        size="small"
        rowKey="ledger"
        pagination={false}
        dataSource={ledgers}
        columns={[
          { key: 'ledger', title: t('ledger'), render: (_, one) => <span className="mono">{one.ledger}</span> },
          {
            key: 'mode',
            title: t('mode'),
            render: (_, one) => <StatusTag value={one.mode} tone={MODE_TONES[one.mode]} label={t(`modes.${one.mode}`)} />,
          },
          {
            key: 'next',
            title: t('later'),
            render: (_, one) =>
              one.next ? t('fromHeight', { mode: t(`modes.${one.next}`), height: (one.nextHeight ?? 0).toLocaleString() }) : '–',
          },
        ]}
      />
    </Scroller>
  );
}

function Versions({ overview }: { overview: Overview }) {
  const { t } = useTranslation('content');
  if (overview.versions.length === 0) return <EmptyState title={t('none')} hint={t('noneHint')} />;
  const stateOf = (one: Version) => {
    if (!one.approvedBy) return 'waits';
    if (one.version === overview.inForce) return 'inForce';
    return one.fromHeight > overview.height ? 'approved' : 'replaced';
  };
  return (
    <Scroller label={t('versions')}>
      <Table<Version>
        aria-label={t('versions')}
        size="small"
        rowKey="version"
        pagination={false}
        dataSource={overview.versions}
        columns={[
          { key: 'version', title: t('version'), render: (_, one) => one.version },
          {
            key: 'state',
            title: t('state'),
            render: (_, one) => (
              <StatusTag
                value={stateOf(one)}
                tone={stateOf(one) === 'inForce' ? 'good' : stateOf(one) === 'replaced' ? 'quiet' : 'busy'}
                label={t(`states.${stateOf(one)}`)}
              />
            ),
          },
          { key: 'hash', title: t('hash'), render: (_, one) => <Digest text={one.hash} /> },
          { key: 'categories', title: t('categories'), render: (_, one) => one.categories },
          { key: 'basis', title: t('legalBasis'), render: (_, one) => <Untrusted text={one.legalBasis} characters={80} /> },
          {
            key: 'published',
            title: t('publishedBy'),
            render: (_, one) => (
              <>
                <Address value={one.publishedBy} ledger="main" copy={false} /> <Time value={one.publishedAt} />
              </>
            ),
          },
          {
            key: 'approved',
            title: t('approvedBy'),
            render: (_, one) => (one.approvedBy ? <Address value={one.approvedBy} ledger="main" copy={false} /> : '–'),
          },
          { key: 'from', title: t('from'), render: (_, one) => one.fromHeight.toLocaleString() },
        ]}
      />
    </Scroller>
  );
}

/** What each node says of itself in its metrics. */
function Nodes() {
  const { t } = useTranslation('content');
  const query = { query: 'civitas_content_thesaurus == 1' };
  const answer = useRead<Vector>('/api/v1/query', { query }, { every: REFRESH_MS });
  return (
    <Panel title={t('nodes')} flush>
      <Loaded answer={answer}>
        {({ data }) => (
          <Scroller label={t('nodes')}>
            <Table
              aria-label={t('nodes')}
              size="small"
              rowKey={(one) => one.metric.node ?? ''}
              pagination={false}
              dataSource={data?.result ?? []}
              locale={{ emptyText: t('noNodes') }}
              columns={[
                { key: 'node', title: t('node'), render: (_, one) => <span className="mono">{one.metric.node}</span> },
                { key: 'state', title: t('state'), render: (_, one) => <Standings state={one.metric.state ?? ''} /> },
              ]}
            />
          </Scroller>
        )}
      </Loaded>
    </Panel>
  );
}
