/** Named lists that rules ask: sanctions, licensed entities, own accounts. They change at once, without a new version of the rules. */
import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Flex, Input, Modal, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { type Page as ApiPage, write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { useRights } from '../../api/session';
import { Confirm } from '../../components/Confirm';
import { Page, Panel } from '../../components/Page';
import { EmptyState, Loaded, useProblemText } from '../../components/States';
import { Time } from '../../components/Time';
import { Scroller } from '../governance/Scroller';
import { type ListDetail, type ListSummary, SUPERVISION } from './types';
import { Actor, History } from './Words';

export function Lists() {
  const { t } = useTranslation('supervision');
  const may = useRights();
  const answer = useRead<ApiPage<ListSummary>>(`${SUPERVISION}/lists`);
  return (
    <Page title={t('tabs.lists')} subtitle={t('lists.hint')} actions={may('supervise') && <NewList />}>
      <Panel flush>
        <Loaded answer={answer}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState title={t('lists.empty')} />
            ) : (
              <Scroller label={t('tabs.lists')}>
                <Table<ListSummary>
                  aria-label={t('tabs.lists')}
                  size="small"
                  rowKey="name"
                  pagination={false}
                  dataSource={items}
                  columns={[
                    {
                      key: 'name',
                      title: t('parts.name'),
                      render: (_, list) => (
                        <Link to={`/supervision/lists/${list.name}`} className="mono">
                          {list.name}
                        </Link>
                      ),
                    },
                    { key: 'count', title: t('lists.count'), render: (_, list) => list.count.toLocaleString() },
                    { key: 'version', title: t('lists.version'), render: (_, list) => list.version },
                    { key: 'by', title: t('lists.changedBy'), render: (_, list) => <Actor value={list.changedBy} /> },
                    { key: 'at', title: t('lists.changedAt'), render: (_, list) => <Time value={list.changedAt} /> },
                  ]}
                />
              </Scroller>
            )
          }
        </Loaded>
      </Panel>
    </Page>
  );
}

function NewList() {
  const { t } = useTranslation('supervision');
  const problemText = useProblemText();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [error, setError] = useState<unknown>();
  async function make() {
    try {
      await write('put', `${SUPERVISION}/lists/{name}`, { basedOn: 0, entries: [] }, { path: { name } });
      await refresh(`${SUPERVISION}/lists`);
      await navigate(`/supervision/lists/${name}`);
    } catch (failure) {
      setError(failure);
    }
  }
  const said = error ? problemText(error) : undefined;
  return (
    <>
      <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {t('lists.new')}
      </Button>
      <Modal
        open={open}
        title={t('lists.new')}
        okText={t('lists.new')}
        cancelText={t('cancel')}
        okButtonProps={{ disabled: !/^[a-z0-9_]{1,64}$/.test(name) }}
        onOk={() => void make()}
        onCancel={() => setOpen(false)}
        destroyOnHidden
      >
        <div className="stack">
          <label className="field">
            <span>{t('lists.nameHint')}</span>
            <Input value={name} className="mono" spellCheck={false} onChange={(event) => setName(event.target.value)} />
          </label>
          {said && <Alert type="error" showIcon title={said.title} description={said.detail} />}
        </div>
      </Modal>
    </>
  );
}

export function ListPage() {
  const name = useParams().name ?? '';
  const answer = useRead<ListDetail>(`${SUPERVISION}/lists/{name}`, { path: { name } });
  return <Loaded answer={answer}>{(list) => <Shown key={list.summary.version} list={list} />}</Loaded>;
}

function Shown({ list }: { list: ListDetail }) {
  const { t } = useTranslation('supervision');
  const may = useRights();
  const [text, setText] = useState(list.entries.join('\n'));
  const { name, version } = list.summary;
  const entries = text.split('\n').filter((entry) => entry.trim());
  return (
    <Page title={name} crumb={<Link to="/supervision/lists">{t('tabs.lists')}</Link>} subtitle={t('lists.entriesHint', { name })}>
      <div className="stack">
        <Panel title={t('lists.entries')}>
          <div className="stack">
            <Input.TextArea
              aria-label={t('lists.entries')}
              className="mono"
              value={text}
              readOnly={!may('supervise')}
              autoSize={{ minRows: 6, maxRows: 24 }}
              spellCheck={false}
              onChange={(event) => setText(event.target.value)}
            />
            {may('supervise') && (
              <Flex justify="flex-end">
                <Confirm
                  label={t('lists.save')}
                  title={t('lists.save')}
                  danger={false}
                  button={{ type: 'primary', disabled: text === list.entries.join('\n') }}
                  text={t('lists.saveText', { name, entries: entries.length.toLocaleString() })}
                  act={async () => {
                    await write('put', `${SUPERVISION}/lists/{name}`, { basedOn: version, entries }, { path: { name } });
                    await refresh(`${SUPERVISION}/lists`);
                  }}
                />
              </Flex>
            )}
          </div>
        </Panel>
        <Panel title={t('history')}>
          <History acts={list.history} />
        </Panel>
      </div>
    </Page>
  );
}
