import { LoadingOutlined } from '@ant-design/icons';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Example } from '../api/examples';
import { Identicon } from './Hash';
import { useRoleWords } from './HeldRole';

/** Cards that are shown at first: with more, nobody reads any. */
const SHOWN = 6;

interface ExampleAccountsProps {
  examples: Example[];
  /** Which one waits. */
  busy?: number;
  disabled?: boolean;
  /** The one that is meant. */
  own?: string | null;
  onChoose: (example: Example) => void;
}

/** The people of a development city as cards: anybody can be any of them. */
export function ExampleAccounts({ examples, busy, disabled = false, own, onChoose }: ExampleAccountsProps) {
  const { t } = useTranslation('wallet');
  const [all, setAll] = useState(false);
  const words = useRoleWords();
  return (
    <section className="examples" aria-label={t('examples.title')}>
      <div className="examples-head">
        <b>{t('examples.title')}</b>
        <span className="faint small">{t('examples.note')}</span>
      </div>
      <ul>
        {(all ? examples : examples.slice(0, SHOWN)).map((example) => {
          const [first, ...rest] = example.roles;
          const place = first ? words.scope(first) : t('examples.identity');
          return (
            <li key={example.account}>
              <button type="button" disabled={disabled} onClick={() => onChoose(example)} title={example.account}>
                {busy === example.index ? <LoadingOutlined /> : <Identicon value={example.account} />}
                <span>
                  <b>
                    {first ? words.role(first) : t('examples.citizen')}
                    {own === example.account && ` (${t('examples.you')})`}
                  </b>
                  <small>
                    {place}
                    {rest.length > 0 && ` · ${rest.map(words.role).join(' · ')}`}
                  </small>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      {!all && examples.length > SHOWN && (
        <button type="button" className="text-button" onClick={() => setAll(true)}>
          {t('examples.all', { count: examples.length })}
        </button>
      )}
    </section>
  );
}
