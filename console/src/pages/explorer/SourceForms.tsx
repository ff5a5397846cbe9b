import { Alert, Button, Checkbox, Input, InputNumber, Segmented, Select } from 'antd';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { write } from '../../api/client';
import { refresh, useRead } from '../../api/hooks';
import { asProblem, type Problem } from '../../api/problem';
import type { Compilers, ContractSource, SourceClaim } from '../../api/types';
import { useLedger } from '../../components/Hash';
import { ErrorState, Loaded } from '../../components/States';
import { harmless } from '../../components/Untrusted';

/** Bytes that the server takes. */
const FILE_BYTES_MAX = 8 * 1024 * 1024;
const EVM_VERSIONS = ['osaka', 'prague', 'cancun', 'shanghai', 'paris', 'london', 'berlin', 'istanbul'];

export function VerifyForm({ contract, source }: { contract: string; source: ContractSource }) {
  const { t } = useTranslation('source');
  const answer = useRead<Compilers>('/api/v1/compilers');
  return (
    <details open={source.state === 'none'}>
      <summary>{t('verify')}</summary>
      <Loaded answer={answer} rows={3}>
        {(compilers) =>
          compilers.items.length === 0 ? (
            <NoCompiler compilers={compilers} />
          ) : (
            <Form contract={contract} source={source} compilers={compilers} />
          )
        }
      </Loaded>
    </details>
  );
}

function NoCompiler({ compilers }: { compilers: Compilers }) {
  const { t } = useTranslation('source');
  return (
    <Alert
      type="info"
      showIcon
      title={t('noCompiler')}
      description={
        <>
          <p>{compilers.folder ? t('noCompilerHere') : t('noCompilerAsk')}</p>
          {compilers.folder && (
            <p>
              <code>{compilers.folder}</code>
            </p>
          )}
          {compilers.unusable.map((file) => (
            <p key={file.file} className="small">
              <code>{file.file}</code>: {file.reason}
            </p>
          ))}
        </>
      }
    />
  );
}

