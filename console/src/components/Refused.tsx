import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Refusal } from '../wallet/send';
import { harmless } from './Untrusted';

/** Why the ledger would refuse: the contract's error by name with a text where we have one. */
export function Refused({ refusal }: { refusal: Refusal }) {
  const { t } = useTranslation('wallet');
  const known = t(`refusals.${refusal.name}`, { defaultValue: '' });
  const detail = refusal.arguments
    .map((one) => `${one.name} ${typeof one.value === 'string' ? one.value : JSON.stringify(one.value)}`)
    .join(', ');
  return (
    <Alert
      type="warning"
      showIcon
      title={t('refused')}
      description={
        <>
          <div>{known || harmless(refusal.message || refusal.name, 300)}</div>
          {known && detail && <div className="mono faint small">{harmless(`${refusal.name}: ${detail}`, 400)}</div>}
        </>
      }
    />
  );
}
