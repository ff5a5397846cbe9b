/** A life cycle as a picture: states, the steps between them, how many stand where, and where this one stands. */
import { theme } from 'antd';
import { type KeyboardEvent, useId } from 'react';
import { Scroller } from '../Scroller';
import { type Tone, useTones } from './tone';

export interface MachineState {
  key: string;
  label: string;
  /** Column and row in the grid of the picture. */
  column: number;
  row: number;
  tone: Tone;
  count?: number;
}

export interface MachineStep {
  from: string;
  to: string;
  label?: string;
  /** Bends the line so that two steps between the same states do not lie on each other. */
  bend?: number;
}

const WIDTH = 118;
const HEIGHT = 46;
const COLUMN = 178;
const ROW = 92;

interface Props {
  states: MachineState[];
  steps: MachineStep[];
  current?: string;
  selected?: string;
  onSelect?: (key: string) => void;
  label: string;
}

export function StateMachine({ states, steps, current, selected, onSelect, label }: Props) {
  const { token } = theme.useToken();
  const marker = useId();
  const columns = Math.max(...states.map((state) => state.column)) + 1;
  const rows = Math.max(...states.map((state) => state.row)) + 1;
  const width = (columns - 1) * COLUMN + WIDTH + 16;
  const height = (rows - 1) * ROW + HEIGHT + 24;
  const middle = (key: string): [number, number] => {
    const state = states.find((each) => each.key === key);
    return [8 + (state?.column ?? 0) * COLUMN + WIDTH / 2, 12 + (state?.row ?? 0) * ROW + HEIGHT / 2];
  };
  return (
    <Scroller label={label}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role={onSelect ? 'group' : 'img'}
        aria-label={label}
        style={{ width: '100%', minWidth: Math.min(width, 520), maxWidth: width * 1.15, display: 'block', margin: '0 auto' }}
      >
        <defs>
          <marker id={marker} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path d="M0 0L8 4L0 8z" fill={token.colorTextTertiary} />
          </marker>
        </defs>
        {steps.map((step) => (
          <Step key={`${step.from}-${step.to}`} step={step} source={middle(step.from)} target={middle(step.to)} marker={marker} />
        ))}
        {states.map((state) => {
          const box = (
            <StateBox
              state={state}
              middle={middle(state.key)}
              here={state.key === current}
              chosen={state.key === selected}
              dimmed={current !== undefined && state.key !== current}
            />
          );
          if (!onSelect) return <g key={state.key}>{box}</g>;
          return (
            // biome-ignore lint/a11y/useSemanticElements: a button element cannot stand in a picture
            <g
              key={state.key}
              role="button"
              tabIndex={0}
              aria-pressed={state.key === selected}
              onClick={() => onSelect(state.key)}
              onKeyDown={(event: KeyboardEvent) => {
                if (event.key === 'Enter' || event.key === ' ') {
                  event.preventDefault();
                  onSelect(state.key);
                }
              }}
              style={{ cursor: 'pointer' }}
            >
              {box}
            </g>
          );
        })}
      </svg>
    </Scroller>
  );
}

interface StateBoxProps {
  state: MachineState;
  middle: [number, number];
  here: boolean;
  chosen: boolean;
  dimmed: boolean;
}

function StateBox({ state, middle: [x, y], here, chosen, dimmed }: StateBoxProps) {
  const tones = useTones();
  const { token } = theme.useToken();
  const tone = tones[state.tone];
  return (
    <>
      <rect
        x={x - WIDTH / 2}
        y={y - HEIGHT / 2}
        width={WIDTH}
        height={HEIGHT}
        rx={10}
        fill={dimmed ? token.colorBgContainer : tone.fill}
        stroke={dimmed ? token.colorBorder : tone.line}
        strokeWidth={here || chosen ? 3 : 1.5}
      />
      {state.count === undefined ? (
        <text
          x={x}
          y={y + 5}
          textAnchor="middle"
          fontSize={14}
          fontWeight={here ? 700 : 500}
          fill={dimmed ? token.colorTextSecondary : token.colorText}
        >
          {state.label}
        </text>
      ) : (
        <>
          <text x={x} y={y - 2} textAnchor="middle" fontSize={18} fontWeight={700} fill={token.colorText}>
            {state.count}
          </text>
          <text x={x} y={y + 16} textAnchor="middle" fontSize={12} fill={token.colorText}>
            {state.label}
          </text>
        </>
      )}
    </>
  );
}

/** A line from the edge of one box to the edge of another. */
function Step({ step, source, target, marker }: { step: MachineStep; source: [number, number]; target: [number, number]; marker: string }) {
  const { token } = theme.useToken();
  const bend = step.bend ?? 0;
  const [dx, dy] = [target[0] - source[0], target[1] - source[1]];
  const length = Math.hypot(dx, dy) || 1;
  const [nx, ny] = [(-dy / length) * bend, (dx / length) * bend];
  const leave = (from: [number, number], sign: number): [number, number] => {
    const scale = Math.min(WIDTH / 2 / Math.max(Math.abs(dx), 0.01), HEIGHT / 2 / Math.max(Math.abs(dy), 0.01)) + 3 / length;
    return [from[0] + sign * dx * scale + nx * 0.6, from[1] + sign * dy * scale + ny * 0.6];
  };
  const [a, b] = [leave(source, 1), leave(target, -1)];
  const control: [number, number] = [(a[0] + b[0]) / 2 + nx, (a[1] + b[1]) / 2 + ny];
  return (
    <g>
      <path
        d={`M${a[0]} ${a[1]}Q${control[0]} ${control[1]} ${b[0]} ${b[1]}`}
        fill="none"
        stroke={token.colorTextTertiary}
        strokeWidth={1.4}
        markerEnd={`url(#${marker})`}
      />
      {step.label && (
        <text
          x={(a[0] + 2 * control[0] + b[0]) / 4}
          y={(a[1] + 2 * control[1] + b[1]) / 4 - 5}
          textAnchor="middle"
          fontSize={11}
          fill={token.colorTextSecondary}
          stroke={token.colorBgContainer}
          strokeWidth={3}
          paintOrder="stroke"
        >
          {step.label}
        </text>
      )}
    </g>
  );
}
