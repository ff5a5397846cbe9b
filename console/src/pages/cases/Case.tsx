/** One case: evidence, commands with their progress, notices, and what happened in which order. */
import { Alert, Button, Flex, Timeline } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Address, Hash } from '../../components/Hash';
import { Facts, Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { Time } from '../../components/Time';
import { UntrustedText } from '../../components/Untrusted';
import { ActButton } from '../governance/ActButton';
import { CommandList } from './CommandList';
import { AddDocument, EvidenceList, FindingAsEvidence } from './Evidence';
import { NoticeList, SendNotice } from './Notices';
import { ReportLinks } from './ReportLinks';
import type { CaseDetail, CaseEvent, CaseStep } from './types';
import { CaseStateTag, CaseSubject } from './Words';

export function CasePage() {
  const id = Number(useParams().id);
  const answer = useRead<CaseDetail>('/api/v1/cases/{id}', { path: { id } }, { every: 5_000 });
  return <Loaded answer={answer}>{(found) => <Shown found={found} />}</Loaded>;
}

function Shown({ found }: { found: CaseDetail }) {
  const { t } = useTranslation('cases');
  const may = useRights();
  const [parameters] = useSearchParams();
  const { summary } = found;
  const finding = Number(parameters.get('finding')) || undefined;
  const acts = may('supervise') && summary.state === 'open';
  const attached = finding && found.evidence.some((one) => one.finding === finding);
  return (
    <Page
      title={`${t('case.name', { id: summary.id })} · ${summary.title}`}
      crumb={<Link to="/cases">{t('tabs.cases')}</Link>}
      subtitle={
        <Flex gap={12} wrap align="center">
          <CaseStateTag value={summary.state} />
          <CaseSubject value={summary.subject} />
        </Flex>
      }
      actions={
        <Flex gap={8} wrap>
          {acts && (
            <Link to={`/cases/${summary.id}/order`}>
              <Button type="primary">{t('order.title')}</Button>
            </Link>
          )}
          {acts && <SendNotice id={summary.id} />}
          {acts && <Close found={found} />}
          <ReportLinks path={`/api/v1/reports/cases/${summary.id}/file`} />
        </Flex>
      }
    >
      <div className="stack">
        {acts && finding && !attached && <FindingAsEvidence id={summary.id} finding={finding} />}
        {found.isCut && <Alert type="info" showIcon title={t('case.cut')} />}
        <div className="columns">
          <div>
            <Panel title={t('tabs.commands')}>
              <CommandList found={found} />
            </Panel>
            <Panel title={t('evidence.title')} extra={acts && <AddDocument id={summary.id} />}>
              <EvidenceList evidence={found.evidence} />
            </Panel>
            <Panel title={t('tabs.notices')}>
              <NoticeList notices={found.notices} />
            </Panel>
          </div>
          <div>
            <Panel title={t('case.about')}>
              <Facts
                items={[
                  [t('case.subject'), <CaseSubject key="subject" value={summary.subject} />],
                  [t('basis'), <UntrustedText key="basis" text={summary.legalBasis} />],
                  [
                    t('case.opened'),
                    <span key="opened">
                      <Time value={summary.openedAt} full /> <Address value={summary.openedBy} ledger="main" copy={false} />
                    </span>,
                  ],
                  summary.closedAt ? [t('case.closed'), <Time key="closed" value={summary.closedAt} full />] : null,
                  found.outcome ? [t('case.outcome'), <UntrustedText key="outcome" text={found.outcome} />] : null,
                ]}
              />
            </Panel>
            <Panel title={t('timeline')}>
              <History events={found.timeline} />
            </Panel>
          </div>
        </div>
      </div>
    </Page>
  );
}

const COLOURS: Partial<Record<CaseStep, string>> = {
  done: 'green',
  replied: 'green',
  overdue: 'red',
  approved: 'orange',
  ordered: 'orange',
  withdrawn: 'gray',
  closed: 'gray',
};

function History({ events }: { events: CaseEvent[] }) {
  const { t } = useTranslation('cases');
  return (
    <Timeline
      items={events.map((event, place) => ({
        key: `${event.step}-${event.number}-${place}`,
        color: COLOURS[event.step] ?? 'blue',
        content: (
          <div>
            <strong>{t(`happened.${event.step}`, { number: event.number ?? '' })}</strong> <Time value={event.at} />
            {event.by && (
              <div>
                <Address value={event.by} ledger="main" copy={false} />
              </div>
            )}
            {event.detail && (
              <div className="faint">
                <UntrustedText text={event.detail} characters={240} />
              </div>
            )}
            {event.transaction && <Hash value={event.transaction} kind="transaction" ledger={event.ledger} copy={false} />}
          </div>
        ),
      }))}
    />
  );
}

function Close({ found }: { found: CaseDetail }) {
  const { t } = useTranslation('cases');
  const { summary, commands } = found;
  const waiting = commands.filter((one) => ['ordered', 'inForce', 'overdue'].includes(one.state)).length;
  return (
    <ActButton
      label={t('close.title')}
      title={`${t('close.title')}: ${summary.title}`}
      hint={t('close.hint')}
      note={waiting > 0 ? t('close.waiting', { waiting }) : undefined}
      fields={[{ name: 'reason', kind: 'reason' }]}
      call={(filled) => ({ contract: 'Cases', function: 'close', arguments: [summary.id, filled.reason] })}
      onDone={() => void refresh('/api/v1/cases')}
    />
  );
}
