/** The channels that carry alarms to people, each with a test. */
import {
  BellOutlined,
  CommentOutlined,
  DingdingOutlined,
  MailOutlined,
  PlusOutlined,
  SlackOutlined,
  WechatWorkOutlined,
} from '@ant-design/icons';
import { Alert, Button, Flex } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { type Page as ApiPage, write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { Confirm } from '../../components/Confirm';
import { Page } from '../../components/Page';
import { EmptyState, Loaded, useProblemText } from '../../components/States';
import { StatusTag } from '../../components/StatusTag';
import { harmless, Untrusted } from '../../components/Untrusted';
import { ChannelEditor } from './ChannelEditor';
import type { Channel, ChannelKind, TestOutcome } from './types';

const CHANNELS = '/api/v1/channels';
const ICONS: Record<ChannelKind, ReactNode> = {
  mail: <MailOutlined />,
  webhook: <BellOutlined />,
  dingTalk: <DingdingOutlined />,
  weCom: <WechatWorkOutlined />,
  feishu: <CommentOutlined />,
  slack: <SlackOutlined />,
};

export function Channels() {
  const { t } = useTranslation('monitoring');
  const [editing, setEditing] = useState<Channel | 'new'>();
  const answer = useRead<ApiPage<Channel>>(CHANNELS);
  return (
    <Page
      title={t('tabs.channels')}
      subtitle={t('channels.hint')}
      actions={
        <Flex gap={8} wrap>
          {answer.data && answer.data.items.length > 0 && (
            <Link to="/monitoring/alarms?new=metric">
              <Button>{t('alarms.new')}</Button>
            </Link>
          )}
          <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setEditing('new')}>
            {t('channels.new')}
          </Button>
        </Flex>
      }
    >
      <Loaded answer={answer}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title={t('channels.empty')}
              hint={t('channels.hint')}
              action={
                <Button type="primary" onClick={() => setEditing('new')}>
                  {t('channels.new')}
                </Button>
              }
            />
          ) : (
            <div className="tiles">
              {items.map((channel) => (
                <Tile key={channel.id} channel={channel} onEdit={() => setEditing(channel)} />
              ))}
            </div>
          )
        }
      </Loaded>
      {editing && (
        <ChannelEditor
          channel={editing === 'new' ? undefined : editing}
          onClose={() => {
            setEditing(undefined);
            void refresh(CHANNELS);
          }}
        />
      )}
    </Page>
  );
}

function Tile({ channel, onEdit }: { channel: Channel; onEdit: () => void }) {
  const { t } = useTranslation('monitoring');
  return (
    <div className="tile">
      <Flex gap={12} align="center">
        <span className="tile-icon" aria-hidden>
          {ICONS[channel.target.kind]}
        </span>
        <div style={{ minWidth: 0, flex: 1 }}>
          <div className="tile-title">
            <Untrusted text={channel.name} />
          </div>
          <div className="faint">
            <Untrusted text={channel.summary} characters={80} />
          </div>
        </div>
        {!channel.enabled && <StatusTag value="disabled" label={t('alarms.disabled')} />}
      </Flex>
      <Test channel={channel} />
      <Flex gap={8}>
        <Button size="small" onClick={onEdit}>
          {t('edit')}
        </Button>
        <Confirm
          label={t('delete')}
          title={t('delete')}
          text={t('channels.deleteText', { name: channel.name })}
          button={{ size: 'small' }}
          act={async () => {
            await write('delete', '/api/v1/channels/{id}', undefined, { path: { id: channel.id } });
            await refresh(CHANNELS);
          }}
        />
      </Flex>
    </div>
  );
}

function Test({ channel }: { channel: Channel }) {
  const { t } = useTranslation('monitoring');
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<TestOutcome>();
  const [error, setError] = useState<unknown>();
  async function test() {
    setBusy(true);
    setOutcome(undefined);
    setError(undefined);
    try {
      setOutcome(await write<TestOutcome>('post', '/api/v1/channels/{id}/test', undefined, { path: { id: channel.id } }));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  return (
    <div className="stack tight" aria-live="polite">
      <div>
        <Button loading={busy} icon={<BellOutlined aria-hidden />} onClick={() => void test()}>
          {t('channels.test')}
        </Button>
      </div>
      {outcome && (
        <Alert
          type={outcome.delivered ? 'success' : 'error'}
          showIcon
          title={outcome.delivered ? t('channels.delivered', { ms: outcome.elapsedMs }) : t('channels.notDelivered')}
          description={outcome.detail && harmless(outcome.detail, 300)}
        />
      )}
      {error !== undefined && <Alert type="error" showIcon title={problemText(error).title} description={problemText(error).hint} />}
    </div>
  );
}
