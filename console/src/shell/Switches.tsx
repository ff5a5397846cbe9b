import { MoonOutlined, SunOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { queries } from '../api/hooks';
import { type Language, setLanguage } from '../i18n';
import { setMode, useDark } from '../theme';

export function LanguageSwitch() {
  const { t, i18n } = useTranslation('shell');
  const other: Language = i18n.language === 'zh' ? 'en' : 'zh';
  async function change() {
    await setLanguage(other);
    await queries.invalidateQueries();
  }
  return (
    <button type="button" className="icon-button" onClick={() => void change()} lang={other} aria-label={t('otherLanguage')}>
      {other === 'zh' ? '中' : 'EN'}
    </button>
  );
}

export function ModeSwitch() {
  const { t } = useTranslation('shell');
  const dark = useDark();
  return (
    <button
      type="button"
      className="icon-button"
      onClick={() => setMode(dark ? 'light' : 'dark')}
      aria-label={dark ? t('light') : t('dark')}
    >
      {dark ? <SunOutlined /> : <MoonOutlined />}
    </button>
  );
}
