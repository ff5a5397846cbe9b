import { CheckCircleFilled, CloseCircleFilled, SafetyCertificateOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { read } from '../../api/client';
import { Problem } from '../../api/problem';
import { useSession } from '../../api/session';
import type { BlockCertificate, BlockDetail, LedgerDetail } from '../../api/types';
import { Hash } from '../../components/Hash';
import { Panel } from '../../components/Page';
import { ErrorState } from '../../components/States';
import { harmless } from '../../components/Untrusted';
import type { Checked, ShownTransaction, StepName } from '../../proof/check';
import { rpc } from '../../wallet/send';

interface ProofProps {
  ledger: string;
  height: number;
  hash: string;
  /** What the page shows as state root: it must be that of the proven header. */
  stateRoot?: string;
  /** What the page shows of a transaction: the block must hold exactly that. */
  transaction?: ShownTransaction;
}
interface Outcome {
  checked: Checked;
  steps: readonly StepName[];
  certificate: BlockCertificate;
  genesis: string;
  /** The genesis block that this browser has seen of the ledger before, if it is another. */
  otherGenesis?: string;
  milliseconds: number;
}

/** The genesis block of a ledger as this browser saw it first: a console that shows another ledger later is found out. */
function pinned(chainId: number, genesis: string): string | undefined {
  const name = `civitas.genesis.${chainId}`;
  const known = localStorage.getItem(name);
  if (known === null) localStorage.setItem(name, genesis);
  return known !== null && known !== genesis ? known : undefined;
}

/** The certificate; a block has none until the next ones have followed. */
async function certificateOf(ledger: string, height: number) {
  try {
    return await read<BlockCertificate | null>('/api/v1/ledgers/{ledger}/blocks/{block}/certificate', { path: { ledger, block: height } });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** The whole block and its receipts, encoded: only all of them together can be compared with what was signed. */
function contentsOf(ledger: string, height: number): Promise<[string, string[]]> {
  const block = [`0x${height.toString(16)}`];
  return Promise.all([rpc<string>(ledger, 'debug_getRawBlock', block), rpc<string[]>(ledger, 'debug_getRawReceipts', block)]);
}

async function prove({ ledger, height, hash, stateRoot, transaction }: ProofProps): Promise<Outcome> {
  const path = { ledger };
  const [certificate, detail, genesis, { check, checkContents, difference, STEPS }, verify, contents] = await Promise.all([
    certificateOf(ledger, height),
    read<LedgerDetail>('/api/v1/ledgers/{ledger}', { path }),
    read<BlockDetail>('/api/v1/ledgers/{ledger}/blocks/{block}', { path: { ...path, block: 0 } }),
    import('../../proof/check'),
    import('../../proof/light').then(({ verifier }) => verifier()),
    transaction && contentsOf(ledger, height),
  ]);
  if (!certificate) throw new Problem({ status: 404, slug: 'no-certificate' });
  if (!detail.parameters) throw new Problem({ status: 503, slug: 'node-unreachable' });
  const begin = performance.now();
  const checked = check(
    verify,
    { ...certificate, height, blockHash: hash },
    {
      chainId: detail.chainId,
      epochBlocks: detail.parameters.epochBlocks,
      genesisHash: genesis.hash,
      genesisSeconds: new Date(genesis.at).getTime() / 1_000,
      validators: certificate.validators.map((validator) => validator.publicKey),
    },
  );
  if (checked.block && stateRoot && checked.block.stateRoot !== stateRoot.toLowerCase()) {
    checked.failed = { step: 'headers', why: 'the page shows another state root than the proven header' };
  }
  if (checked.block && transaction && contents) {
    const why = difference(checkContents(verify, certificate.headers[0] ?? '0x', ...contents), transaction);
    if (why) checked.failed = { step: 'contents', why };
  }
  const steps: StepName[] = transaction ? [...STEPS, 'contents'] : [...STEPS];
  const otherGenesis = pinned(detail.chainId, genesis.hash);
  return { checked, steps, certificate, genesis: genesis.hash, otherGenesis, milliseconds: performance.now() - begin };
}

/** Checks the certificate of a block in this browser, and shows what was checked. */
export function Proof(props: ProofProps) {
  const { t } = useTranslation('explorer');
  const { session } = useSession();
  // Whole blocks are handed to those who are signed in.
  const guest = !session?.method;
  const [outcome, setOutcome] = useState<Outcome>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  async function run() {
    setBusy(true);
    setError(undefined);
    try {
      setOutcome(await prove(guest ? { ...props, transaction: undefined } : props));
    } catch (failure) {
      setOutcome(undefined);
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  if (props.height === 0) {
    return (
      <Panel title={t('proof.title')}>
        <p className="note">{t('proof.genesis')}</p>
      </Panel>
    );
  }
  return (
    <Panel title={t('proof.title')}>
      <div className="stack" aria-live="polite">
        {!outcome && <p className="note">{t('proof.lead')}</p>}
        {props.transaction && guest && <p className="note">{t('proof.guest')}</p>}
        {error !== undefined && <ErrorState error={error} compact />}
        {outcome && <Result outcome={outcome} />}
        <Button
          icon={<SafetyCertificateOutlined aria-hidden />}
          loading={busy}
          onClick={() => void run()}
          type={outcome ? 'default' : 'primary'}
        >
          {outcome ? t('proof.again') : t('proof.check')}
        </Button>
      </div>
    </Panel>
  );
}

function Result({ outcome }: { outcome: Outcome }) {
  const { t } = useTranslation('explorer');
  const { checked, certificate } = outcome;
  const failedAt = checked.failed ? outcome.steps.indexOf(checked.failed.step) : outcome.steps.length;
  const signed = new Set(checked.block?.signers);
  return (
    <>
      <p className={checked.failed ? 'verdict bad' : 'verdict good'}>
        {checked.failed ? <CloseCircleFilled /> : <CheckCircleFilled />}
        {checked.failed ? t('proof.bad') : t('proof.good', { milliseconds: Math.ceil(outcome.milliseconds) })}
      </p>
      <ol className="steps">
        {outcome.steps.map((step, index) => (
          <li key={step} className={index < failedAt ? 'done' : undefined}>
            {index < failedAt ? <CheckCircleFilled className="good" /> : index === failedAt ? <CloseCircleFilled className="bad" /> : <i />}
            <span>
              {t(`proof.steps.${step}`)}
              {index === failedAt && checked.failed && <span className="block small bad">{checked.failed.why}</span>}
            </span>
          </li>
        ))}
      </ol>
      {!checked.failed && checked.block && (
        <ul className="signers" aria-label={t('proof.signers')}>
          {certificate.validators.map((validator) => (
            <li
              key={validator.publicKey}
              className={signed.has(validator.publicKey.toLowerCase()) ? 'signed' : undefined}
              title={validator.publicKey}
            >
              {harmless(validator.name, 24)}
            </li>
          ))}
          <li className="note plain">
            {t('proof.quorum', {
              signers: checked.block.signers.length,
              validators: certificate.validators.length,
              needed: checked.block.needed,
            })}
          </li>
        </ul>
      )}
      {outcome.otherGenesis && (
        <p className="bad">
          {t('proof.otherGenesis')} <Hash value={outcome.otherGenesis} whole copy={false} />
        </p>
      )}
      <details className="note">
        <summary>{t('proof.trust')}</summary>
        <p>{t('proof.trustText')}</p>
        <Hash value={outcome.genesis} whole />
      </details>
    </>
  );
}
