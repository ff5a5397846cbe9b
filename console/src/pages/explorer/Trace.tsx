import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TraceCall } from '../../api/types';
import { Amount, Count } from '../../components/Amount';
import { Address, useLedger } from '../../components/Hash';
import { harmless } from '../../components/Untrusted';
import { Arguments } from '../../components/Value';

/** Levels that are open at first, and calls of one level that are shown at first. */
const OPEN_LEVELS = 4;
const SHOWN = 50;

/** The calls of a transaction as a tree; the bars say how much of the gas each took. */
export function CallTree({ root }: { root: TraceCall }) {
  const { t } = useTranslation('explorer');
  return (
    <ul className="tree" aria-label={t('trace')}>
      <Call call={root} level={0} gas={Math.max(root.gasUsed, 1)} />
    </ul>
  );
}

function Call({ call, level, gas }: { call: TraceCall; level: number; gas: number }) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const [open, setOpen] = useState(level < OPEN_LEVELS);
  const [detail, setDetail] = useState(false);
  const [all, setAll] = useState(false);
  const shown = all ? call.calls : call.calls.slice(0, SHOWN);
  const hasDetail = (call.call?.arguments.length ?? 0) > 0 || call.input.length > 2 || Boolean(call.output && call.output !== '0x');
  return (
    <li>
      <div className={call.error ? 'call failed' : 'call'}>
        {call.calls.length > 0 ? (
          <button
            type="button"
            className="twist"
            aria-expanded={open}
            aria-label={t('innerCalls', { count: call.calls.length })}
            onClick={() => setOpen(!open)}
          >
            {open ? '▾' : '▸'}
          </button>
        ) : (
          <span className="twist" aria-hidden="true">
            ·
          </span>
        )}
        <span className={`call-kind ${call.kind.toLowerCase()}`}>{call.kind}</span>
        <Address value={call.to} name={call.toName ?? call.call?.contract} contract ledger={ledger} copy={false} />
        <span className="mono">
          {call.call ? `.${harmless(call.call.function, 40)}` : call.input.length >= 10 ? call.input.slice(0, 10) : ''}
        </span>
        {call.value !== '0' && <Amount value={call.value} />}
        {hasDetail && (
          <button type="button" className="text-button small" aria-expanded={detail} onClick={() => setDetail(!detail)}>
            {t('details')}
          </button>
        )}
        <span className="call-gas" title={t('gasUsed')}>
          <i style={{ width: `${Math.max(1, Math.min(100, (call.gasUsed / gas) * 100))}%` }} />
          <Count value={call.gasUsed} />
        </span>
      </div>
      {call.error && (
        <div className="call-error bad">
          {harmless(call.error.message ? `${call.error.name}: ${call.error.message}` : call.error.name, 300)}
        </div>
      )}
      {detail && <Detail call={call} />}
      {open && call.calls.length > 0 && (
        <ul>
          {shown.map((inner, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: calls are known by their order
            <Call key={index} call={inner} level={level + 1} gas={gas} />
          ))}
          {shown.length < call.calls.length && (
            <li>
              <button type="button" className="text-button" onClick={() => setAll(true)}>
                {t('showAll', { count: call.calls.length })}
              </button>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

const cut = (bytes: string) => (bytes.length > 1_000 ? `${bytes.slice(0, 1_000)}…` : bytes);

function Detail({ call }: { call: TraceCall }) {
  const { t } = useTranslation('explorer');
  return (
    <div className="call-detail">
      {call.call ? <Arguments items={call.call.arguments} /> : <pre className="bytes">{cut(call.input)}</pre>}
      {call.error && <Arguments items={call.error.arguments} />}
      {call.output && call.output !== '0x' && (
        <>
          <span className="faint small">{t('output')}</span>
          <pre className="bytes">{cut(call.output)}</pre>
        </>
      )}
    </div>
  );
}
