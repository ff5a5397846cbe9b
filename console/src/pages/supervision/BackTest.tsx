/** A rule over history: what it would have found, how often, and its first findings with their figures. */
import { Alert, Button, Flex, Input, Progress, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { write } from '../../api/client';
import { useRead } from '../../api/hooks';
import { Chart } from '../../components/Chart';
import { Figure, Panel } from '../../components/Page';
import { Loaded, useProblemText } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { usePalette } from '../../theme';
import { type BackTest, type Report, type RuleDraft, SUPERVISION, type Summary } from './types';
import { Evidence, Figures, readable, Subject, useBoth } from './Words';

export function BackTestPanel({ rule, ready }: { rule: RuleDraft; ready: boolean }) {
  const { t } = useTranslation('supervision');
  const problemText = useProblemText();
  const summary = useRead<Summary>(SUPERVISION);
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [ledgers, setLedgers] = useState<string[]>([]);
  const [number, setNumber] = useState<number>();
  const [error, setError] = useState<unknown>();
  const instant = (local: string) => (local ? new Date(local).toISOString() : null);
  async function start() {
    setError(undefined);
    try {
      const test = await write<BackTest>('post', `${SUPERVISION}/back-tests`, {
        rule,
        from: instant(from),
        until: instant(until),
        ledgers,
      });
      setNumber(test.number);
    } catch (failure) {
      setError(failure);
    }
  }
  const said = error ? problemText(error) : undefined;
  return (
    <Panel title={t('backTest.title')}>
      <div className="stack">
        <p className="note">{t('backTest.hint')}</p>
        <Flex gap={12} wrap align="flex-end">
          <label className="field">
            <span>{t('backTest.from')}</span>
            <Input type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
          </label>
          <label className="field">
            <span>{t('backTest.until')}</span>
            <Input type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
          </label>
          <Select
            mode="multiple"
            aria-label={t('filters.ledger')}
            placeholder={t('backTest.allLedgers')}
            value={ledgers}
            options={(summary.data?.ledgers ?? []).map(({ ledger }) => ({ value: ledger, label: ledger }))}
            onChange={setLedgers}
            style={{ minWidth: 200 }}
          />
          <Button disabled={!ready} onClick={() => void start()}>
            {t('backTest.start')}
          </Button>
        </Flex>
        {said && <Alert type="error" showIcon title={said.title} description={said.detail} />}
        {number !== undefined && <Running key={number} number={number} />}
      </div>
    </Panel>
  );
}

function Running({ number }: { number: number }) {
  const { t } = useTranslation('supervision');
  const [running, setRunning] = useState(true);
  const answer = useRead<BackTest>(`${SUPERVISION}/back-tests/{number}`, { path: { number } }, { every: running ? 700 : undefined });
  const state = answer.data?.state;
  useEffect(() => {
    if (state && state !== 'running') setRunning(false);
  }, [state]);
  return (
    <Loaded answer={answer} rows={2}>
      {(test) => {
        if (test.state === 'running') {
          const percent = test.blocks === 0 ? 0 : Math.floor((100 * test.judged) / test.blocks);
          return (
            <Flex gap={12} align="center">
              <Progress percent={percent} style={{ flex: 1 }} aria-label={t('backTest.progress')} />
              <Button onClick={() => void write('delete', `${SUPERVISION}/back-tests/{number}`, undefined, { path: { number } })}>
                {t('backTest.stop')}
              </Button>
            </Flex>
          );
        }
        if (test.report) return <Shown report={test.report} />;
        return <Alert type="warning" showIcon title={t(`backTest.states.${test.state}`)} description={test.fault ?? undefined} />;
      }}
    </Loaded>
  );
}

function Shown({ report }: { report: Report }) {
  const { t, i18n } = useTranslation('supervision');
  const both = useBoth();
  const palette = usePalette();
  const shown = new Intl.DateTimeFormat(i18n.language, { month: 'numeric', day: 'numeric', timeZone: 'UTC' });
  return (
    <div className="stack">
      <div className="figures">
        {(['events', 'concerned', 'matches', 'findings'] as const).map((name) => (
          <Figure key={name} name={t(`backTest.${name}`)}>
            {report[name].toLocaleString()}
          </Figure>
        ))}
        <Figure name={t('backTest.took')}>{(report.milliseconds / 1_000).toLocaleString(i18n.language)} s</Figure>
      </div>
      {report.isCut && <Alert type="warning" showIcon title={t('backTest.cut')} />}
      {report.faults > 0 && <Alert type="warning" showIcon title={t('backTest.faults', { count: report.faults })} />}
      {report.fullFrom && report.first && (
        <p className="note">
          {t('backTest.full')} <Time value={report.fullFrom} full />
        </p>
      )}
      {report.days.length > 0 && (
        <Chart
          height={160}
          label={t('backTest.byDay')}
          option={{
            grid: { left: 40, right: 12, top: 12, bottom: 24 },
            tooltip: { trigger: 'axis' },
            xAxis: { type: 'category', data: report.days.map((day) => shown.format(new Date(day.day))) },
            yAxis: { type: 'value', minInterval: 1 },
            series: [{ type: 'bar', barMaxWidth: 18, itemStyle: { color: palette.accent }, data: report.days.map((day) => day.count) }],
          }}
        />
      )}
      {report.samples.length > 0 && (
        <ol className="samples">
          {report.samples.map((sample) => (
            <li key={sample.event.event + sample.subject}>
              <Flex gap={12} wrap>
                <Subject value={sample.subject} ledger={sample.ledger} />
                <Time value={sample.at} full />
                <Evidence value={sample.event} />
              </Flex>
              <div>
                <Untrusted text={readable(both(sample.text))} characters={300} />
              </div>
              <Figures figures={sample.figures} />
            </li>
          ))}
        </ol>
      )}
      {report.notices.map((notice) => (
        <Alert
          key={notice.kind}
          type="warning"
          showIcon
          title={t(`notices.kinds.${notice.kind}`, { defaultValue: notice.kind, count: notice.count })}
        />
      ))}
    </div>
  );
}
