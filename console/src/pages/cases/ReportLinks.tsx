/** Links to a report as CSV and PDF, in the language of the page. */
import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

export function ReportLinks({ path, query = {} }: { path: string; query?: Record<string, string> }) {
  const { t, i18n } = useTranslation('cases');
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  return (
    <>
      {(['pdf', 'csv'] as const).map((form) => (
        <Button
          key={form}
          icon={<DownloadOutlined aria-hidden />}
          href={`${path}?${new URLSearchParams({ ...query, form, language })}`}
          download
        >
          {t(`report.${form}`)}
        </Button>
      ))}
    </>
  );
}
