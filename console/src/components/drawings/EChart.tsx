import { BarChart, GaugeChart, GraphChart, HeatmapChart, LineChart, PieChart, SankeyChart, TreeChart } from 'echarts/charts';
import {
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { FONT, usePalette } from '../../theme';

use([
  BarChart,
  GaugeChart,
  GraphChart,
  HeatmapChart,
  LineChart,
  PieChart,
  SankeyChart,
  TreeChart,
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
]);

export interface ChartProps {
  option: EChartsCoreOption;
  height?: number;
  /** What it shows, in words. */
  label: string;
  /** Called with the id of a node that was clicked. */
  onNode?: (id: string) => void;
}

export default function EChart({ option, height = 240, label, onNode }: ChartProps) {
  const palette = usePalette();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof init>>(undefined);
  useEffect(() => {
    const axis = {
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { lineStyle: { color: palette.line } },
      axisLabel: { color: palette.inkFaint },
      splitLine: { lineStyle: { color: palette.line, type: [3, 3] } },
    };
    const made = init(place.current, {
      color: palette.series,
      backgroundColor: 'transparent',
      textStyle: { fontFamily: FONT, color: palette.inkSoft },
      categoryAxis: { ...axis, splitLine: { show: false } },
      timeAxis: { ...axis, splitLine: { show: false } },
      valueAxis: { ...axis, axisLine: { show: false } },
      legend: { textStyle: { color: palette.inkSoft } },
      // Names in tooltips are text, never markup.
      tooltip: { renderMode: 'richText', backgroundColor: palette.raised, borderColor: palette.line, textStyle: { color: palette.ink } },
    });
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(place.current!);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = undefined;
    };
  }, [palette]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a chart that the palette made anew needs its option again
  useEffect(() => {
    chart.current?.setOption({ animation: false, ...option }, { notMerge: true });
  }, [option, palette]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => {
    const made = chart.current;
    if (!made || !onNode) return;
    const pick = (event: { dataType?: string; data?: unknown }) => {
      const id = event.dataType === 'node' && (event.data as { id?: string }).id;
      if (id) onNode(id);
    };
    made.on('click', pick);
    return () => void (made.isDisposed() || made.off('click', pick));
  }, [onNode, palette]);
  return <div ref={place} role="img" aria-label={label} style={{ height, width: '100%' }} />;
}
