import { useTranslation } from 'react-i18next';
import { Page } from '../../components/Page';

export default function Citizen() {
  const { t } = useTranslation('citizen');
  return <Page title={t('title')}>{null}</Page>;
}
