/** One finding: what was measured against which limits, on which basis, and the transactions behind it. */
import { Button, Flex, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Confirm } from '../../components/Confirm';
import { Facts, Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { type FindingDetail, SUPERVISION } from './types';
import { Evidence, Figures, History, ModeTag, readable, SeverityTag, StateTag, Subject, useBoth } from './Words';

export function FindingPage() {
  const number = Number(useParams().number);
  const answer = useRead<FindingDetail>(`${SUPERVISION}/findings/{number}`, { path: { number } });
  return <Loaded answer={answer}>{(finding) => <Shown finding={finding} />}</Loaded>;
}

function Shown({ finding }: { finding: FindingDetail }) {
  const { t } = useTranslation('supervision');
  const both = useBoth();
  const may = useRights();
  const { summary } = finding;
  return (
    <Page
      title={both(summary.title)}
      crumb={<Link to="/supervision/findings">{t('tabs.findings')}</Link>}
      subtitle={<Untrusted text={readable(both(summary.text))} characters={400} />}
      actions={
        may('supervise') &&
        summary.state === 'open' && (
          <Flex gap={8} wrap>
            <Link to={`/cases/new?finding=${summary.number}`}>
              <Button type="primary">{t('finding.openCase')}</Button>
            </Link>
            <Dismiss number={summary.number} />
          </Flex>
        )
      }
    >
      <div className="stack">
        <Flex gap={16} wrap>
          <SeverityTag value={summary.severity} />
          <StateTag value={summary.state} />
          <ModeTag value={summary.mode} />
        </Flex>
        <div className="grid">
          <div className="span-6">
            <Panel title={t('finding.figures')}>
              <Figures figures={finding.figures} />
            </Panel>
          </div>
          <div className="span-6">
            <Panel title={t('finding.about')}>
              <Facts
                items={[
                  [t('filters.subject'), <Subject key="subject" value={summary.subject} ledger={summary.ledger} />],
                  [
                    t('filters.rule'),
                    <Link key="rule" to={`/supervision/rules/${summary.rule}`}>
                      {summary.rule} · {t('version', { version: summary.version })}
                    </Link>,
                  ],
                  [t('finding.basis'), <Untrusted key="basis" text={finding.legalBasis} characters={300} />],
                  [t('filters.ledger'), <Untrusted key="ledger" text={summary.ledger} />],
                  [t('findings.at'), <Time key="at" value={summary.at} full />],
                  [t('finding.foundAt'), <Time key="found" value={summary.foundAt} full />],
                  finding.suppressed > 0 && [t('finding.suppressed'), finding.suppressed.toLocaleString()],
                ]}
              />
            </Panel>
          </div>
        </div>
        <Panel title={t('finding.evidence')}>
          <p className="note">{t('finding.evidenceHint')}</p>
          <ol className="evidence">
            <li>
              <strong>{t('finding.judged')}</strong> <Evidence value={finding.event} />
            </li>
            {finding.evidence
              .filter((one) => one.event !== finding.event.event)
              .map((one) => (
                <li key={one.event}>
                  <Evidence value={one} /> <span className="faint mono small">{one.event}</span>
                </li>
              ))}
          </ol>
        </Panel>
        <Panel title={t('history')}>
          <History acts={finding.history} />
        </Panel>
      </div>
    </Page>
  );
}

function Dismiss({ number }: { number: number }) {
  const { t } = useTranslation('supervision');
  const [reason, setReason] = useState('');
  return (
    <Confirm
      label={t('finding.dismiss')}
      title={t('finding.dismiss')}
      text={
        <div className="stack">
          <p>{t('finding.dismissText')}</p>
          <label className="field">
            <span>{t('reason')}</span>
            <Input.TextArea
              value={reason}
              maxLength={1_000}
              autoSize={{ minRows: 2 }}
              onChange={(event) => setReason(event.target.value)}
            />
          </label>
        </div>
      }
      act={async () => {
        await write('post', `${SUPERVISION}/findings/{number}/dismiss`, { reason }, { path: { number } });
        await refresh(SUPERVISION);
      }}
    />
  );
}
