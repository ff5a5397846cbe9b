/** Rules as a file: saved from here, and taken in after a look at what would change. */
import { DownloadOutlined, UploadOutlined } from '@ant-design/icons';
import { Alert, Button, Modal } from 'antd';
import { type ChangeEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { write } from '../../api/client';
import { refresh } from '../../api/hooks';
import { useProblemText } from '../../components/States';
import { harmless } from '../../components/Untrusted';
import type { RulesImport } from './types';

/** What was chosen, and what would become of it; none yet while the server looks at it. */
interface Chosen {
  name: string;
  text: string;
  plan?: RulesImport;
}

const take = (text: string, dryRun: boolean) => write<RulesImport>('post', '/api/v1/alarms/import', text, { query: { dryRun } });

export function RuleFiles() {
  const { t } = useTranslation('monitoring');
  const problemText = useProblemText();
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<Chosen>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  async function attempt(act: () => Promise<void>) {
    setBusy(true);
    setError(undefined);
    try {
      await act();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  async function look(event: ChangeEvent<HTMLInputElement>) {
    const file = event.target.files?.[0];
    // The same file can be chosen again after it was put right.
    event.target.value = '';
    if (!file) return;
    const name = file.name;
    await attempt(async () => {
      setChosen({ name, text: '' });
      const text = await file.text();
      setChosen({ name, text, plan: await take(text, true) });
    });
  }

  const accept = (text: string) =>
    attempt(async () => {
      await take(text, false);
      setChosen(undefined);
      await refresh('/api/v1/alarms');
    });

  const plan = chosen?.plan;
  const nothing = plan !== undefined && plan.created.length + plan.changed.length === 0;
  const said = error ? problemText(error) : undefined;
  return (
    <>
      <Button icon={<DownloadOutlined aria-hidden />} href="/api/v1/alarms/export" download="alarms.yml">
        {t('alarms.export')}
      </Button>
      <Button icon={<UploadOutlined aria-hidden />} onClick={() => input.current?.click()}>
        {t('alarms.import')}
      </Button>
      <input ref={input} type="file" accept=".yml,.yaml" hidden aria-label={t('alarms.import')} onChange={(event) => void look(event)} />
      <Modal
        open={chosen !== undefined}
        title={t('alarms.importTitle', { name: harmless(chosen?.name ?? '', 60) })}
        onCancel={() => setChosen(undefined)}
        onOk={() => void accept(chosen?.text ?? '')}
        okText={t('alarms.import')}
        okButtonProps={{ disabled: !plan || nothing, loading: busy }}
        cancelText={t('cancel')}
      >
        <div className="stack" aria-live="polite">
          <p>{t('alarms.importText')}</p>
          {plan && <Plan plan={plan} />}
          {said && <Alert type="error" showIcon title={said.title} description={[said.hint, said.detail].filter(Boolean).join(' ')} />}
        </div>
      </Modal>
    </>
  );
}

function Plan({ plan }: { plan: RulesImport }) {
  const { t } = useTranslation('monitoring');
  const names = (list: string[]) => list.map((name) => harmless(name, 60)).join(', ');
  const told = [
    { count: plan.created.length, text: 'alarms.importCreated', list: plan.created },
    { count: plan.changed.length, text: 'alarms.importChanged', list: plan.changed },
    { count: plan.unchanged.length, text: 'alarms.importUnchanged', list: [] },
  ].filter(({ count }) => count > 0);
  return (
    <>
      <ul>
        {told.map(({ text, count, list }) => (
          <li key={text}>
            {t(text, { count })}
            {list.length > 0 && `: ${names(list)}`}
          </li>
        ))}
      </ul>
      {plan.recording.length > 0 && <p className="faint">{t('alarms.importRecording', { names: names(plan.recording) })}</p>}
      {plan.missingChannels.length > 0 && (
        <Alert type="warning" showIcon title={t('alarms.importMissing', { names: names(plan.missingChannels) })} />
      )}
    </>
  );
}
