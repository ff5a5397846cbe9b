/** Figures of drawings in few letters; apart from the drawings, which are large. */
const STEPS = ['', 'K', 'M', 'G', 'T', 'P'];
/** A value in few letters. */
export function brief(value: number, unit = ''): string {
  const base = unit === 'B' || unit === 'B/s' ? 1024 : 1000;
  let step = 0;
  let rest = Math.abs(value);
  while (rest >= base && step < STEPS.length - 1 && unit !== '%' && unit !== 'ms') {
    rest /= base;
    step += 1;
  }
  const digits = rest >= 100 || Number.isInteger(rest) ? 0 : rest >= 10 ? 1 : 2;
  return `${value < 0 ? '-' : ''}${Number(rest.toFixed(digits))}${STEPS[step]}${unit ? ` ${unit}` : ''}`;
}
