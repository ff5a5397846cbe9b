import { useTranslation } from 'react-i18next';
import { Page } from '../../components/Page';

export default function Ledgers() {
  const { t } = useTranslation('ledgers');
  return <Page title={t('title')}>{null}</Page>;
}
