/** A decimal fraction that a person typed, in the smallest unit, exact; `undefined` if it is none. */
export function smallest(text: string, decimals: number): string | undefined {
  const found = /^(\d{1,30})(?:\.(\d+))?$/.exec(text.trim());
  const fraction = found?.[2] ?? '';
  if (!found || fraction.length > decimals) return undefined;
  return BigInt(`${found[1]}${fraction.padEnd(decimals, '0')}`).toString();
}