function Form({ contract, source, compilers }: { contract: string; source: ContractSource; compilers: Compilers }) {
  const { t } = useTranslation('source');
  const [kind, setKind] = useState<'file' | 'standard'>('file');
  const [text, setText] = useState('');
  const [path, setPath] = useState('');
  const [optimizer, setOptimizer] = useState(true);
  const [runs, setRuns] = useState(200);
  const [evm, setEvm] = useState('');
  const [viaIr, setViaIr] = useState(false);
  const [name, setName] = useState('');
  const [given, setGiven] = useState('');
  const told = source.codeCompiler;
  const named = compilers.items.find((each) => told && each.version.split('+')[0] === told)?.version;
  const [compiler, setCompiler] = useState(named ?? (told ? '' : compilers.items[0]!.version));
  const [fault, setFault] = useState('');
  const { send, busy, preparing, problem } = useClaim(contract);

  function claim(): SourceClaim | undefined {
    const common = {
      compiler: compiler || undefined,
      contract: name.trim() || undefined,
      constructorArguments: given.trim() || undefined,
    };
    if (text.trim() === '') {
      setFault(t('empty'));
      return undefined;
    }
    if (kind === 'file')
      return { ...common, file: { source: text, path: path.trim() || undefined, optimizer, runs, evmVersion: evm || undefined, viaIr } };
    try {
      return { ...common, standardJson: JSON.parse(text) };
    } catch {
      setFault(t('noJson'));
      return undefined;
    }
  }

  return (
    <form
      className="call-form"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        setFault('');
        const made = claim();
        if (made) void send('post', '/api/v1/ledgers/{ledger}/contracts/{address}/source', made);
      }}
    >
      <p className="note">{t('verifyNote')}</p>
      {told && (
        <p className="note">
          {t('told', { version: told })}
          {!named && ` ${t('toldMissing')}`}
        </p>
      )}
      <Segmented
        value={kind}
        onChange={(next) => setKind(next)}
        options={[
          { value: 'file' as const, label: t('oneFile') },
          { value: 'standard' as const, label: t('standardJson') },
        ]}
      />
      <Upload
        label={t('upload')}
        accept={kind === 'file' ? '.sol' : '.json'}
        onText={(content, file) => {
          setText(content);
          if (kind === 'file') setPath(file);
        }}
        onFault={() => setFault(t('tooLarge'))}
      />
      <Labelled label={kind === 'file' ? t('sourceText') : t('standardJson')}>
        <Input.TextArea
          className="mono"
          value={text}
          autoSize={{ minRows: 6, maxRows: 18 }}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
      </Labelled>
      <div className="row">
        <Labelled label={t('compiler')}>
          <Select
            value={compiler}
            onChange={setCompiler}
            style={{ minWidth: 240 }}
            options={[
              ...(told ? [{ value: '', label: t('asTold', { version: told }) }] : []),
              ...compilers.items.map((each) => ({ value: each.version, label: each.version })),
            ]}
          />
        </Labelled>
        <Labelled label={t('contractName')}>
          <Input className="mono" value={name} placeholder={t('any')} maxLength={400} onChange={(event) => setName(event.target.value)} />
        </Labelled>
        {kind === 'file' && (
          <>
            <Labelled label={t('evmVersion')}>
              <Select
                value={evm}
                onChange={setEvm}
                style={{ minWidth: 150 }}
                options={[{ value: '', label: t('compilersOwn') }, ...EVM_VERSIONS.map((each) => ({ value: each, label: each }))]}
              />
            </Labelled>
            <Labelled label={t('runs')}>
              <InputNumber min={0} max={4_294_967_295} value={runs} disabled={!optimizer} onChange={(next) => setRuns(next ?? 200)} />
            </Labelled>
          </>
        )}
      </div>
      {kind === 'file' && (
        <div className="row">
          <Checkbox checked={optimizer} onChange={(event) => setOptimizer(event.target.checked)}>
            {t('optimizer')}
          </Checkbox>
          <Checkbox checked={viaIr} onChange={(event) => setViaIr(event.target.checked)}>
            {t('viaIr')}
          </Checkbox>
          <Labelled label={t('path')}>
            <Input
              className="mono"
              value={path}
              placeholder="Contract.sol"
              maxLength={400}
              onChange={(event) => setPath(event.target.value)}
            />
          </Labelled>
        </div>
      )}
      <Labelled label={t('argumentsGiven')}>
        <Input className="mono" value={given} placeholder="0x…" spellCheck={false} onChange={(event) => setGiven(event.target.value)} />
      </Labelled>
      <div>
        <Button type="primary" htmlType="submit" loading={busy}>
          {t('verifyButton')}
        </Button>
      </div>
      {preparing && <Alert type="info" showIcon title={t('preparing')} description={t('preparingNote')} />}
      {fault && <Alert type="error" showIcon title={fault} />}
      {problem && <Refusal problem={problem} />}
    </form>
  );
}

export function AbiForm({ contract }: { contract: string }) {
  const { t } = useTranslation('source');
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [fault, setFault] = useState('');
  const { send, busy, problem } = useClaim(contract);
  return (
    <details>
      <summary>{t('giveAbi')}</summary>
      <form
        className="call-form"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          setFault('');
          let abi: unknown;
          try {
            const parsed: unknown = JSON.parse(text);
            // What compilers and tools write holds the ABI under its name.
            abi = Array.isArray(parsed) ? parsed : (parsed as { abi?: unknown } | null)?.abi;
          } catch {
            abi = undefined;
          }
          if (Array.isArray(abi))
            void send('put', '/api/v1/ledgers/{ledger}/contracts/{address}/abi', { abi, name: name.trim() || undefined });
          else setFault(t('noAbi'));
        }}
      >
        <p className="note">{t('giveAbiNote')}</p>
        <Upload label={t('upload')} accept=".json,.abi" onText={setText} onFault={() => setFault(t('tooLarge'))} />
        <Labelled label={t('abi')}>
          <Input.TextArea
            className="mono"
            value={text}
            autoSize={{ minRows: 4, maxRows: 14 }}
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        </Labelled>
        <Labelled label={t('nameOfContract')}>
          <Input value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
        </Labelled>
        <div>
          <Button htmlType="submit" loading={busy}>
            {t('giveAbiButton')}
          </Button>
        </div>
        {fault && <Alert type="error" showIcon title={fault} />}
        {problem && <Refusal problem={problem} />}
      </form>
    </details>
  );
}

