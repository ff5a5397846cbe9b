/** Where chains stand on the map: the main ledger in the middle, ledgers of the city within its wall, business chains outside. */
import type { Chain, Flow } from './types';

export interface Place {
  x: number;
  y: number;
  /** Of the disc. */
  radius: number;
  /** Width that there is for its name. */
  room: number;
}
export interface Layout {
  width: number;
  height: number;
  /** The wall of the city. */
  wall: { x: number; y: number; rx: number; ry: number };
  places: Map<string, Place>;
}

/** How far below a disc its name and the note below that stand: clear of the ring of a selected one. */
export const NAME_BELOW = 26;
export const NOTE_BELOW = 41;
/** Widths of names: no more than this; a letter, and a Chinese character. */
const NAME_WIDTH_MAX = 140;
const [LETTER, CHARACTER] = [7.5, 13.5];

/** As much of a name as there is room for. */
export function fitting(name: string, room: number): string {
  const letters = [...name];
  let width = 0;
  for (const [index, letter] of letters.entries()) {
    width += letter > '\u2e7f' ? CHARACTER : LETTER;
    if (width > room) return `${letters.slice(0, Math.max(1, index - 1)).join('')}…`;
  }
  return name;
}

/** Discs are as large as what happens on them; few chains may be larger than many. */
function radiusOf(chain: Chain, largest: number) {
  const weight = Math.log10(1 + chain.day.transactions) / 5;
  return largest * (0.72 + 0.28 * Math.min(1, weight));
}

export function layoutOf(chains: Chain[], narrow: boolean): Layout {
  const [width, height] = narrow ? [420, 560] : [860, 520];
  const [x, y] = [width / 2, height / 2 - 10];
  const inside = chains.filter((chain) => chain.kind === 'partition');
  const outside = chains.filter((chain) => chain.kind === 'followed' || chain.kind === 'registered');
  const wall = narrow ? { x, y, rx: 112, ry: 138 } : { x, y, rx: 222, ry: 150 };
  const outer = narrow ? { rx: 160, ry: 222 } : { rx: 340, ry: 196 };
  const largest = outside.length > 24 ? 17 : outside.length > 12 || narrow ? 22 : 28;
  const places = new Map<string, Place>();
  const main = chains.find((chain) => chain.kind === 'main');
  if (main) places.set(main.name, { x, y, radius: largest + 9, room: NAME_WIDTH_MAX });
  const ring = (list: Chain[], rx: number, ry: number, turn: number) =>
    list.forEach((chain, index) => {
      const angle = turn + (index / list.length) * 2 * Math.PI;
      const at = { x: x + Math.cos(angle) * rx, y: y + Math.sin(angle) * ry };
      const room = Math.min(NAME_WIDTH_MAX, 2 * Math.min(at.x, width - at.x) - 8);
      places.set(chain.name, { ...at, radius: radiusOf(chain, largest), room });
    });
  ring(inside, wall.rx * 0.68, wall.ry * 0.66, inside.length === 1 ? Math.PI : -Math.PI / 2);
  // A little turned, so that the first of few stands where there is most room.
  ring(outside, outer.rx, outer.ry, -Math.PI / 2 + Math.PI / Math.max(outside.length, 2));
  return { width, height, wall, places };
}

/** What can have gone from one to the other: no more than was received here or paid there. */
export const possible = (flow: Flow) => Math.min(flow.received, flow.paid);

/** How near a line may come to the disc that it goes around: its ring, and air. */
const CLEAR = 12;

/** A line between two discs, bent to the right of who goes along it, so that there and back are two lines, and clear of a third. */
export function bend(from: Place, to: Place, around?: Place): string {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const bent = (bow: number) => ({ x: (from.x + to.x) / 2 - uy * bow, y: (from.y + to.y) / 2 + ux * bow });
  const small = bent(Math.min(46, length * 0.16));
  const isClear = (middle: { x: number; y: number }) =>
    !around || around === from || around === to || nearest(from, middle, to, around) > around.radius + CLEAR;
  const middle = isClear(small) ? small : (BOWS.map(bent).find(isClear) ?? small);
  const edge = (place: Place, gap: number) => {
    const [ex, ey] = [middle.x - place.x, middle.y - place.y];
    const reach = (place.radius + gap) / (Math.hypot(ex, ey) || 1);
    return `${(place.x + ex * reach).toFixed(1)} ${(place.y + ey * reach).toFixed(1)}`;
  };
  return `M${edge(from, 6)} Q${middle.x.toFixed(1)} ${middle.y.toFixed(1)} ${edge(to, 12)}`;
}

/** What is tried where a line would cross the disc in the middle. */
const BOWS = [80, 110, 140, 180];

/** How near the line comes to a place, looked at in twenty points. */
function nearest(from: Place, middle: { x: number; y: number }, to: Place, place: Place) {
  const distances = Array.from({ length: 21 }, (_, index) => {
    const part = index / 20;
    const at = (one: number, two: number, three: number) => (1 - part) ** 2 * one + 2 * part * (1 - part) * two + part ** 2 * three;
    return Math.hypot(at(from.x, middle.x, to.x) - place.x, at(from.y, middle.y, to.y) - place.y);
  });
  return Math.min(...distances);
}

/** Width of a line by payments. */
export const widthOf = (payments: number) => 1.2 + 1.5 * Math.log10(1 + payments);
