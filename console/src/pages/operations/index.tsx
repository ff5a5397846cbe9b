import { useTranslation } from 'react-i18next';
import { Page } from '../../components/Page';

export default function Operations() {
  const { t } = useTranslation('operations');
  return <Page title={t('title')}>{null}</Page>;
}
