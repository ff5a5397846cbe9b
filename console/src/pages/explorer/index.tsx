import { useTranslation } from 'react-i18next';
import { Page } from '../../components/Page';

export default function Explorer() {
  const { t } = useTranslation('explorer');
  return <Page title={t('title')}>{null}</Page>;
}
