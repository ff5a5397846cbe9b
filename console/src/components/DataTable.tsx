import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Table, type TableColumnsType } from 'antd';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Page, type Parameters, read } from '../api/client';
import { keyOf } from '../api/hooks';
import { EmptyState, ErrorState, Loading } from './States';

export type Columns<T> = TableColumnsType<T>;

interface DataTableProps<T> {
  /** A path of the API that answers `{ items, next }`. */
  path: string;
  parameters?: Omit<Parameters, 'signal'>;
  columns: Columns<T>;
  rowKey: (row: T) => string;
  /** What to say when the list is empty. */
  empty?: ReactNode;
  /** Milliseconds between two looks; only the first page renews itself, so that nothing moves under a reader of older pages. */
  every?: number;
  limit?: number;
  enabled?: boolean;
  /** What the table shows, for screen readers. */
  label: string;
  onRow?: (row: T) => void;
  expanded?: (row: T) => ReactNode;
}

/** A list of the API, page by page. */
// biome-ignore lint/suspicious/noExplicitAny: antd's own constraint on rows
export function DataTable<T extends Record<string, any>>(props: DataTableProps<T>) {
  const { path, parameters = {}, columns, rowKey, empty, every, limit = 25, enabled = true, label } = props;
  const { t } = useTranslation('shell');
  const [cursors, setCursors] = useState<string[]>([]);
  const cursor = cursors.at(-1);
  const filter = JSON.stringify([path, parameters]);
  const shown = useRef(filter);
  useEffect(() => {
    // Other filters begin at their first page.
    if (shown.current !== filter) setCursors([]);
    shown.current = filter;
  }, [filter]);
  const request = { ...parameters, query: { ...parameters.query, limit, cursor } };
  const answer = useQuery<Page<T>>({
    queryKey: keyOf(path, request),
    queryFn: ({ signal }) => read<Page<T>>(path, { ...request, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: cursor ? false : every,
    enabled,
  });
  if (answer.error && !answer.data) return <ErrorState error={answer.error} retry={() => void answer.refetch()} />;
  if (!answer.data) return <Loading rows={8} />;
  if (answer.data.items.length === 0 && cursors.length === 0) return <>{empty ?? <EmptyState />}</>;
  const { next } = answer.data;
  return (
    <div className="data-table">
      {answer.error ? <ErrorState error={answer.error} retry={() => void answer.refetch()} compact /> : null}
      <Table<T>
        aria-label={label}
        size="small"
        columns={columns}
        dataSource={answer.data.items}
        rowKey={rowKey}
        pagination={false}
        scroll={{ x: 'max-content' }}
        loading={answer.isPlaceholderData && { delay: 200 }}
        onRow={props.onRow && ((row) => ({ onClick: () => props.onRow?.(row), className: 'clickable' }))}
        expandable={props.expanded && { expandedRowRender: props.expanded }}
      />
      {(next || cursors.length > 0) && (
        <nav className="pager" aria-label={t('pages')}>
          {cursors.length > 1 && (
            <Button size="small" type="text" onClick={() => setCursors([])}>
              {t('firstPage')}
            </Button>
          )}
          <Button size="small" icon={<LeftOutlined />} disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
            {t('previousPage')}
          </Button>
          <span className="pager-page">{t('pageNumber', { page: cursors.length + 1 })}</span>
          <Button size="small" disabled={!next || answer.isPlaceholderData} onClick={() => next && setCursors([...cursors, next])}>
            {t('nextPage')} <RightOutlined />
          </Button>
        </nav>
      )}
    </div>
  );
}
