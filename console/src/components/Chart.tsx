import { lazy, Suspense } from 'react';
import type { ChartProps } from './drawings/EChart';
import type { FlowProps } from './drawings/FlowDrawing';
import type { LineChartProps } from './drawings/LineDrawing';

// Drawings are large; they are loaded when a page with one is opened.
const EChart = lazy(() => import('./drawings/EChart'));
const LineDrawing = lazy(() => import('./drawings/LineDrawing'));
const FlowDrawing = lazy(() => import('./drawings/FlowDrawing'));

const Space = ({ height }: { height: number }) => <div style={{ height }} aria-busy="true" />;

/** Any chart of echarts; colours and fonts follow the theme. `label` says what it shows to those who do not see it. */
export const Chart = (props: ChartProps) => (
  <Suspense fallback={<Space height={props.height ?? 240} />}>
    <EChart {...props} />
  </Suspense>
);

/** Lines over time. */
export const LineChart = (props: LineChartProps) => (
  <Suspense fallback={<Space height={props.height ?? 200} />}>
    <LineDrawing {...props} />
  </Suspense>
);

/** Boxes and arrows that can be moved and zoomed. */
export const Flow = (props: FlowProps) => (
  <Suspense fallback={<Space height={props.height ?? 320} />}>
    <FlowDrawing {...props} />
  </Suspense>
);
