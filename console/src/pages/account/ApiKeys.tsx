import { Alert, Button, Checkbox, Input, InputNumber, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Page as PageOf } from '../../api/client';
import { write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import type { components } from '../../api/schema';
import { type Right, useSession } from '../../api/session';
import { Confirm } from '../../components/Confirm';
import { Copy } from '../../components/Copy';
import { Panel } from '../../components/Page';
import { EmptyState, ErrorState, Loaded } from '../../components/States';
import { Time } from '../../components/Time';
import { Untrusted } from '../../components/Untrusted';

type ApiKey = components['schemas']['ApiKey'];
type MadeApiKey = components['schemas']['MadeApiKey'];

const PATH = '/api/v1/api-keys';
const DAYS_DEFAULT = 90;
const DAYS_MAX = 366;

export function ApiKeys() {
  const { t } = useTranslation('account');
  const answer = useRead<PageOf<ApiKey>>(PATH);
  const [open, setOpen] = useState(false);
  return (
    <Panel
      title={t('keys.title')}
      extra={
        <Button size="small" onClick={() => setOpen(true)}>
          {t('keys.make')}
        </Button>
      }
    >
      <Loaded answer={answer} rows={3}>
        {(list) =>
          list.items.length === 0 ? (
            <EmptyState title={t('keys.empty')} hint={t('keys.emptyHint')} />
          ) : (
            <ul className="rows">
              {list.items.map((key) => (
                <li key={key.id}>
                  <span className="grow">
                    <Untrusted text={key.label} characters={60} />
                    <span className="block faint small">{key.scopes.map((scope) => t(`rights.${scope}`)).join(' · ')}</span>
                    <span className="block faint small">
                      {t('usedAt')} <Time value={key.usedAt} /> · {t('endsAt')} <Time value={key.expiresAt} />
                    </span>
                  </span>
                  <Confirm
                    label={t('remove')}
                    title={t('keys.remove')}
                    text={t('keys.removeText')}
                    button={{ size: 'small' }}
                    act={async () => {
                      await write('delete', '/api/v1/api-keys/{id}', undefined, { path: { id: key.id } });
                      await refresh(PATH);
                    }}
                  />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {open && <NewKey onClose={() => setOpen(false)} />}
    </Panel>
  );
}

function NewKey({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('account');
  const { session } = useSession();
  const [label, setLabel] = useState('');
  const [days, setDays] = useState(DAYS_DEFAULT);
  const [scopes, setScopes] = useState<Right[]>(['explore']);
  const [made, setMade] = useState<MadeApiKey>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  async function make() {
    setBusy(true);
    setError(undefined);
    try {
      setMade(await write<MadeApiKey>('post', PATH, { label: label.trim(), days, scopes }));
      await refresh(PATH);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  if (made) {
    return (
      <Modal
        open
        title={t('keys.made')}
        onCancel={onClose}
        footer={<Button onClick={onClose}>{t('keys.kept')}</Button>}
        mask={{ closable: false }}
      >
        <div className="stack">
          <Alert type="warning" showIcon title={t('keys.once')} />
          <p className="mono whole">
            {made.secret}
            <Copy text={made.secret} />
          </p>
          <p className="note">{t('keys.use')}</p>
          <pre className="bytes">{`curl -H 'Authorization: Bearer …' ${window.location.origin}/api/v1/overview`}</pre>
        </div>
      </Modal>
    );
  }
  return (
    <Modal
      open
      title={t('keys.make')}
      onCancel={onClose}
      onOk={() => void make()}
      okText={t('keys.make')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      okButtonProps={{ disabled: label.trim() === '' || scopes.length === 0 }}
    >
      <div className="stack">
        <label className="field">
          <span>{t('keys.label')}</span>
          <Input value={label} maxLength={60} onChange={(event) => setLabel(event.target.value)} />
        </label>
        <label className="field">
          <span>{t('keys.days')}</span>
          <InputNumber value={days} min={1} max={DAYS_MAX} precision={0} onChange={(value) => setDays(value ?? DAYS_DEFAULT)} />
        </label>
        <fieldset className="plain-fieldset">
          <legend>{t('keys.scopes')}</legend>
          <Checkbox.Group
            className="check-list"
            value={scopes}
            onChange={(values) => setScopes(values as Right[])}
            options={(session?.rights ?? []).map((right) => ({ value: right, label: t(`rights.${right}`) }))}
          />
        </fieldset>
        {error !== undefined && <ErrorState error={error} compact />}
      </div>
    </Modal>
  );
}
