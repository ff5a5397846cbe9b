/** The members of a ledger around it: who orders it stands on the inner ring, who follows it outside. */
import { useTranslation } from 'react-i18next';
import { harmless } from '../../components/Untrusted';
import { usePalette } from '../../theme';
import { type Tone, useTones } from '../governance/pictures/tone';
import type { LedgerDetail } from './types';

type Member = LedgerDetail['members'][number];

const WIDTH = 560;
const HEIGHT = 330;

export function Ring({ members, middle, label }: { members: Member[]; middle: string; label: string }) {
  const { t } = useTranslation('governance');
  const palette = usePalette();
  const tones = useTones();
  const center: [number, number] = [WIDTH / 2, HEIGHT / 2];
  const place = (index: number, count: number): [number, number] => {
    const angle = -Math.PI / 2 + (2 * Math.PI * index) / Math.max(1, count);
    return [center[0] + Math.cos(angle) * 205, center[1] + Math.sin(angle) * 122];
  };
  const ordered = [...members].sort((one, other) => Number(other.role === 'Validator') - Number(one.role === 'Validator'));
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={label}
      style={{ width: '100%', maxWidth: 620, display: 'block', margin: '0 auto' }}
    >
      <ellipse cx={center[0]} cy={center[1]} rx={205} ry={122} fill="none" stroke={palette.line} strokeDasharray="4 4" />
      {ordered.map((member, index) => {
        const [x, y] = place(index, ordered.length);
        const orders = member.role === 'Validator';
        const tone: Tone = orders ? (member.ready === false ? 'warn' : 'good') : 'off';
        return (
          <g key={member.key}>
            <title>{`${harmless(member.name ?? member.key, 60)}: ${t(`nodeRoles.${member.role}`)}`}</title>
            <line
              x1={center[0]}
              y1={center[1]}
              x2={x}
              y2={y}
              stroke={orders ? palette.accent : palette.line}
              strokeWidth={orders ? 1.6 : 1}
              strokeDasharray={orders ? undefined : '3 4'}
            />
            <circle cx={x} cy={y} r={22} fill={tones[tone].fill} stroke={tones[tone].line} strokeWidth={2} />
            <text x={x} y={y + 4} fontSize={12} textAnchor="middle" fill={tones[tone].text} fontWeight={600}>
              {orders ? '✓' : '○'}
            </text>
            <text
              x={x}
              y={y + 36}
              fontSize={12}
              textAnchor="middle"
              fill={palette.ink}
              stroke={palette.sheet}
              strokeWidth={3}
              paintOrder="stroke"
            >
              {harmless(member.name ?? `${member.key.slice(0, 8)}…`, 16)}
            </text>
          </g>
        );
      })}
      <circle cx={center[0]} cy={center[1]} r={44} fill={palette.accentSoft} stroke={palette.accent} strokeWidth={2} />
      <text x={center[0]} y={center[1] + 5} fontSize={14} fontWeight={700} textAnchor="middle" fill={palette.ink}>
        {harmless(middle, 11)}
      </text>
    </svg>
  );
}
