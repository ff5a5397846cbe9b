import { QueryClientProvider } from '@tanstack/react-query';
import { ConfigProvider } from 'antd';
import type { Locale } from 'antd/es/locale';
import { StrictMode, Suspense, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useTranslation } from 'react-i18next';
import { RouterProvider } from 'react-router';
import { queries } from './api/hooks';
import { ready } from './i18n';
import { router } from './router';
import { antdTheme, applyTheme, useDark } from './theme';
import './styles.css';

const locales: Record<string, () => Promise<{ default: Locale }>> = {
  zh: () => import('antd/es/locale/zh_CN'),
  en: () => import('antd/es/locale/en_US'),
};

function App() {
  const { i18n } = useTranslation('shell');
  const dark = useDark();
  const theme = useMemo(() => antdTheme(dark), [dark]);
  const [locale, setLocale] = useState<Locale>();
  useEffect(() => {
    locales[i18n.language]?.().then((file) => setLocale(file.default));
  }, [i18n.language]);
  return (
    <ConfigProvider theme={theme} locale={locale} button={{ autoInsertSpace: false }}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </ConfigProvider>
  );
}

applyTheme();
void ready.then(() =>
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <Suspense>
        <App />
      </Suspense>
    </StrictMode>,
  ),
);
