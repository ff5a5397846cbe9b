import { Link } from 'react-router';
import { Copy } from './Copy';
import { Untrusted } from './Untrusted';

/** An identity of the city: its name if it has one, else its DID, with a link to its page. */
export function Identity({ did, name, copy = true }: { did: string | null | undefined; name?: string | null; copy?: boolean }) {
  if (!did) return <span className="faint">–</span>;
  const shown = did.length > 32 ? `${did.slice(0, 20)}…${did.slice(-6)}` : did;
  return (
    <span className="address">
      <Link to={`/identities/${encodeURIComponent(did)}`} title={did} className={name ? undefined : 'mono'}>
        {name ? <Untrusted text={name} characters={40} /> : shown}
      </Link>
      {copy && <Copy text={did} />}
    </span>
  );
}
