/** Who read or used data about the person, and when: the last thirty days as a calendar of squares, and the list. */
import { useTranslation } from 'react-i18next';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import type { components } from '../../api/schema';
import { type Columns, DataTable } from '../../components/DataTable';
import { Address } from '../../components/Hash';
import { Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { usePalette } from '../../theme';

type Access = components['schemas']['Access'];

const DAYS = 30;

export function Accesses() {
  const { t } = useTranslation('citizen');
  const recent = useRead<ApiPage<Access>>('/api/v1/me/accesses', { query: { limit: 200 } });
  const columns: Columns<Access> = [
    { key: 'at', title: t('when'), render: (_, each) => <Time value={each.at} full /> },
    {
      key: 'who',
      title: t('who'),
      render: (_, each) =>
        /^0x[0-9a-fA-F]{40}$/.test(each.who) ? (
          <Address value={each.who} name={each.whoName} ledger="main" />
        ) : (
          <Untrusted text={each.whoName ?? each.who} characters={40} />
        ),
    },
    { key: 'what', title: t('what'), render: (_, each) => t(`whats.${each.what}`, { defaultValue: each.what }) },
    { key: 'purpose', title: t('purpose'), render: (_, each) => <Untrusted text={each.purpose} characters={120} /> },
    {
      key: 'resource',
      title: t('resource'),
      render: (_, each) => <Untrusted text={t(`resources.${each.resource}`, { defaultValue: each.resource })} characters={60} />,
    },
    { key: 'source', title: t('source'), render: (_, each) => t(`sources.${each.source}`, { defaultValue: each.source }) },
  ];
  return (
    <div className="stack">
      <Loaded answer={recent} rows={2}>
        {({ items }) => (items.length > 0 ? <Calendar accesses={items} /> : null)}
      </Loaded>
      <Panel flush>
        <DataTable<Access>
          path="/api/v1/me/accesses"
          columns={columns}
          rowKey={(each) => `${each.at}-${each.who}-${each.what}-${each.resource}`}
          label={t('tabs.accesses')}
          empty={<EmptyState title={t('empty.accesses')} />}
        />
      </Panel>
    </div>
  );
}

/** One square a day; the more reads, the darker. */
function Calendar({ accesses }: { accesses: Access[] }) {
  const { t, i18n } = useTranslation('citizen');
  const palette = usePalette();
  const format = new Intl.DateTimeFormat(i18n.language, { month: 'short', day: 'numeric' });
  const today = new Date();
  const days = Array.from({ length: DAYS }, (_, index) => {
    const day = new Date(today);
    day.setDate(today.getDate() - (DAYS - 1 - index));
    return { day, count: accesses.filter((each) => new Date(each.at).toDateString() === day.toDateString()).length };
  });
  const most = Math.max(1, ...days.map((each) => each.count));
  return (
    <Panel title={t('picture')}>
      <svg viewBox={`0 0 ${DAYS * 26} 52`} role="img" aria-label={t('picture')} style={{ width: '100%', maxWidth: 900, display: 'block' }}>
        {days.map(({ day, count }, index) => (
          <g key={day.toISOString()}>
            <title>{`${format.format(day)}: ${count} ${t('reads')}`}</title>
            <rect
              x={index * 26 + 1}
              y={2}
              width={22}
              height={22}
              rx={4}
              fill={count === 0 ? palette.paper : palette.accent}
              fillOpacity={count === 0 ? 1 : 0.3 + (0.7 * count) / most}
              stroke={palette.line}
            />
            {index % 7 === (DAYS - 1) % 7 && (
              <text x={Math.min(index * 26 + 12, DAYS * 26 - 22)} y={44} fontSize={11} textAnchor="middle" fill={palette.inkFaint}>
                {format.format(day)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </Panel>
  );
}
