/** Where chains stand on the map: the main ledger in the middle, ledgers of the city within its wall, business chains outside. */
import type { Chain, Flow } from './types';

export interface Place {
  x: number;
  y: number;
  /** Of the disc. */
  radius: number;
}
export interface Layout {
  width: number;
  height: number;
  /** The wall of the city. */
  wall: { x: number; y: number; rx: number; ry: number };
  places: Map<string, Place>;
}

/** Discs are as large as what happens on them; few chains may be larger than many. */
function radiusOf(chain: Chain, largest: number) {
  const weight = Math.log10(1 + chain.day.transactions) / 5;
  return largest * (0.72 + 0.28 * Math.min(1, weight));
}

export function layoutOf(chains: Chain[], narrow: boolean): Layout {
  const [width, height] = narrow ? [420, 560] : [860, 500];
  const [x, y] = [width / 2, height / 2 - 10];
  const inside = chains.filter((chain) => chain.kind === 'partition');
  const outside = chains.filter((chain) => chain.kind === 'followed' || chain.kind === 'registered');
  const wall = narrow ? { x, y, rx: 112, ry: 138 } : { x, y, rx: 222, ry: 150 };
  const outer = narrow ? { rx: 160, ry: 222 } : { rx: 340, ry: 196 };
  const largest = outside.length > 24 ? 17 : outside.length > 12 || narrow ? 22 : 28;
  const places = new Map<string, Place>();
  const main = chains.find((chain) => chain.kind === 'main');
  if (main) places.set(main.name, { x, y, radius: largest + 9 });
  const ring = (list: Chain[], rx: number, ry: number, turn: number) =>
    list.forEach((chain, index) => {
      const angle = turn + (index / list.length) * 2 * Math.PI;
      places.set(chain.name, { x: x + Math.cos(angle) * rx, y: y + Math.sin(angle) * ry, radius: radiusOf(chain, largest) });
    });
  ring(inside, wall.rx * 0.68, wall.ry * 0.66, inside.length === 1 ? Math.PI : -Math.PI / 2);
  // A little turned, so that the first of few stands where there is most room.
  ring(outside, outer.rx, outer.ry, -Math.PI / 2 + Math.PI / Math.max(outside.length, 2));
  return { width, height, wall, places };
}

/** What can have gone from one to the other: no more than was received here or paid there. */
export const possible = (flow: Flow) => Math.min(flow.received, flow.paid);

/** A line between two discs, bent to the right of who goes along it, so that there and back are two lines. */
export function bend(from: Place, to: Place): string {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const bow = Math.min(46, length * 0.16);
  const middle = { x: (from.x + to.x) / 2 - uy * bow, y: (from.y + to.y) / 2 + ux * bow };
  const edge = (place: Place, gap: number) => {
    const [ex, ey] = [middle.x - place.x, middle.y - place.y];
    const reach = (place.radius + gap) / (Math.hypot(ex, ey) || 1);
    return `${(place.x + ex * reach).toFixed(1)} ${(place.y + ey * reach).toFixed(1)}`;
  };
  return `M${edge(from, 6)} Q${middle.x.toFixed(1)} ${middle.y.toFixed(1)} ${edge(to, 12)}`;
}

/** Width of a line by payments. */
export const widthOf = (payments: number) => 1.2 + 1.5 * Math.log10(1 + payments);
