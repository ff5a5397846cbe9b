/** The form of a channel. Secrets that are kept show as dots; left as they are, they stay. */
import { Alert, Button, Drawer, Flex, Form, Input, InputNumber, Segmented, Select, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { write } from '../../api/client';
import { useProblemText } from '../../components/States';
import type { Channel, ChannelDraft, ChannelKind, ChannelTarget } from './types';

const KINDS: ChannelKind[] = ['mail', 'webhook', 'dingTalk', 'weCom', 'feishu', 'slack'];

interface Filled extends Omit<ChannelTarget, 'to'> {
  name: string;
  enabled: boolean;
  language: 'zh' | 'en';
  to?: string;
}

function targetOf(filled: Filled, before?: ChannelTarget): ChannelTarget {
  const { kind } = filled;
  const optional = (text?: string | null) => (text?.trim() ? text.trim() : undefined);
  switch (kind) {
    case 'mail':
      return {
        kind,
        host: filled.host?.trim(),
        port: filled.port,
        security: filled.security,
        user: optional(filled.user),
        password: optional(filled.password),
        from: filled.from?.trim(),
        to: (filled.to ?? '').split(/[\s,;]+/).filter(Boolean),
      };
    case 'webhook':
      return { kind, url: filled.url?.trim(), headers: before?.kind === 'webhook' ? (before.headers ?? {}) : {} };
    case 'dingTalk':
    case 'feishu':
      return { kind, url: filled.url?.trim(), secret: optional(filled.secret) };
    default:
      return { kind, url: filled.url?.trim() };
  }
}

export function ChannelEditor({ channel, onClose }: { channel?: Channel; onClose: () => void }) {
  const { t, i18n } = useTranslation('monitoring');
  const problemText = useProblemText();
  const [form] = Form.useForm<Filled>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const initial: Filled = channel
    ? { ...channel.target, name: channel.name, enabled: channel.enabled, language: channel.language, to: channel.target.to?.join('\n') }
    : { kind: 'webhook', name: '', enabled: true, language: i18n.language === 'zh' ? 'zh' : 'en', port: 465, security: 'tls' };
  const kind = Form.useWatch('kind', form) ?? initial.kind;
  const needed = [{ required: true, message: t('alarms.needed') }];

  async function save(filled: Filled) {
    setBusy(true);
    setError(undefined);
    const draft: ChannelDraft = {
      name: filled.name.trim(),
      enabled: filled.enabled,
      language: filled.language,
      target: targetOf(filled, channel?.target),
    };
    try {
      if (channel) await write('put', '/api/v1/channels/{id}', draft, { path: { id: channel.id }, query: { version: channel.version } });
      else await write('post', '/api/v1/channels', draft);
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  const said = error ? problemText(error) : undefined;
  return (
    <Drawer
      open
      size={520}
      title={channel ? `${t('edit')}: ${channel.name}` : t('channels.new')}
      onClose={onClose}
      styles={{ wrapper: { maxWidth: '100vw' } }}
      footer={
        <Flex gap={8} justify="end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="primary" loading={busy} onClick={() => form.submit()}>
            {t('save')}
          </Button>
        </Flex>
      }
    >
      <Form<Filled> form={form} layout="vertical" initialValues={initial} onFinish={(filled) => void save(filled)} autoComplete="off">
        <Form.Item name="name" label={t('alarms.name')} rules={needed}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="kind" label={t('channels.kind')}>
          <Select options={KINDS.map((value) => ({ value, label: t(`channels.kinds.${value}`) }))} />
        </Form.Item>
        {kind === 'mail' ? (
          <MailFields />
        ) : (
          <Form.Item name="url" label={t('channels.url')} rules={needed}>
            <Input maxLength={2_000} placeholder="https://…" spellCheck={false} />
          </Form.Item>
        )}
        {(kind === 'dingTalk' || kind === 'feishu') && (
          <Form.Item name="secret" label={`${t('channels.secret')} (${t('channels.optional')})`}>
            <Input.Password maxLength={500} autoComplete="new-password" />
          </Form.Item>
        )}
        <Form.Item name="language" label={t('channels.language')}>
          <Segmented
            options={[
              { value: 'zh', label: '中文' },
              { value: 'en', label: 'English' },
            ]}
          />
        </Form.Item>
        <Form.Item name="enabled" label={t('alarms.enabled')} valuePropName="checked">
          <Switch checkedChildren={t('yes')} unCheckedChildren={t('no')} />
        </Form.Item>
        {said && <Alert type="error" showIcon title={said.title} description={[said.hint, said.detail].filter(Boolean).join(' ')} />}
      </Form>
    </Drawer>
  );
}

function MailFields() {
  const { t } = useTranslation('monitoring');
  const needed = [{ required: true, message: t('alarms.needed') }];
  return (
    <>
      <Flex gap={12}>
        <Form.Item name="host" label={t('channels.host')} rules={needed} style={{ flex: 1 }}>
          <Input maxLength={253} spellCheck={false} />
        </Form.Item>
        <Form.Item name="port" label={t('channels.port')} rules={needed}>
          <InputNumber min={1} max={65_535} precision={0} />
        </Form.Item>
      </Flex>
      <Form.Item name="security" label={t('channels.security')} initialValue="tls">
        <Segmented options={(['tls', 'startTls', 'none'] as const).map((value) => ({ value, label: t(`channels.securities.${value}`) }))} />
      </Form.Item>
      <Flex gap={12}>
        <Form.Item name="user" label={`${t('channels.user')} (${t('channels.optional')})`} style={{ flex: 1 }}>
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
        <Form.Item name="password" label={`${t('channels.password')} (${t('channels.optional')})`} style={{ flex: 1 }}>
          <Input.Password maxLength={500} autoComplete="new-password" />
        </Form.Item>
      </Flex>
      <Form.Item name="from" label={t('channels.from')} rules={needed}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="to" label={t('channels.to')} extra={t('channels.toHint')} rules={needed}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} />
      </Form.Item>
    </>
  );
}
