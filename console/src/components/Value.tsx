import type { Argument } from '../api/types';
import { Address } from './Hash';
import { harmless } from './Untrusted';

/** Elements of an array that are shown. */
const SHOWN = 20;

interface ValueProps {
  type: string;
  value: unknown;
  ledger?: string;
  /** For lists: bytes are shortened and nothing can be copied. */
  brief?: boolean;
}

/** A decoded value by its Solidity type: addresses as links, structs as lists. */
export function Value({ type, value, ledger, brief = false }: ValueProps) {
  if (value === null || value === undefined) return <span className="faint">–</span>;
  if (Array.isArray(value)) {
    const inner = type.replace(/\[\d*\]$/, '');
    if (value.length === 0) return <span className="faint">[ ]</span>;
    return (
      <ol className="values">
        {value.slice(0, SHOWN).map((each, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: elements of an array are known by their place
          <li key={index}>
            <Value type={inner} value={each} ledger={ledger} />
          </li>
        ))}
        {value.length > SHOWN && <li className="faint">… {value.length}</li>}
      </ol>
    );
  }
  if (typeof value === 'object') {
    return (
      <dl className="facts compact struct">
        {Object.entries(value).map(([name, inner]) => (
          <div key={name}>
            <dt>{harmless(name, 40)}</dt>
            <dd>
              <Value type={/^0x[0-9a-fA-F]{40}$/.test(String(inner)) ? 'address' : ''} value={inner} ledger={ledger} />
            </dd>
          </div>
        ))}
      </dl>
    );
  }
  const text = String(value);
  if (type === 'address' && /^0x[0-9a-fA-F]{40}$/.test(text)) return <Address value={text} ledger={ledger} copy={!brief} />;
  if (/^u?int/.test(type)) return <span className="number wrap">{text.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}</span>;
  if (brief && text.startsWith('0x') && text.length > 22) return <span className="mono">{`${text.slice(0, 10)}…${text.slice(-6)}`}</span>;
  if (text.startsWith('0x')) return <span className="mono whole">{text.length > 400 ? `${text.slice(0, 400)}…` : text}</span>;
  return <bdi className="untrusted">{text === '' ? '“”' : harmless(text, brief ? 60 : 600)}</bdi>;
}

/** Arguments with their names and types. */
export function Arguments({ items, ledger }: { items: Argument[]; ledger?: string }) {
  if (items.length === 0) return null;
  return (
    <dl className="facts arguments">
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: arguments are known by their place
        <div key={index}>
          <dt>
            <span>{harmless(item.name || String(index), 40)}</span> <small className="mono faint">{harmless(item.type, 40)}</small>
          </dt>
          <dd>
            <Value type={item.type} value={item.value} ledger={ledger} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
