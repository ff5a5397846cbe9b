/** One thing in the middle and what belongs to it around it: an identity with its accounts, keys and controllers. */
import { theme } from 'antd';
import { Scroller } from '../Scroller';
import { type Tone, useTones } from './tone';

export interface Ray {
  key: string;
  title: string;
  text: string;
  tone: Tone;
  link: string;
}

const BOX = 176;
const TALL = 44;

/** What stands left and right of the middle; many rays make the picture taller, never wider. */
export function Rays({ middle, rays, label }: { middle: { title: string; text: string; tone: Tone }; rays: Ray[]; label: string }) {
  const tones = useTones();
  const { token } = theme.useToken();
  const sides = [rays.filter((_, index) => index % 2 === 0), rays.filter((_, index) => index % 2 === 1)];
  const rows = Math.max(sides[0]!.length, sides[1]!.length, 2);
  const height = rows * 62 + 24;
  const width = 780;
  const center: [number, number] = [width / 2, height / 2];
  const place = (side: number, index: number): [number, number] => [
    side === 0 ? 8 + BOX / 2 : width - 8 - BOX / 2,
    ((index + 0.5) * height) / sides[side]!.length,
  ];
  return (
    <Scroller label={label}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={label}
        style={{ width: '100%', minWidth: 620, maxWidth: 900, display: 'block', margin: '0 auto' }}
      >
        {sides.flatMap((side, which) =>
          side.map((ray, index) => {
            const [x, y] = place(which, index);
            const end = x + (which === 0 ? BOX / 2 : -BOX / 2);
            return (
              <g key={ray.key}>
                <path
                  d={`M${center[0]} ${center[1]}C${(center[0] + end) / 2} ${center[1]} ${(center[0] + end) / 2} ${y} ${end} ${y}`}
                  fill="none"
                  stroke={tones[ray.tone].line}
                  strokeWidth={1.5}
                />
                <text
                  x={(center[0] + end) / 2}
                  y={(center[1] + y) / 2 - 4}
                  fontSize={11}
                  textAnchor="middle"
                  fill={token.colorTextSecondary}
                  stroke={token.colorBgContainer}
                  strokeWidth={3}
                  paintOrder="stroke"
                >
                  {ray.link}
                </text>
                <Box x={x} y={y} title={ray.title} text={ray.text} tone={ray.tone} />
              </g>
            );
          }),
        )}
        <circle cx={center[0]} cy={center[1]} r={58} fill={tones[middle.tone].fill} stroke={tones[middle.tone].line} strokeWidth={2.5} />
        <text x={center[0]} y={center[1] - 2} fontSize={14} fontWeight={700} textAnchor="middle" fill={token.colorText}>
          {middle.title}
        </text>
        <text x={center[0]} y={center[1] + 17} fontSize={11} textAnchor="middle" fill={token.colorTextSecondary}>
          {middle.text}
        </text>
      </svg>
    </Scroller>
  );
}

function Box({ x, y, title, text, tone }: { x: number; y: number; title: string; text: string; tone: Tone }) {
  const tones = useTones();
  const { token } = theme.useToken();
  return (
    <g>
      <title>{`${title} ${text}`}</title>
      <rect
        x={x - BOX / 2}
        y={y - TALL / 2}
        width={BOX}
        height={TALL}
        rx={8}
        fill={token.colorBgContainer}
        stroke={tones[tone].line}
        strokeWidth={1.5}
      />
      <text x={x} y={y - 3} fontSize={12} fontWeight={600} textAnchor="middle" fill={token.colorText}>
        {title.length > 24 ? `${title.slice(0, 23)}…` : title}
      </text>
      <text x={x} y={y + 13} fontSize={11} textAnchor="middle" fill={token.colorTextSecondary}>
        {text.length > 26 ? `${text.slice(0, 12)}…${text.slice(-10)}` : text}
      </text>
    </g>
  );
}
