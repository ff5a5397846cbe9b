/** What the forms of rules and channels have in common: a drawer that saves, says why it could not, and fields that both have. */
import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Drawer, Flex, Form, type FormInstance, Input, Switch } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { write } from '../../api/client';
import { useProblemText } from '../../components/States';
import type { Labels } from './types';

/** What is changed: a thing with a version, of which another change in between is a conflict. */
export interface Kept {
  id: string;
  version: number;
  name: string;
}

interface EditorProps<T extends object> {
  /** Where things of this kind are made (`/api/v1/alarms`). */
  path: '/api/v1/alarms' | '/api/v1/channels';
  /** What is changed; none for a new one. */
  kept?: Kept;
  /** The title of a new one. */
  title: string;
  size: number;
  form: FormInstance<T>;
  initial: T;
  /** What is sent for what was filled in. */
  draftOf: (filled: T) => unknown;
  onClose: () => void;
  children: ReactNode;
}

export function Editor<T extends object>({ path, kept, title, size, form, initial, draftOf, onClose, children }: EditorProps<T>) {
  const { t } = useTranslation('monitoring');
  const problemText = useProblemText();
  const needed = useNeeded();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  async function save(filled: T) {
    setBusy(true);
    setError(undefined);
    try {
      const draft = draftOf(filled);
      if (kept) await write('put', `${path}/{id}`, draft, { path: { id: kept.id }, query: { version: kept.version } });
      else await write('post', path, draft);
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
      size={size}
      title={kept ? `${t('edit')}: ${kept.name}` : title}
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
      <Form<T> form={form} layout="vertical" initialValues={initial} onFinish={(filled) => void save(filled)} autoComplete="off">
        <Form.Item name="name" label={t('alarms.name')} rules={needed}>
          <Input maxLength={80} />
        </Form.Item>
        {children}
        <Form.Item name="enabled" label={t('alarms.enabled')} valuePropName="checked">
          <Switch checkedChildren={t('yes')} unCheckedChildren={t('no')} />
        </Form.Item>
        {said && <Alert type="error" showIcon title={said.title} description={[said.hint, said.detail].filter(Boolean).join(' ')} />}
      </Form>
    </Drawer>
  );
}

/** The rule of a field that must be filled in. */
export function useNeeded() {
  const { t } = useTranslation('monitoring');
  return [{ required: true, message: t('alarms.needed') }];
}

/** A name and its value, as a form has them. */
export interface Pair {
  name?: string;
  value?: string;
}
export const pairsOf = (labels: Labels | undefined): Pair[] => Object.entries(labels ?? {}).map(([name, value]) => ({ name, value }));
export const labelsOf = (pairs: Pair[] | undefined): Labels =>
  Object.fromEntries((pairs ?? []).flatMap((pair) => (pair?.name?.trim() ? [[pair.name.trim(), pair.value ?? '']] : [])));

interface PairsProps {
  /** The field of the form. */
  field: string;
  label: string;
  /** Whether values are not shown. */
  secret?: boolean;
}

/** Names and values, a line each: headers of a webhook, arguments of an event. */
export function Pairs({ field, label, secret = false }: PairsProps) {
  const { t } = useTranslation('monitoring');
  const Value = secret ? Input.Password : Input;
  return (
    <Form.List name={field}>
      {(lines, { add, remove }) => (
        <Form.Item label={label}>
          {lines.map(({ key, name }) => (
            <Flex key={key} gap={8} style={{ marginBottom: 8 }}>
              <Form.Item name={[name, 'name']} noStyle>
                <Input aria-label={`${label}: ${t('alarms.name')}`} placeholder={t('alarms.name')} maxLength={80} spellCheck={false} />
              </Form.Item>
              <Form.Item name={[name, 'value']} noStyle>
                <Value aria-label={`${label}: ${t('alarms.value')}`} placeholder={t('alarms.value')} maxLength={1_000} autoComplete="off" />
              </Form.Item>
              <Button aria-label={`${t('delete')}: ${label}`} icon={<DeleteOutlined aria-hidden />} onClick={() => remove(name)} />
            </Flex>
          ))}
          <Button size="small" icon={<PlusOutlined aria-hidden />} onClick={() => add({})} disabled={lines.length >= 10}>
            {t('add')}
          </Button>
        </Form.Item>
      )}
    </Form.List>
  );
}
