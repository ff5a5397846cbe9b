/** Search in the logs of all nodes: words, level, node, time. */
import { BellOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Flex, Input, Segmented, Select, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { type Page as ApiPage, read } from '../../api/client';
import { useRights } from '../../api/session';
import { Page, Panel } from '../../components/Page';
import { EmptyState, ErrorState, Loading } from '../../components/States';
import { harmless } from '../../components/Untrusted';
import { RANGES } from './Charts';
import { Line, type LogLine } from './LogLine';
import { useNodeNames } from './query';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];
const PATH = '/api/v1/logs';

export function Logs() {
  const { t } = useTranslation('monitoring');
  const may = useRights();
  const nodes = useNodeNames(may('monitor'));
  const [given] = useSearchParams();
  const [words, setWords] = useState(given.get('q') ?? '');
  const [level, setLevel] = useState(given.get('level') ?? '');
  const [node, setNode] = useState(given.get('node') ?? '');
  const [seconds, setSeconds] = useState(86_400);
  const [follow, setFollow] = useState(false);
  const query = { q: words || undefined, level: level || undefined, node: node || undefined, limit: 100 };
  const answer = useInfiniteQuery({
    queryKey: [PATH, {}, { ...query, seconds }],
    queryFn: ({ pageParam, signal }) =>
      read<ApiPage<LogLine>>(PATH, {
        query: { ...query, from: new Date(Date.now() - seconds * 1_000).toISOString(), cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: follow ? 3_000 : false,
  });
  const lines = answer.data?.pages.flatMap((page) => page.items);
  const alarm = new URLSearchParams({ new: 'log', words, ...(level && { level }), ...(node && { node }) });
  return (
    <Page
      title={t('tabs.logs')}
      actions={
        may('manageAlarms') &&
        words !== '' && (
          <Link to={`/monitoring/alarms?${alarm}`}>
            <Button icon={<BellOutlined aria-hidden />}>{t('logs.alarm')}</Button>
          </Link>
        )
      }
    >
      <Flex gap={8} wrap align="center">
        <Input.Search
          allowClear
          aria-label={t('tabs.logs')}
          placeholder={t('logs.search')}
          defaultValue={words}
          maxLength={200}
          onSearch={(text) => setWords(text.trim())}
          style={{ flex: '1 1 260px', maxWidth: 480 }}
        />
        <Select
          aria-label={t('logs.level')}
          value={level}
          onChange={setLevel}
          style={{ minWidth: 120 }}
          options={[{ value: '', label: t('logs.anyLevel') }, ...LEVELS.map((value) => ({ value, label: t(`logs.levels.${value}`) }))]}
        />
        <Select
          aria-label={t('node')}
          value={node}
          onChange={setNode}
          style={{ minWidth: 130 }}
          options={[{ value: '', label: t('allNodes') }, ...nodes.map((value) => ({ value, label: harmless(value, 40) }))]}
        />
        <Segmented value={seconds} onChange={setSeconds} options={RANGES.map((value) => ({ value, label: t(`range.${value}`) }))} />
        <Flex gap={6} align="center">
          <Switch size="small" id="follow-logs" checked={follow} onChange={setFollow} />
          <label htmlFor="follow-logs">{t('logs.follow')}</label>
        </Flex>
      </Flex>
      <Panel flush>
        {lines ? null : answer.error ? <ErrorState error={answer.error} retry={() => void answer.refetch()} /> : <Loading rows={10} />}
        {lines?.length === 0 && <EmptyState title={t('logs.empty')} hint={t('logs.emptyHint')} />}
        {lines && lines.length > 0 && (
          <div className="log-lines" role="log" aria-label={t('tabs.logs')}>
            {lines.map((line) => (
              <Line key={line.id} line={line} words={words} />
            ))}
          </div>
        )}
        {answer.hasNextPage && (
          <Flex justify="center" style={{ padding: 12 }}>
            <Button loading={answer.isFetchingNextPage} onClick={() => void answer.fetchNextPage()}>
              {t('logs.older')}
            </Button>
          </Flex>
        )}
      </Panel>
    </Page>
  );
}
