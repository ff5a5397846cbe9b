import { Link, useParams } from 'react-router';
import { Copy } from './Copy';
import { Untrusted } from './Untrusted';

const short = (text: string, head: number, tail: number) =>
  text.length > head + tail + 1 ? `${text.slice(0, head)}…${text.slice(-tail)}` : text;

interface HashProps {
  value: string | null | undefined;
  /** Where it leads; a hash of a block or transaction says so by `kind`. */
  kind?: 'block' | 'transaction';
  ledger?: string;
  whole?: boolean;
  copy?: boolean;
}

/** The ledger that a page is about: the route's, or the main one. */
export const useLedger = () => useParams().ledger ?? 'main';

/** A hash, shortened, with a link to what it names. */
export function Hash({ value, kind, ledger, whole = false, copy = true }: HashProps) {
  const route = useLedger();
  if (!value) return <span className="faint">–</span>;
  const text = whole ? value : short(value, 10, 6);
  const to = `/explorer/${encodeURIComponent(ledger ?? route)}/${kind === 'block' ? 'blocks' : 'transactions'}/${value}`;
  return (
    <span className={whole ? 'mono whole' : 'mono'}>
      {kind ? (
        <Link to={to} title={value}>
          {text}
        </Link>
      ) : (
        <span title={value}>{text}</span>
      )}
      {copy && <Copy text={value} />}
    </span>
  );
}

interface AddressProps {
  value: string | null | undefined;
  /** Its name, if it has one: untrusted. */
  name?: string | null;
  contract?: boolean;
  ledger?: string;
  whole?: boolean;
  copy?: boolean;
}

/** An account or contract: a small picture made of its address, its name or the shortened address, and a link. */
export function Address({ value, name, contract = false, ledger, whole = false, copy = true }: AddressProps) {
  const route = useLedger();
  if (!value) return <span className="faint">–</span>;
  const to = `/explorer/${encodeURIComponent(ledger ?? route)}/${contract ? 'contracts' : 'accounts'}/${value}`;
  return (
    <span className="address">
      <Identicon value={value} />
      <Link to={to} title={value} className={name && !whole ? undefined : 'mono'}>
        {name && !whole ? <Untrusted text={name} characters={32} /> : whole ? value : short(value, 8, 4)}
      </Link>
      {copy && <Copy text={value} />}
    </span>
  );
}

/** Nine squares, mirrored, in a colour: the same address always looks the same, another one looks different. */
export function Identicon({ value }: { value: string }) {
  // FNV-1a over all of the address: addresses that begin or end alike still look different.
  let mixed = 0x811c9dc5;
  for (const letter of value.toLowerCase()) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  const hue = (mixed >>> 15) % 360;
  const bits = mixed & 0x7fff;
  const cells: [number, number][] = [];
  for (let row = 0; row < 5; row += 1) {
    for (let column = 0; column < 3; column += 1) {
      if (!((bits >> (row * 3 + column)) & 1)) continue;
      cells.push([column, row]);
      if (column < 2) cells.push([4 - column, row]);
    }
  }
  return (
    <svg className="identicon" viewBox="0 0 5 5" aria-hidden="true" shapeRendering="crispEdges">
      {cells.map(([x, y]) => (
        <rect key={`${x}-${y}`} x={x} y={y} width="1" height="1" fill={`hsl(${hue} 42% 46%)`} />
      ))}
    </svg>
  );
}
