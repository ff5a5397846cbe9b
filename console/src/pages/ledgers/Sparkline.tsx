/** The traffic of a ledger in the size of a word. */
import { usePalette } from '../../theme';

export function Sparkline({ values, label, height = 44 }: { values: number[]; label: string; height?: number }) {
  const palette = usePalette();
  if (values.length < 2) return <div style={{ height }} />;
  const width = 260;
  const top = Math.max(1, ...values);
  const points = values.map((value, index) => `${(index * width) / (values.length - 1)},${height - 2 - (value / top) * (height - 6)}`);
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      style={{ width: '100%', height, display: 'block' }}
    >
      <polygon points={`0,${height} ${points.join(' ')} ${width},${height}`} fill={palette.accentSoft} />
      <polyline points={points.join(' ')} fill="none" stroke={palette.accent} strokeWidth={1.5} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
