import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { become, type Example } from '../api/examples';
import { useRoleWords } from './HeldRole';
import { useProblemText } from './States';

/** Who may not do it is somebody else with one click in a development city, and elsewhere is told what is missing. */
export function ContinueAs({ example, missing }: { example?: Example; missing: string }) {
  const { t } = useTranslation('wallet');
  const words = useRoleWords();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  if (!example) return <span className="faint">{missing}</span>;
  const first = example.roles[0];
  async function change(to: Example) {
    setBusy(true);
    setError(undefined);
    try {
      await become(to);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  return (
    <span className="continue-as">
      <Button loading={busy} title={missing} onClick={() => void change(example)}>
        {t('examples.continueAs', { who: first ? `${words.role(first)} · ${words.scope(first)}` : t('examples.citizen') })}
      </Button>
      {error !== undefined && (
        <span className="bad small" role="alert">
          {problemText(error).title}
        </span>
      )}
    </span>
  );
}
