import { CheckOutlined, CopyOutlined } from '@ant-design/icons';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** A button that copies `text`. */
export function Copy({ text }: { text: string }) {
  const { t } = useTranslation('shell');
  const [copied, setCopied] = useState(false);
  async function copy() {
    if (!(await toClipboard(text))) return;
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

/** Browsers give pages the clipboard over HTTPS and on this machine only; elsewhere an older way is left. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
