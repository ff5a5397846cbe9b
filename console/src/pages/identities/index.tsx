import { useTranslation } from 'react-i18next';
import { Page } from '../../components/Page';

export default function Identities() {
  const { t } = useTranslation('identities');
  return <Page title={t('title')}>{null}</Page>;
}
