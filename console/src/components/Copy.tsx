import { CheckOutlined, CopyOutlined } from '@ant-design/icons';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** A button that copies `text`. */
export function Copy({ text }: { text: string }) {
  const { t } = useTranslation('shell');
  const [copied, setCopied] = useState(false);
  async function copy() {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    window.setTimeout(() => setCopied(false), 1_500);
  }
  return (
    <button
      type="button"
      className="icon-button copy"
      onClick={() => void copy()}
      aria-label={copied ? t('copied') : t('copy')}
      title={t('copy')}
    >
      {copied ? <CheckOutlined /> : <CopyOutlined />}
    </button>
  );
}
