import { useTranslation } from 'react-i18next';
import { Page } from '../../components/Page';

export default function Chains() {
  const { t } = useTranslation('chains');
  return <Page title={t('title')}>{null}</Page>;
}
