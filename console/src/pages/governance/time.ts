/** Spans of time in words of the language. */
import { useTranslation } from 'react-i18next';

/** `3 days`, `5 hours`, `12 minutes`: the largest unit that fits. */
export function useSpan() {
  const { t } = useTranslation('governance');
  return (seconds: number) => {
    const whole = Math.abs(seconds);
    if (whole >= 172_800) return t('certificates.days', { count: Math.floor(whole / 86_400) });
    if (whole >= 7_200) return t('certificates.hours', { count: Math.floor(whole / 3_600) });
    return t('certificates.minutes', { count: Math.max(1, Math.round(whole / 60)) });
  };
}

/** Seconds since 1970 of an ISO time. */
export const secondsSince1970 = (at: string) => Date.parse(at) / 1000;
