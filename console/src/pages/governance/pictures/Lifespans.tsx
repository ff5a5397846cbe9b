/** From when until when things are valid, as bars on one time line, with today. */
import { theme } from 'antd';
import { Scroller } from '../Scroller';
import { type Tone, useTones } from './tone';

export interface Lifespan {
  key: string;
  label: string;
  from: number;
  until: number;
  tone: Tone;
  note: string;
}

const LINE = 34;
/** Width of a letter of a name, about. */
const LETTER = 8;
const NAME_MAX = 190;
const SPACE = 640;

export function Lifespans({ spans, now, today, label }: { spans: Lifespan[]; now: number; today: string; label: string }) {
  const tones = useTones();
  const { token } = theme.useToken();
  if (spans.length === 0) return null;
  const name = Math.min(NAME_MAX, 24 + LETTER * Math.max(...spans.map((span) => [...span.label].length)));
  const first = Math.min(now, ...spans.map((span) => span.from));
  const last = Math.max(now, ...spans.map((span) => span.until));
  const reach = Math.max(last - first, 1);
  const place = (time: number) => name + ((time - first) / reach) * SPACE;
  const height = spans.length * LINE + 30;
  const ticks = ticksBetween(first, last);
  return (
    <Scroller label={label}>
      <svg
        viewBox={`0 0 ${name + SPACE + 20} ${height}`}
        role="img"
        aria-label={label}
        style={{ width: '100%', minWidth: 560, maxWidth: 1100, display: 'block' }}
      >
        {ticks.map((tick) => (
          <g key={tick.at}>
            <line x1={place(tick.at)} x2={place(tick.at)} y1={22} y2={height} stroke={token.colorBorderSecondary} />
            <text x={place(tick.at)} y={14} fontSize={11} textAnchor="middle" fill={token.colorTextSecondary}>
              {tick.label}
            </text>
          </g>
        ))}
        {spans.map((span, index) => {
          const y = 26 + index * LINE;
          const tone = tones[span.tone];
          const [start, end] = [place(span.from), Math.max(place(span.until), place(span.from) + 3)];
          const gone = Math.max(0, Math.min(place(now), end) - start);
          return (
            <g key={span.key}>
              <title>{`${span.label}: ${span.note}`}</title>
              <text x={name - 10} y={y + 17} fontSize={13} textAnchor="end" fill={token.colorText}>
                {span.label.length > 24 ? `${span.label.slice(0, 23)}…` : span.label}
              </text>
              <rect x={start} y={y + 3} width={end - start} height={20} rx={5} fill={tone.fill} stroke={tone.line} />
              <rect x={start} y={y + 3} width={gone} height={20} rx={5} fill={tone.line} opacity={0.3} />
              <text x={Math.min(start + 8, name + SPACE - 120)} y={y + 17} fontSize={12} fill={token.colorText}>
                {span.note}
              </text>
            </g>
          );
        })}
        <line x1={place(now)} x2={place(now)} y1={20} y2={height} stroke={token.colorError} strokeWidth={1.5} strokeDasharray="4 3" />
        <text
          x={Math.min(place(now) + 5, name + SPACE - 20)}
          y={height - 2}
          fontSize={11}
          fill={token.colorErrorText}
          stroke={token.colorBgContainer}
          strokeWidth={3}
          paintOrder="stroke"
        >
          {today}
        </text>
      </svg>
    </Scroller>
  );
}

/** At most seven marks on round dates. */
function ticksBetween(first: number, last: number): { at: number; label: string }[] {
  const step = (last - first) / 6;
  const day = 86_400;
  const format = new Intl.DateTimeFormat(
    undefined,
    step > 250 * day ? { year: 'numeric' } : step > 20 * day ? { year: '2-digit', month: 'short' } : { month: 'short', day: 'numeric' },
  );
  return Array.from({ length: 6 }, (_, index) => {
    const at = first + step * (index + 0.5);
    return { at, label: format.format(new Date(at * 1000)) };
  });
}
