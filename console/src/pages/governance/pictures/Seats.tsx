/** A vote as a row of seats: one for each organisation that votes, and the line that the approvals have to reach. */
import { CheckOutlined, CloseOutlined, EllipsisOutlined } from '@ant-design/icons';
import { Flex, Tooltip } from 'antd';
import type { ReactNode } from 'react';
import { type Tone, useTones } from './tone';

export interface Seat {
  key: string;
  name: string;
  vote: 'yes' | 'no' | 'open' | 'silent' | 'proposer';
  note?: string;
}

const TONE: Record<Seat['vote'], Tone> = { yes: 'good', no: 'bad', open: 'off', silent: 'off', proposer: 'wait' };

export function Seats({ seats, words }: { seats: Seat[]; words: Record<Seat['vote'], string> }) {
  const tones = useTones();
  const icons: Record<Seat['vote'], ReactNode> = {
    yes: <CheckOutlined />,
    no: <CloseOutlined />,
    open: <EllipsisOutlined />,
    silent: '–',
    proposer: '✎',
  };
  return (
    <Flex gap={12} wrap component="ul" style={{ margin: 0, padding: 0, listStyle: 'none' }}>
      {seats.map((seat) => {
        const tone = tones[TONE[seat.vote]];
        return (
          <li key={seat.key} style={{ width: 104, textAlign: 'center' }}>
            <Tooltip title={seat.note}>
              <div
                aria-hidden
                style={{
                  width: 46,
                  height: 46,
                  margin: '0 auto 6px',
                  borderRadius: '50%',
                  border: `2px ${seat.vote === 'open' ? 'dashed' : 'solid'} ${tone.line}`,
                  background: tone.fill,
                  color: tone.text,
                  display: 'grid',
                  placeItems: 'center',
                  fontSize: 18,
                }}
              >
                {icons[seat.vote]}
              </div>
            </Tooltip>
            <div style={{ fontSize: 12, lineHeight: 1.3, color: 'var(--c-ink)', overflowWrap: 'anywhere' }}>{seat.name}</div>
            <div style={{ fontSize: 12, color: tone.text }}>{words[seat.vote]}</div>
          </li>
        );
      })}
    </Flex>
  );
}
