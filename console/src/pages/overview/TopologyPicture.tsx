import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRights } from '../../api/session';
import type { Topology, TopologyNode } from '../../api/types';
import { Count } from '../../components/Amount';
import { StatusTag, type Tone } from '../../components/StatusTag';
import { harmless } from '../../components/Untrusted';

const WIDTH = 520;
const HEIGHT = 330;
/** Blocks behind the highest node from which a node counts as one that lags: some arrive while we ask. */
const LAG_BLOCKS = 20;

function toneOf(node: TopologyNode): Tone {
  if (node.up === false) return 'bad';
  if (node.up === null || node.up === undefined) return 'quiet';
  return (node.lag ?? 0) > LAG_BLOCKS ? 'warn' : 'good';
}
const stateOf = (node: TopologyNode) => ({ good: 'up', bad: 'down', warn: 'lagging', quiet: 'unknown', busy: 'up' })[toneOf(node)];

/** Nodes on a round, those that vote outside of those that follow; links as lines, the leader with a ring. */
function places(nodes: TopologyNode[]): Map<string, { x: number; y: number }> {
  const places = new Map<string, { x: number; y: number }>();
  const voting = nodes.filter((node) => node.voting !== false);
  const others = nodes.filter((node) => node.voting === false);
  const ring = (list: TopologyNode[], scale: number, turn: number) =>
    list.forEach((node, index) => {
      const angle = (index / list.length) * 2 * Math.PI - Math.PI / 2 + turn;
      places.set(node.name, { x: WIDTH / 2 + Math.cos(angle) * 190 * scale, y: HEIGHT / 2 - 8 + Math.sin(angle) * 118 * scale });
    });
  ring(voting, 1, voting.length === 4 ? Math.PI / 4 : 0);
  ring(others, voting.length > 0 ? 0.5 : 1, Math.PI / 7);
  return places;
}

export function TopologyPicture({ topology }: { topology: Topology }) {
  const { t } = useTranslation('overview');
  const [over, setOver] = useState<string>();
  const at = places(topology.nodes);
  const links = topology.links.filter((link) => at.has(link.a) && at.has(link.b));
  const down = links.filter((link) => !link.up).length;
  return (
    <div className="topology">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={t('topology.label', { nodes: topology.nodes.length, links: links.length - down })}
      >
        {links.map((link) => {
          const [one, other] = [at.get(link.a)!, at.get(link.b)!];
          const near = over === link.a || over === link.b;
          return (
            <line
              key={`${link.a} ${link.b}`}
              x1={one.x}
              y1={one.y}
              x2={other.x}
              y2={other.y}
              className={`link ${link.up ? 'up' : 'down'} ${near ? 'near' : ''}`}
            />
          );
        })}
        {topology.nodes.map((node) => {
          const place = at.get(node.name)!;
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: only lights up the links; the list below has all of it
            <g
              key={node.name}
              className={`node ${toneOf(node)}`}
              onMouseEnter={() => setOver(node.name)}
              onMouseLeave={() => setOver(undefined)}
            >
              {node.leader && <circle cx={place.x} cy={place.y} r="25" className="leader" />}
              <circle cx={place.x} cy={place.y} r="18" className="disc" />
              <text x={place.x} y={place.y + 5} textAnchor="middle" className="sign">
                {{ good: '✓', warn: '…', bad: '×', quiet: '?', busy: '✓' }[toneOf(node)]}
              </text>
              <text x={place.x} y={place.y + 42} textAnchor="middle" className="name">
                {harmless(node.name, 22)}
              </text>
            </g>
          );
        })}
      </svg>
      <NodeList nodes={topology.nodes} />
    </div>
  );
}

function NodeList({ nodes }: { nodes: TopologyNode[] }) {
  const { t } = useTranslation('overview');
  const may = useRights();
  return (
    <ul className="rows">
      {nodes.map((node) => (
        <li key={node.name}>
          <span className="grow">
            {may('monitor') ? (
              <Link to={`/operations/${encodeURIComponent(node.name)}`}>{harmless(node.name, 30)}</Link>
            ) : (
              harmless(node.name, 30)
            )}
            {node.organisation && <span className="faint"> · {harmless(node.organisation, 30)}</span>}
          </span>
          {node.leader && <span className="leader-tag">{t('topology.leader')}</span>}
          <span className="number faint" title={t('topology.height')}>
            <Count value={node.height} />
            {node.lag ? ` (−${node.lag})` : ''}
          </span>
          <StatusTag value={stateOf(node)} tone={toneOf(node)} />
        </li>
      ))}
    </ul>
  );
}
