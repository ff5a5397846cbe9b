import i18n, { type ReadCallback } from 'i18next';
import { initReactI18next } from 'react-i18next';

export type Language = 'zh' | 'en';
const STORED = 'civitas.language';

// One file per area and language; a page loads only those that it names.
const files = import.meta.glob<{ default: Record<string, unknown> }>('./locales/*/*.json');

const loader = {
  type: 'backend' as const,
  init() {},
  read(language: string, area: string, done: ReadCallback) {
    const load = files[`./locales/${language}/${area}.json`];
    if (!load) done(new Error(`no texts for ${area} in ${language}`), false);
    else
      load().then(
        (file) => done(null, file.default),
        (error: Error) => done(error, false),
      );
  },
};

function preferred(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'zh' || stored === 'en') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function setLanguage(language: Language) {
  localStorage.setItem(STORED, language);
  return i18n.changeLanguage(language);
}

i18n.on('languageChanged', (language) => {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
});

export const ready = i18n
  .use(loader)
  .use(initReactI18next)
  .init({
    lng: preferred(),
    fallbackLng: false,
    supportedLngs: ['zh', 'en'],
    ns: ['shell', 'problems'],
    defaultNS: 'shell',
    interpolation: { escapeValue: false },
    returnNull: false,
  });

export default i18n;
