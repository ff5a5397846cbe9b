/** Certificates of nodes on one time line: what ends when, and what must be renewed. */
import { Button, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import type { Columns } from '../../components/DataTable';
import { Page, Panel } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { Lifespans } from './pictures/Lifespans';
import type { Tone } from './pictures/tone';
import { Scroller } from './Scroller';
import { secondsSince1970, useSpan } from './time';
import type { Certificate } from './types';

const TONES: Record<string, Tone> = { valid: 'good', expiring: 'warn', expired: 'bad', notYetValid: 'off' };

export function Certificates() {
  const { t } = useTranslation('governance');
  const span = useSpan();
  const may = useRights();
  const answer = useRead<ApiPage<Certificate>>('/api/v1/certificates', { query: { limit: 200 } }, { every: 30_000 });
  const left = (each: Certificate) =>
    each.secondsLeft >= 0
      ? t('certificates.left', { time: span(each.secondsLeft) })
      : t('certificates.over', { time: span(each.secondsLeft) });
  const columns: Columns<Certificate> = [
    { key: 'node', title: t('certificates.node'), render: (_, each) => <Untrusted text={each.node} /> },
    {
      key: 'status',
      title: t('certificates.status'),
      render: (_, each) => <StatusTag value={each.status} label={t(`certificates.states.${each.status}`)} />,
    },
    { key: 'until', title: t('certificates.until'), render: (_, each) => <Time value={each.notAfter} full /> },
    { key: 'subject', title: t('certificates.subject'), render: (_, each) => <Untrusted text={each.subject} /> },
    { key: 'issuer', title: t('certificates.issuer'), render: (_, each) => <Untrusted text={each.issuer} /> },
    {
      key: 'serial',
      title: t('certificates.serial'),
      render: (_, each) => (
        <span className="mono faint" title={each.serial}>
          <Untrusted text={each.serial} characters={18} />
        </span>
      ),
    },
    ...(may('operate')
      ? [
          {
            key: 'renew',
            title: '',
            render: (_: unknown, each: Certificate) => (
              <Link to={`/operations/${encodeURIComponent(each.node)}/certificate`}>
                <Button size="small" type={each.status === 'valid' ? 'default' : 'primary'}>
                  {t('certificates.renew')}
                </Button>
              </Link>
            ),
          },
        ]
      : []),
  ];
  return (
    <Page title={t('tabs.certificates')}>
      <Loaded answer={answer}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('certificates.empty')} />
          ) : (
            <>
              <Panel>
                <Lifespans
                  label={t('certificates.picture')}
                  now={Date.now() / 1000}
                  today={t('certificates.now')}
                  spans={[...items]
                    .sort((one, other) => one.secondsLeft - other.secondsLeft)
                    .map((each) => ({
                      key: `${each.node}-${each.serial}`,
                      label: each.node,
                      from: secondsSince1970(each.notBefore),
                      until: secondsSince1970(each.notAfter),
                      tone: TONES[each.status] ?? 'off',
                      note: left(each),
                    }))}
                />
              </Panel>
              <Panel flush>
                <Scroller label={t('tabs.certificates')}>
                  <Table<Certificate>
                    aria-label={t('tabs.certificates')}
                    size="small"
                    columns={columns}
                    dataSource={items}
                    rowKey={(each) => `${each.node}-${each.serial}`}
                    pagination={false}
                  />
                </Scroller>
              </Panel>
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
