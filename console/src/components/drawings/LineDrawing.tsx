import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { FONT, usePalette } from '../../theme';
import { harmless } from '../Untrusted';
import { brief } from './figures';

export interface Series {
  label: string;
  /** Seconds since 1970 and the value; `null` is a gap. */
  points: [number, number | null][];
}
export interface LineChartProps {
  series: Series[];
  /** Behind the values: `ms`, `%`, `B` (bytes are shown in steps of 1024). */
  unit?: string;
  height?: number;
  /** What it shows, in words. */
  label: string;
  area?: boolean;
  /** A horizontal line, for example the threshold of an alarm. */
  threshold?: number;
  legend?: boolean;
}

/** All series over the union of their times. */
function aligned(series: Series[]): uPlot.AlignedData {
  const times = [...new Set(series.flatMap((each) => each.points.map(([at]) => at)))].sort((one, other) => one - other);
  const rows = series.map((each) => {
    const known = new Map(each.points);
    return times.map((at) => known.get(at) ?? null);
  });
  return [times, ...rows];
}

export default function LineDrawing({ series, unit = '', height = 200, label, area = false, threshold, legend }: LineChartProps) {
  const palette = usePalette();
  const { i18n } = useTranslation('shell');
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const data = useMemo(() => aligned(series), [series]);
  const names = series.map((each) => each.label).join('\u0000');
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = place.current!;
    const time = new Intl.DateTimeFormat(i18n.language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
    const axis = {
      stroke: palette.inkFaint,
      font: `12px ${FONT}`,
      grid: { stroke: palette.line, width: 1, dash: [3, 3] },
      ticks: { show: false },
    };
    const made = new uPlot(
      {
        width: element.clientWidth || 300,
        height,
        legend: { show: legend ?? names.includes('\u0000'), live: true },
        cursor: { y: false, points: { size: 6 } },
        scales: { y: { range: (_, low, high) => range(low, high, threshold) } },
        padding: [8, 8, 0, 0],
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 70,
            values: (_, times) => times.map((at) => time.format(at * 1000).replace(/:00$/, '')),
          },
          { ...axis, size: 58, space: 30, values: (_, values) => values.map((value) => brief(value, unit)) },
        ],
        series: [
          { value: (_, at) => (at === null ? '–' : time.format(at * 1000)) },
          ...names.split('\u0000').map((name, index) => {
            const color = palette.series[index % palette.series.length]!;
            return {
              label: harmless(name, 60),
              stroke: color,
              width: 1.5,
              fill: area ? `${color}22` : undefined,
              points: { show: false },
              value: (_: uPlot, value: number | null) => (value === null ? '–' : brief(value, unit)),
            };
          }),
        ],
        hooks: { draw: threshold === undefined ? [] : [(chart) => drawThreshold(chart, threshold, palette.bad)] },
      },
      latest.current,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [palette, names, unit, height, area, threshold, legend, i18n.language]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div ref={place} className="line-drawing" role="img" aria-label={label} />;
}

/** From zero, with some air above; a flat line stands in the lower half. */
function range(low: number, high: number, threshold = 0): uPlot.Range.MinMax {
  const top = Math.max(high ?? 0, threshold);
  const bottom = Math.min(low ?? 0, 0);
  return [bottom, top > 0 ? top * 1.15 : 1];
}

function drawThreshold(chart: uPlot, value: number, color: string) {
  const y = chart.valToPos(value, 'y', true);
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.setLineDash([6, 4]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
