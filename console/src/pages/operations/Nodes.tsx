/** All nodes as tiles: a strip of checks each, faults in words. */
import { Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Page as ApiPage } from '../../api/client';
import { useRead } from '../../api/hooks';
import { Count } from '../../components/Amount';
import { Page } from '../../components/Page';
import { EmptyState, Loaded } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Untrusted } from '../../components/Untrusted';
import { useSpan } from '../governance/time';
import { ConsolePanel } from './Console';
import type { OperatedNode } from './types';

export function OperatedNodes() {
  const { t } = useTranslation('operations');
  const answer = useRead<ApiPage<OperatedNode>>('/api/v1/operations/nodes', {}, { every: 5_000 });
  return (
    <Page title={t('title')} subtitle={t('subtitle')}>
      <ConsolePanel />
      <Loaded answer={answer}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('empty')} hint={t('emptyHint')} />
          ) : (
            <div className="tiles wide">
              {items.map((node) => (
                <Tile key={node.name} node={node} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

export function UpTag({ node }: { node: OperatedNode }) {
  const { t } = useTranslation('operations');
  if (node.up) return <StatusTag value="up" label={t('up')} />;
  return node.running ? <StatusTag value="starting" label={t('starting')} /> : <StatusTag value="down" label={t('down')} />;
}

function Tile({ node }: { node: OperatedNode }) {
  const { t } = useTranslation('operations');
  const span = useSpan();
  const faults = node.checks.filter((check) => !check.ok).length;
  return (
    <Link to={`/operations/${encodeURIComponent(node.name)}`} className="tile">
      <Flex justify="space-between" align="start" gap={8}>
        <div>
          <div className="tile-title">
            <Untrusted text={node.name} />
          </div>
          <div className="faint">
            <Untrusted text={node.organisation} characters={40} />
          </div>
        </div>
        <UpTag node={node} />
      </Flex>
      <Strip node={node} />
      {faults === 0 && node.diagnosis.length === 0 ? (
        <div className="good small">{t('healthy', { count: node.checks.length })}</div>
      ) : (
        <div>
          {node.diagnosis.slice(0, 2).map((fault) => (
            <div key={fault.code} className={fault.severity === 'critical' ? 'bad small' : 'warn small'}>
              <Untrusted text={fault.cause} characters={120} />
            </div>
          ))}
          {node.diagnosis.length === 0 && <div className="bad small">{t('faults', { count: faults })}</div>}
        </div>
      )}
      <Flex justify="space-between" gap={8} className="faint small" wrap>
        <span>
          {t('height')} <Count value={node.height} />
        </span>
        <span>
          {t('peers')} <Count value={node.peers} />
        </span>
        {node.certificate && (
          <span>
            {t('certificate')}{' '}
            {node.certificate.secondsLeft > 0 ? t('certificateLeft', { time: span(node.certificate.secondsLeft) }) : t('certificateOver')}
          </span>
        )}
      </Flex>
    </Link>
  );
}

/** What a check found, in words: seconds as a span of time, and a word where the figure says nothing. */
export function useDetail() {
  const { t } = useTranslation('operations');
  const span = useSpan();
  return (check: OperatedNode['checks'][number]) => {
    const seconds = /^(-?\d+) s$/.exec(check.detail);
    if (seconds) return span(Number(seconds[1]));
    return check.detail || (check.ok ? t('checks.good') : t('checks.fault'));
  };
}

/** One mark for each check: all alike when all is good. */
export function Strip({ node }: { node: OperatedNode }) {
  const { t } = useTranslation('operations');
  const detailOf = useDetail();
  const faults = node.checks.filter((check) => !check.ok).length;
  return (
    <div
      className="check-strip"
      role="img"
      aria-label={faults === 0 ? t('healthy', { count: node.checks.length }) : t('faults', { count: faults })}
    >
      {node.checks.map((check) => (
        <span
          key={check.name}
          className={check.ok ? undefined : 'fault'}
          title={`${t(`checks.${check.name}`, { defaultValue: check.name })}: ${detailOf(check)}`}
        />
      ))}
    </div>
  );
}
