import { useTranslation } from 'react-i18next';

/** A whole number with the digits grouped. */
export function Count({ value }: { value: number | string | null | undefined }) {
  const { i18n } = useTranslation('shell');
  if (value === null || value === undefined) return <span className="faint">–</span>;
  return <span className="number">{new Intl.NumberFormat(i18n.language).format(typeof value === 'string' ? BigInt(value) : value)}</span>;
}

/** A decimal string of the smallest unit as a decimal fraction, exact. */
export function decimal(value: string, decimals: number): string {
  if (!/^-?\d+$/.test(value)) return value;
  const places = Math.min(Math.max(Math.trunc(decimals), 0), 77);
  const sign = value.startsWith('-') ? '-' : '';
  const digits = value.replace('-', '').padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '');
  return `${sign}${whole}${fraction && places > 0 ? `.${fraction}` : ''}`;
}

/** An amount of a token, or of gas units with 18 decimals. */
export function Amount({
  value,
  decimals = 18,
  symbol,
}: {
  value: string | null | undefined;
  decimals?: number | null;
  symbol?: string | null;
}) {
  if (value === null || value === undefined) return <span className="faint">–</span>;
  return (
    <span className="number" title={value}>
      {decimal(value, decimals ?? 0)}
      {symbol ? <bdi className="unit"> {symbol.slice(0, 12)}</bdi> : null}
    </span>
  );
}
