import { describe, expect, it } from 'vitest';
import { bend, fitting, layoutOf, NOTE_BELOW } from '../src/pages/situation/layout';
import type { Chain } from '../src/pages/situation/types';

const chain = (name: string, kind: string) => ({ name, kind, day: { transactions: 1e6 } }) as unknown as Chain;
const city = (count: number) => [
  chain('main', 'main'),
  ...Array.from({ length: count }, (_, index) => chain(`chain ${index}`, 'followed')),
];

describe('the map of the city', () => {
  it('has every disc with its name and note within its edges', () => {
    for (const narrow of [true, false])
      for (const count of [0, 1, 2, 3, 7, 13, 30]) {
        const { width, height, places } = layoutOf(city(count), narrow);
        for (const { x, y, radius, room } of places.values()) {
          expect(y + radius + NOTE_BELOW).toBeLessThan(height - 3);
          expect(y - radius - 11).toBeGreaterThan(0);
          expect(x - room / 2).toBeGreaterThan(0);
          expect(x + room / 2).toBeLessThan(width);
        }
      }
  });

  it('leads no flow between two chains through the main ledger', () => {
    for (const narrow of [true, false])
      for (const count of [2, 3, 4, 6]) {
        const { places } = layoutOf(city(count), narrow);
        const main = places.get('main')!;
        const outside = [...places.values()].filter((place) => place !== main);
        for (const from of outside)
          for (const to of outside) {
            if (from === to) continue;
            const [ax, ay, mx, my, bx, by] = bend(from, to, main)
              .match(/-?[\d.]+/g)!
              .map(Number) as [number, number, number, number, number, number];
            for (let part = 0; part <= 1; part += 0.02) {
              const at = (one: number, two: number, three: number) =>
                (1 - part) ** 2 * one + 2 * part * (1 - part) * two + part ** 2 * three;
              expect(Math.hypot(at(ax, mx, bx) - main.x, at(ay, my, by) - main.y)).toBeGreaterThan(main.radius + 4);
            }
          }
      }
  });

  it('cuts names by their width', () => {
    expect(fitting('港口业务链', 140)).toBe('港口业务链');
    expect(fitting('港'.repeat(18), 140)).toBe(`${'港'.repeat(9)}…`);
    expect(fitting('harbour-exchange', 60)).toBe('harbour…');
  });
});
