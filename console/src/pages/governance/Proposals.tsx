/** Proposals as cards: what is voted on, how far it is, how much time is left. */
import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Flex, Progress, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { type Page as ApiPage, read } from '../../api/client';
import { useRights } from '../../api/session';
import { Page } from '../../components/Page';
import { EmptyState, ErrorState, Loading } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { Untrusted } from '../../components/Untrusted';
import { secondsSince1970, useSpan } from './time';
import type { ProposalItem } from './types';

const STATES = ['', 'Open', 'Approved', 'Executed', 'Rejected', 'Expired', 'Withdrawn'];
const PATH = '/api/v1/proposals';

export function Proposals() {
  const { t } = useTranslation('governance');
  const may = useRights();
  const [state, setState] = useState('');
  const query = { limit: 24, state: state || undefined };
  const answer = useInfiniteQuery({
    queryKey: [PATH, {}, query],
    queryFn: ({ pageParam, signal }) => read<ApiPage<ProposalItem>>(PATH, { query: { ...query, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: 10_000,
  });
  const items = answer.data?.pages.flatMap((page) => page.items);
  return (
    <Page
      title={t('tabs.proposals')}
      actions={
        may('transact') && (
          <Link to="/governance/proposals/new">
            <Button type="primary" icon={<PlusOutlined aria-hidden />}>
              {t('proposals.new')}
            </Button>
          </Link>
        )
      }
    >
      <div style={{ overflowX: 'auto', marginBottom: 16 }}>
        <Segmented
          value={state}
          onChange={setState}
          options={STATES.map((value) => ({ value, label: value ? t(`statuses.${value}`) : t('proposals.all') }))}
        />
      </div>
      {items ? null : answer.error ? <ErrorState error={answer.error} retry={() => void answer.refetch()} /> : <Loading />}
      {items?.length === 0 && <EmptyState title={t('proposals.empty')} />}
      <div className="tiles">
        {items?.map((item) => (
          <Tile key={item.id} item={item} />
        ))}
      </div>
      {answer.hasNextPage && (
        <Flex justify="center" style={{ marginTop: 16 }}>
          <Button loading={answer.isFetchingNextPage} onClick={() => void answer.fetchNextPage()}>
            {t('proposals.more')}
          </Button>
        </Flex>
      )}
    </Page>
  );
}

function Tile({ item }: { item: ProposalItem }) {
  const { t } = useTranslation('governance');
  const span = useSpan();
  const now = Date.now() / 1000;
  const open = item.status === 'Open';
  const percent = Math.min(100, Math.round((100 * item.approvals) / Math.max(1, item.approvalsNeeded)));
  const until = open ? item.votingEnds : item.status === 'Approved' ? (item.executableUntil ?? undefined) : undefined;
  return (
    <Link to={`/governance/proposals/${item.id}`} className="tile">
      <Flex justify="space-between" gap={8}>
        <span className="faint">
          {item.id} · {t(`kinds.${item.kind}`)}
        </span>
        <StatusTag value={item.status} label={t(`statuses.${item.status}`)} />
      </Flex>
      <div className="tile-title">
        <Untrusted text={item.title} characters={120} />
      </div>
      <Flex align="center" gap={12}>
        <Progress
          type="circle"
          size={44}
          percent={percent}
          format={() => `${item.approvals}/${item.approvalsNeeded}`}
          status={item.status === 'Rejected' ? 'exception' : percent >= 100 ? 'success' : 'normal'}
          aria-label={t('proposals.of', { approvals: item.approvals, needed: item.approvalsNeeded })}
        />
        <div>
          <div>{t('proposals.of', { approvals: item.approvals, needed: item.approvalsNeeded })}</div>
          <div className="faint">
            {item.rejections > 0 && <>{t('proposals.against', { count: item.rejections })} · </>}
            {until && secondsSince1970(until) > now
              ? t(open ? 'proposals.leftToVote' : 'proposals.leftToExecute', { time: span(secondsSince1970(until) - now) })
              : item.organisationName}
          </div>
        </div>
      </Flex>
    </Link>
  );
}