/** Sends a claim; where a compiler is made ready first, it tries again by itself until the page is left. */
function useClaim(contract: string) {
  const ledger = useLedger();
  const [busy, setBusy] = useState(false);
  const [preparing, setPreparing] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const left = useRef(false);
  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
    };
  }, []);
  async function send(method: 'post' | 'put', path: string, body: unknown) {
    setBusy(true);
    setProblem(undefined);
    while (!left.current) {
      try {
        await write(method, path, body, { path: { ledger, address: contract } });
        await refresh('/api/v1/ledgers/{ledger}/contracts');
        break;
      } catch (failure) {
        const refused = asProblem(failure);
        if (refused.slug !== 'compiler-preparing') {
          setProblem(refused);
          break;
        }
        setPreparing(true);
        await new Promise((resume) => setTimeout(resume, (refused.retryAfterSeconds ?? 5) * 1000));
      }
    }
    setPreparing(false);
    setBusy(false);
  }
  return { send, busy, preparing, problem };
}

interface Message {
  severity: string;
  kind: string;
  path: string;
  line: number;
  column: number;
  text: string;
}
interface Difference {
  contract: string;
  compiledBytes: number;
  deployedBytes: number;
  first: number;
  deployedWith?: string | null;
  hints: string[];
}
interface Details {
  messages?: Message[];
  difference?: Difference;
  contracts?: string[];
  found?: string;
  version?: string;
}

/** Why a source was not taken: what the compiler says with its place, or where the code parts. */
function Refusal({ problem }: { problem: Problem }) {
  const { t } = useTranslation('source');
  const { messages, difference, contracts, found } = (problem.members.parameters ?? {}) as Details;
  return (
    <div className="stack tight">
      <ErrorState error={problem} compact />
      {messages && (
        <ul className="small">
          {messages.map((message) => (
            <li
              key={`${message.path}:${message.line}:${message.column} ${message.text}`}
              className={message.severity === 'error' ? 'bad' : 'faint'}
            >
              {message.path !== '' && <span className="mono">{harmless(`${message.path}:${message.line}:${message.column} `, 200)}</span>}
              {harmless(`${message.kind}: ${message.text}`, 600)}
            </li>
          ))}
        </ul>
      )}
      {difference && (
        <>
          <p className="small">
            {t('difference', {
              contract: harmless(difference.contract, 160),
              compiled: difference.compiledBytes,
              deployed: difference.deployedBytes,
              first: difference.first,
            })}
          </p>
          <ul className="small">
            {difference.hints.map((hint) => (
              <li key={hint}>{t(`hints.${hint}`, { version: difference.deployedWith ?? '?', defaultValue: hint })}</li>
            ))}
          </ul>
        </>
      )}
      {contracts && contracts.length > 0 && <p className="small mono">{harmless(contracts.join(', '), 600)}</p>}
      {found && <p className="small mono">{harmless(found, 600)}</p>}
    </div>
  );
}

const Labelled = ({ label, children }: { label: string; children: ReactNode }) => (
  // biome-ignore lint/a11y/noLabelWithoutControl: the control is a child
  <label className="field">
    <span>{label}</span>
    {children}
  </label>
);

function Upload(props: { label: string; accept: string; onText: (text: string, name: string) => void; onFault: () => void }) {
  const { label, accept, onText, onFault } = props;
  return (
    <Labelled label={label}>
      <input
        type="file"
        accept={accept}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (!file) return;
          if (file.size > FILE_BYTES_MAX) onFault();
          else void file.text().then((text) => onText(text, file.name));
        }}
      />
    </Labelled>
  );
}
