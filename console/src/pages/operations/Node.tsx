/** One node: what is wrong and what to do, its checks, its charts, its newest warnings, start and stop. */
import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons';
import { Button, Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { type Page as ApiPage, write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Count } from '../../components/Amount';
import { LineChart } from '../../components/Chart';
import { Confirm } from '../../components/Confirm';
import { Facts, Page, Panel } from '../../components/Page';
import { Loaded } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';
import { fill } from '../monitoring/charts';
import { Line, type LogLine } from '../monitoring/LogLine';
import { pointsOf, useRange } from '../monitoring/query';
import { UpTag, useDetail } from './Nodes';
import type { OperatedNode } from './types';

const HOUR = 3_600;

export function NodePage() {
  const { name = '' } = useParams();
  const { t } = useTranslation('operations');
  const may = useRights();
  const detailOf = useDetail();
  const answer = useRead<OperatedNode>('/api/v1/operations/nodes/{name}', { path: { name } }, { every: 4_000 });
  return (
    <Loaded answer={answer}>
      {(node) => (
        <Page
          title={node.name}
          crumb={<Link to="/operations">{t('all')}</Link>}
          subtitle={<UpTag node={node} />}
          actions={<Acts node={node} />}
        >
          <Diagnoses node={node} />
          <div className="columns">
            <div>
              <Panel title={t('checks.title')}>
                <ul className="checks">
                  {node.checks.map((check) => (
                    <li key={check.name}>
                      {check.ok ? (
                        <CheckCircleFilled className="good" aria-label="✓" />
                      ) : (
                        <CloseCircleFilled className="bad" aria-label="✗" />
                      )}
                      <span>{t(`checks.${check.name}`, { defaultValue: check.name })}</span>
                      <span className={check.ok ? 'faint' : undefined}>
                        <Untrusted text={detailOf(check)} characters={300} />
                      </span>
                    </li>
                  ))}
                </ul>
              </Panel>
              {may('readLogs') && <RecentLogs name={node.name} />}
            </div>
            <div>
              <About node={node} />
              {may('monitor') && (
                <>
                  <Small title={t('heights')} query="civitas_block_height{$node}" node={node.name} />
                  <Small title={t('cpu')} query="100 * rate(process_cpu_seconds_total{$node}[$window])" unit="%" node={node.name} />
                  <Small title={t('memory')} query="process_resident_memory_bytes{$node}" unit="B" node={node.name} />
                </>
              )}
            </div>
          </div>
        </Page>
      )}
    </Loaded>
  );
}

function Diagnoses({ node }: { node: OperatedNode }) {
  const { t } = useTranslation('operations');
  return (
    <section className="stack tight" aria-label={t('diagnosis')} aria-live="polite">
      {node.diagnosis.length === 0 && node.checks.every((check) => check.ok) && (
        <div className="quiet-sky">
          <CheckCircleFilled style={{ fontSize: 22 }} aria-hidden />
          <strong>{t('allGood')}</strong>
        </div>
      )}
      {node.diagnosis.map((fault) => (
        <div key={fault.code} className={`cure ${fault.severity}`}>
          <strong className={fault.severity === 'critical' ? 'bad' : fault.severity === 'warning' ? 'warn' : undefined}>
            {t(`severity.${fault.severity}`, { defaultValue: fault.severity })}
          </strong>
          <dl>
            <dt>{t('cause')}</dt>
            <dd>
              <Untrusted text={fault.cause} characters={600} />
            </dd>
            <dt>{t('cure')}</dt>
            <dd>
              <Untrusted text={fault.cure} characters={900} />
            </dd>
          </dl>
        </div>
      ))}
    </section>
  );
}

function About({ node }: { node: OperatedNode }) {
  const { t } = useTranslation('operations');
  return (
    <Panel title={t('facts')}>
      <Facts
        items={[
          [t('height'), <Count key="v" value={node.height} />],
          [t('peers'), <Count key="v" value={node.peers} />],
          [t('version'), node.version ?? '–'],
          [t('process'), node.running ? `${node.running} · ${t('local')}` : node.local ? t('local') : t('remote')],
          node.certificate
            ? [
                t('certificate'),
                <Flex key="v" gap={8} wrap align="center">
                  <Time value={node.certificate.notAfter} full />
                  <Link to={`/operations/${encodeURIComponent(node.name)}/certificate`}>{t('renewal.open')}</Link>
                </Flex>,
              ]
            : null,
        ]}
      />
    </Panel>
  );
}

function Small({ title, query, unit, node }: { title: string; query: string; unit?: string; node: string }) {
  const answer = useRange(fill(query, node, HOUR), HOUR);
  const series = answer.data ?? [];
  if (series.length === 0) return null;
  return (
    <Panel title={title}>
      <LineChart
        label={title}
        unit={unit}
        height={120}
        legend={false}
        series={series.slice(0, 1).map((each) => ({ label: title, points: pointsOf(each) }))}
      />
    </Panel>
  );
}

function RecentLogs({ name }: { name: string }) {
  const { t } = useTranslation('operations');
  const answer = useRead<ApiPage<LogLine>>('/api/v1/logs', { query: { node: name, level: 'warn', limit: 15 } }, { every: 10_000 });
  return (
    <Panel title={t('recentLogs')} extra={<Link to={`/monitoring/logs?node=${encodeURIComponent(name)}`}>{t('allLogs')}</Link>} flush>
      <Loaded answer={answer} rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="faint" style={{ padding: '0 16px 16px' }}>
              {t('noLogs')}
            </p>
          ) : (
            <div className="log-lines">
              {items.map((line) => (
                <Line key={line.id} line={line} words="" />
              ))}
            </div>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Acts({ node }: { node: OperatedNode }) {
  const { t } = useTranslation('operations');
  const may = useRights();
  if (!may('operate')) return null;
  if (!node.controllable) return <span className="note">{t('notControllable')}</span>;
  const order = (what: 'start' | 'stop') => async () => {
    if (what === 'start') await write('post', '/api/v1/operations/nodes/{name}/start', undefined, { path: { name: node.name } });
    else await write('post', '/api/v1/operations/nodes/{name}/stop', undefined, { path: { name: node.name } });
    await refresh('/api/v1/operations');
  };
  return (
    <Flex gap={8} wrap>
      <Link to={`/operations/${encodeURIComponent(node.name)}/certificate`}>
        <Button>{t('renewal.open')}</Button>
      </Link>
      {node.up || node.running ? (
        <Confirm
          label={t('stop')}
          title={`${t('stop')}: ${node.name}`}
          text={t('stopText', { name: node.name })}
          word={node.name}
          act={order('stop')}
        />
      ) : (
        <Confirm
          label={t('start')}
          title={`${t('start')}: ${node.name}`}
          text={t('startText', { name: node.name })}
          danger={false}
          button={{ type: 'primary' }}
          act={order('start')}
        />
      )}
    </Flex>
  );
}
