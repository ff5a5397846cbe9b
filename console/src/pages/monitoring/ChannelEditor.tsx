/** The form of a channel. Secrets that are kept show as dots; left as they are, they stay. */
import { Flex, Form, Input, InputNumber, Segmented, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Editor, labelsOf, type Pair, Pairs, pairsOf, useNeeded } from './Editor';
import type { Channel, ChannelDraft, ChannelKind, ChannelTarget } from './types';

const KINDS: ChannelKind[] = ['mail', 'webhook', 'dingTalk', 'weCom', 'feishu', 'slack'];

interface Filled extends Omit<ChannelTarget, 'to' | 'headers'> {
  name: string;
  enabled: boolean;
  language: 'zh' | 'en';
  to?: string;
  headers?: Pair[];
}

function targetOf(filled: Filled): ChannelTarget {
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
      return { kind, url: filled.url?.trim(), headers: labelsOf(filled.headers) };
    case 'dingTalk':
    case 'feishu':
      return { kind, url: filled.url?.trim(), secret: optional(filled.secret) };
    default:
      return { kind, url: filled.url?.trim() };
  }
}

function draftOf(filled: Filled): ChannelDraft {
  return { name: filled.name.trim(), enabled: filled.enabled, language: filled.language, target: targetOf(filled) };
}

function filledOf(channel: Channel): Filled {
  const { target, name, enabled, language } = channel;
  return { ...target, name, enabled, language, to: target.to?.join('\n'), headers: pairsOf(target.headers) };
}

export function ChannelEditor({ channel, onClose }: { channel?: Channel; onClose: () => void }) {
  const { t, i18n } = useTranslation('monitoring');
  const [form] = Form.useForm<Filled>();
  const needed = useNeeded();
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const initial: Filled = channel
    ? filledOf(channel)
    : { kind: 'webhook', name: '', enabled: true, language, port: 465, security: 'tls', headers: [] };
  const kind = Form.useWatch('kind', form) ?? initial.kind;
  return (
    <Editor
      path="/api/v1/channels"
      kept={channel}
      title={t('channels.new')}
      size={520}
      form={form}
      initial={initial}
      draftOf={draftOf}
      onClose={onClose}
    >
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
      {kind === 'webhook' && <Pairs field="headers" label={t('channels.headers')} secret />}
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
    </Editor>
  );
}

function MailFields() {
  const { t } = useTranslation('monitoring');
  const needed = useNeeded();
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
