import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Change, StateChanges } from '../../api/types';
import { Amount, Count } from '../../components/Amount';
import { Address } from '../../components/Hash';
import { EmptyState } from '../../components/States';

/** What a transaction changed, account by account. */
export function Changes({ changes }: { changes: StateChanges }) {
  const { t } = useTranslation('explorer');
  if (changes.accounts.length === 0) return <EmptyState title={t('noChanges')} />;
  return (
    <div className="change-list">
      {changes.accounts.map((account) => (
        <article key={account.address}>
          <header>
            <Address value={account.address} name={account.name} />
          </header>
          <table className="plain">
            <thead>
              <tr>
                <th>{t('what')}</th>
                <th>{t('before')}</th>
                <th>{t('after')}</th>
              </tr>
            </thead>
            <tbody>
              {account.balance && <Row name={t('balance')} change={account.balance} show={(value) => <Amount value={value} />} />}
              {account.nonce && <Row name={t('nonce')} change={account.nonce} show={(value) => <Count value={value} />} />}
              {account.code && <Row name={t('code')} change={account.code} show={(value) => <Bytes value={value} />} />}
              {account.storage.map((slot) => (
                <Row
                  key={slot.slot}
                  name={
                    <span className="mono" title={slot.slot}>
                      {t('slot')} {slot.slot.length > 14 ? `${slot.slot.slice(0, 10)}…${slot.slot.slice(-4)}` : slot.slot}
                    </span>
                  }
                  change={slot}
                  show={(value) => <Bytes value={value} />}
                />
              ))}
            </tbody>
          </table>
        </article>
      ))}
    </div>
  );
}

function Row({ name, change, show }: { name: ReactNode; change: Change; show: (value: string) => ReactNode }) {
  const { t } = useTranslation('explorer');
  const nothing = <span className="faint">{t('nothing')}</span>;
  return (
    <tr>
      <td>{name}</td>
      <td className="before">{change.before ? show(change.before) : nothing}</td>
      <td className="after">{change.after ? show(change.after) : nothing}</td>
    </tr>
  );
}

/** A word of storage; a small number also in decimal. */
function Bytes({ value }: { value: string }) {
  const digits = value.replace(/^0x0*/, '');
  const short = value.length > 72 ? `${value.slice(0, 66)}…` : value;
  return (
    <span className="mono whole">
      {digits.length <= 16 ? `0x${digits || '0'}` : short}
      {digits.length > 0 && digits.length <= 16 && <span className="faint"> = {BigInt(`0x${digits}`).toString()}</span>}
    </span>
  );
}
