/** The map: chains as discs with their risk, what may flow between them as lines. A table beside it says the same. */
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useStream } from '../../api/stream';
import { bend, fitting, layoutOf, NAME_BELOW, NOTE_BELOW, type Place, possible, widthOf } from './layout';
import { HEALTH_TONES, useChainName } from './Parts';
import { type Chain, type Flow, levelOf } from './types';

/** Narrower than this, chains stand below each other. */
const NARROW = 640;
/** With more chains than this, only those that stand out have their names. */
const NAMES_MAX = 28;
const SIGNS = { well: '✓', lagging: '…', silent: '–', faulty: '×', unseen: '?' };

interface MapProps {
  chains: Chain[];
  flows: Flow[];
  selected?: string;
  /** The address of the page with a chain selected. */
  to: (name: string) => string;
}

export function CityMap({ chains, flows, selected, to }: MapProps) {
  const { t } = useTranslation('situation');
  const { place, width } = useWidth();
  const [over, setOver] = useState<string>();
  const layout = layoutOf(chains, width > 0 && width < NARROW);
  const near = over ?? selected;
  const drawn = flows.filter((flow) => layout.places.has(flow.from) && layout.places.has(flow.to));
  const main = chains.find((chain) => chain.kind === 'main');
  return (
    <div ref={place} className="city-map">
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing is no fieldset */}
      <svg viewBox={`0 0 ${layout.width} ${layout.height}`} role="group" aria-label={t('map.label', { chains: chains.length })}>
        <defs>
          <marker
            id="flow-end"
            viewBox="0 0 8 8"
            refX="6"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0 L8 4 L0 8 Z" className="flow-end" />
          </marker>
        </defs>
        <ellipse cx={layout.wall.x} cy={layout.wall.y} rx={layout.wall.rx} ry={layout.wall.ry} className="wall" />
        <text x={layout.wall.x} y={layout.wall.y - layout.wall.ry + 20} textAnchor="middle" className="wall-name">
          {t('map.wall')}
        </text>
        {main &&
          chains.map((chain) => {
            const [one, other] = [layout.places.get(main.name), layout.places.get(chain.name)];
            if (!one || !other || chain === main || chain.kind === 'registered') return null;
            return <line key={chain.name} x1={one.x} y1={one.y} x2={other.x} y2={other.y} className={`tie ${chain.kind}`} />;
          })}
        {drawn
          .filter((flow) => possible(flow) > 0)
          .map((flow) => (
            <path
              key={`${flow.from} ${flow.to}`}
              d={bend(layout.places.get(flow.from)!, layout.places.get(flow.to)!, main && layout.places.get(main.name))}
              className={`flow-line ${near === flow.from || near === flow.to ? 'near' : near ? 'far' : ''}`}
              strokeWidth={widthOf(possible(flow))}
              markerEnd="url(#flow-end)"
            />
          ))}
        {chains.map((chain) => (
          <Disc
            key={chain.name}
            chain={chain}
            place={layout.places.get(chain.name)!}
            to={to(chain.name)}
            isSelected={chain.name === selected}
            isNamed={chains.length <= NAMES_MAX || levelOf(chain.score) !== 'calm' || near === chain.name}
            onOver={setOver}
          />
        ))}
      </svg>
      <Legend />
    </div>
  );
}

interface DiscProps {
  chain: Chain;
  place: Place;
  to: string;
  isSelected: boolean;
  isNamed: boolean;
  onOver: (name?: string) => void;
}

function Disc({ chain, place, to, isSelected, isNamed, onOver }: DiscProps) {
  const { t } = useTranslation('situation');
  const nameOf = useChainName();
  const beats = useBeats(chain.name);
  const { x, y, radius } = place;
  const name = nameOf(chain);
  const findings = chain.open + chain.openOnTrial;
  const round = 2 * Math.PI * (radius + 4);
  const label = t('map.chain', { name, health: t(`health.${chain.health}`), score: chain.score, findings });
  const badge = { x: x + radius * 0.78, y: y - radius * 0.78 };
  return (
    <Link
      to={to}
      replace
      preventScrollReset
      aria-current={isSelected ? 'true' : undefined}
      className={`chain-disc ${chain.kind} ${levelOf(chain.score)} ${isSelected ? 'selected' : ''}`}
      onMouseEnter={() => onOver(chain.name)}
      onMouseLeave={() => onOver(undefined)}
      onFocus={() => onOver(chain.name)}
      onBlur={() => onOver(undefined)}
    >
      {beats > 0 && <circle key={beats} cx={x} cy={y} r={radius + 4} className="beat" />}
      {isSelected && <circle cx={x} cy={y} r={radius + 11} className="choice" />}
      <circle cx={x} cy={y} r={radius + 4} className="track" />
      <circle
        cx={x}
        cy={y}
        r={radius + 4}
        className="part"
        strokeDasharray={`${(round * chain.score) / 100} ${round}`}
        transform={`rotate(-90 ${x} ${y})`}
      />
      {/* The link's name, for those who hear it: it says all of the drawing. */}
      <text x={x} y={y} className="disc-label">
        {label}
      </text>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a part of a drawing takes no focus */}
      <g aria-hidden="true">
        <circle cx={x} cy={y} r={radius} className="disc" />
        <text x={x} y={y + radius * 0.27} textAnchor="middle" className="disc-score" style={{ fontSize: radius * 0.78 }}>
          {chain.score}
        </text>
        <g className={`badge ${HEALTH_TONES[chain.health]}`}>
          <circle cx={badge.x} cy={badge.y} r="8.5" />
          <text x={badge.x} y={badge.y + 4} textAnchor="middle">
            {SIGNS[chain.health]}
          </text>
        </g>
        {isNamed && (
          <>
            <text x={x} y={y + radius + NAME_BELOW} textAnchor="middle" className="disc-name">
              {fitting(name, place.room)}
            </text>
            {findings > 0 && (
              <text x={x} y={y + radius + NOTE_BELOW} textAnchor="middle" className="disc-note">
                {t('map.findings', { count: findings })}
              </text>
            )}
          </>
        )}
      </g>
    </Link>
  );
}

function Legend() {
  const { t } = useTranslation('situation');
  return (
    <ul className="map-legend">
      <li>
        <span className="key ring" aria-hidden="true" />
        {t('map.keyRing')}
      </li>
      <li>
        <span className="key line" aria-hidden="true" />
        {t('map.keyFlow')}
      </li>
      <li>
        <span className="key dotted" aria-hidden="true" />
        {t('map.keyTie')}
      </li>
    </ul>
  );
}

/** Counts the blocks of a chain that are told while the page is open. */
function useBeats(name: string) {
  const [beats, setBeats] = useState(0);
  useStream<{ ledger: string }>('block', (block) => {
    if (block.ledger === name) setBeats((before) => before + 1);
  });
  return beats;
}

function useWidth() {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  return { place, width };
}
