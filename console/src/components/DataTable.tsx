import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Table, type TableColumnsType } from 'antd';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Page, type Parameters, read } from '../api/client';
import { keyOf, looking } from '../api/hooks';
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

/** Columns that a phone shows beside each other; rows of more become cards there. */
const COLUMNS_NARROW = 3;

/** A list of the API, page by page. */
// biome-ignore lint/suspicious/noExplicitAny: antd's own constraint on rows
export function DataTable<T extends Record<string, any>>(props: DataTableProps<T>) {
  const { path, parameters = {}, columns, rowKey, empty, every, limit = 25, enabled = true, label } = props;
  const { t } = useTranslation('shell');
  const place = useRef<HTMLElement>(null);
  useReachable(place);
  const filter = JSON.stringify([path, parameters]);
  const [trail, setTrail] = useState<{ filter: string; cursors: string[] }>({ filter, cursors: [] });
  // Other filters begin at their first page.
  const cursors = trail.filter === filter ? trail.cursors : [];
  const setCursors = (next: string[]) => setTrail({ filter, cursors: next });
  const cursor = cursors.at(-1);
  const request = { ...parameters, query: { ...parameters.query, limit, cursor } };
  const answer = useQuery<Page<T>>({
    queryKey: keyOf(path, request),
    queryFn: ({ signal }) => read<Page<T>>(path, { ...request, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: looking(cursor ? undefined : every),
    enabled,
  });
  if (answer.error && !answer.data) return <ErrorState error={answer.error} retry={() => void answer.refetch()} />;
  if (!answer.data) return <Loading rows={8} />;
  if (answer.data.items.length === 0 && cursors.length === 0 && !answer.data.next) return <>{empty ?? <EmptyState />}</>;
  const { next } = answer.data;
  const { onRow } = props;
  const cards = columns.filter((column) => !column.responsive).length > COLUMNS_NARROW;
  return (
    <section className={cards ? 'data-table cards' : 'data-table'} aria-label={label} ref={place}>
      {answer.error ? <ErrorState error={answer.error} retry={() => void answer.refetch()} compact /> : null}
      <Table<T>
        size="small"
        columns={columns.map(labelled)}
        dataSource={answer.data.items}
        rowKey={rowKey}
        pagination={false}
        scroll={{ x: 'max-content' }}
        loading={answer.isPlaceholderData && { delay: 200 }}
        onRow={
          onRow &&
          ((row) => ({
            className: 'clickable',
            tabIndex: 0,
            onClick: (event) => isPlain(event.target) && onRow(row),
            onKeyDown: (event) => event.key === 'Enter' && event.target === event.currentTarget && onRow(row),
          }))
        }
        expandable={props.expanded && { expandedRowRender: props.expanded, columnTitle: <span className="unseen">{t('details')}</span> }}
      />
      {(next || cursors.length > 0) && (
        <nav className="pager" aria-label={`${label}: ${t('pages')}`}>
          {cursors.length > 1 && (
            <Button size="small" type="text" onClick={() => setCursors([])}>
              {t('firstPage')}
            </Button>
          )}
          <Button
            size="small"
            icon={<LeftOutlined aria-hidden />}
            disabled={cursors.length === 0}
            onClick={() => setCursors(cursors.slice(0, -1))}
          >
            {t('previousPage')}
          </Button>
          <span className="pager-page">{t('pageNumber', { page: cursors.length + 1 })}</span>
          <Button size="small" disabled={!next || answer.isPlaceholderData} onClick={() => next && setCursors([...cursors, next])}>
            {t('nextPage')} <RightOutlined />
          </Button>
        </nav>
      )}
    </section>
  );
}

/** Not on something within the row that does something by itself, nor after text was marked. */
const isPlain = (target: EventTarget) =>
  !(target instanceof Element && target.closest('a, button, input, label, .ant-modal-root')) && !window.getSelection()?.toString();

/** On a phone rows become cards, where each cell says by itself what it is (`styles.css`). */
// biome-ignore lint/suspicious/noExplicitAny: antd's own constraint on rows
function labelled<T extends Record<string, any>>(column: Columns<T>[number]): Columns<T>[number] {
  if (typeof column.title !== 'string') return column;
  const title = column.title;
  return { ...column, onCell: (row, index) => ({ ...column.onCell?.(row, index), 'data-label': title }) };
}

/** What scrolls sideways can be reached with the keyboard. */
export function useReachable(place: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const content = place.current?.querySelector('.ant-table-content');
    if (!content) return;
    if (content.scrollWidth > content.clientWidth) content.setAttribute('tabindex', '0');
    else content.removeAttribute('tabindex');
  });
}
