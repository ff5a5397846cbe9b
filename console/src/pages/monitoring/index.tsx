import { useTranslation } from 'react-i18next';
import { Page } from '../../components/Page';

export default function Monitoring() {
  const { t } = useTranslation('monitoring');
  return <Page title={t('title')}>{null}</Page>;
}
