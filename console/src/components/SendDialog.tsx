import { CheckCircleFilled, CloseCircleFilled, LoadingOutlined } from '@ant-design/icons';
import { Alert, Button, Modal } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { refresh } from '../api/hooks';
import { Problem } from '../api/problem';
import { useSession } from '../api/session';
import { remember } from '../firstSteps';
import { type Call, type Prepared, prepare, type Receipt, receiptOf, signAndSend } from '../wallet/send';
import { endSending, type Sending, useSending } from '../wallet/sending';
import { forgetSigner, type Signer, useSigner } from '../wallet/wallet';
import { Amount, Count } from './Amount';
import { Address, Hash } from './Hash';
import { Refused } from './Refused';
import { useProblemText } from './States';
import { Arguments } from './Value';
import { WalletChooser } from './WalletChooser';

type Step = 'prepare' | 'sign' | 'send' | 'lost' | 'done';

/** The dialog of the transaction that a page asked for; it stands in the frame of all pages. */
export default function SendHost() {
  const sending = useSending();
  const number = useRef(0);
  const before = useRef<Sending>(undefined);
  if (sending !== before.current) number.current += 1;
  before.current = sending;
  return sending ? <SendDialog key={number.current} sending={sending} /> : null;
}

function SendDialog({ sending }: { sending: Sending }) {
  const { title, text, call, danger = false, onDone } = sending;
  const { t } = useTranslation('wallet');
  const signer = useSigner();
  const { session } = useSession();
  const [step, setStep] = useState<Step>('prepare');
  const [prepared, setPrepared] = useState<Prepared>();
  const [receipt, setReceipt] = useState<Receipt>();
  const [hash, setHash] = useState<`0x${string}`>();
  const [error, setError] = useState<unknown>();
  const ledger = call.ledger ?? 'main';

  useEffect(() => {
    if (!signer) return;
    let current = true;
    setPrepared(undefined);
    setError(undefined);
    prepare(call, signer).then(
      (answer) => current && setPrepared(answer),
      (failure) => current && setError(failure),
    );
    return () => {
      current = false;
    };
  }, [call, signer]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what was sent before this dialog was made, once
  useEffect(() => {
    if (sending.hash) void watch(sending.hash);
  }, []);

  async function run(by: Signer, ready: Prepared) {
    setError(undefined);
    setStep('sign');
    let sent: `0x${string}`;
    try {
      sent = await signAndSend(ledger, ready, by);
    } catch (failure) {
      setError(failure);
      setStep('prepare');
      return;
    }
    sending.hash = sent;
    await watch(sent);
  }

  /** What was sent is never signed a second time: from here on it is only looked for. */
  async function watch(sent: `0x${string}`) {
    setHash(sent);
    setError(undefined);
    setStep('send');
    try {
      const answer = await receiptOf(ledger, sent);
      setReceipt(answer);
      setStep('done');
      void refresh('/api/v1/');
      if (!answer.succeeded || sending.isDone) return;
      sending.isDone = true;
      remember(call, sent, ledger);
      onDone?.(answer);
    } catch (failure) {
      setError(failure);
      setStep(failure instanceof Problem && failure.slug === 'left-out' ? 'done' : 'lost');
    }
  }

  async function again(by: Signer) {
    setError(undefined);
    try {
      setPrepared(await prepare(call, by));
    } catch (failure) {
      setError(failure);
    }
  }

  const refused = prepared?.refused;
  const busy = step === 'sign' || step === 'send';
  const footer =
    step === 'done' || step === 'lost' ? (
      <>
        {step === 'lost' && hash && <Button onClick={() => void watch(hash)}>{t('lookAgain')}</Button>}
        <Button type="primary" onClick={endSending} autoFocus>
          {t('close')}
        </Button>
      </>
    ) : (
      signer && (
        <>
          <Button onClick={endSending} disabled={step === 'sign'}>
            {step === 'send' ? t('close') : t('cancel')}
          </Button>
          {!prepared && error !== undefined ? (
            <Button type="primary" onClick={() => void again(signer)}>
              {t('tryAgain')}
            </Button>
          ) : (
            <Button
              type="primary"
              danger={danger}
              loading={busy}
              disabled={!prepared || Boolean(refused)}
              onClick={() => prepared && void run(signer, prepared)}
            >
              {t('signAndSend')}
            </Button>
          )}
        </>
      )
    );
  return (
    <Modal
      open
      title={title}
      footer={footer || null}
      onCancel={endSending}
      mask={{ closable: false }}
      closable={step !== 'sign'}
      keyboard={step !== 'sign'}
    >
      <div className="stack">
        {text && step !== 'done' && <div>{text}</div>}
        {!signer && (
          <>
            <p className="note">{t('chooseSigner')}</p>
            <WalletChooser action={t('useKey')} account={session?.account} onSigner={() => undefined} />
          </>
        )}
        {signer && (
          <>
            {receipt?.succeeded ? <ReceiptView receipt={receipt} ledger={ledger} /> : null}
            <CallSummary call={call} signer={signer} fixed={step !== 'prepare'} />
            {prepared?.call && prepared.call.arguments.length > 0 && (
              <details className="note">
                <summary>{t('signed')}</summary>
                <Arguments items={prepared.call.arguments} ledger={ledger} />
              </details>
            )}
            {!receipt?.succeeded && (
              <Steps step={step} failed={receipt !== undefined} hash={hash} ledger={ledger} waiting={!prepared && !error} />
            )}
          </>
        )}
        {refused && step === 'prepare' && <Refused refusal={refused} />}
        {error !== undefined && <Failed error={error} />}
        {receipt && !receipt.succeeded && (
          <Alert
            type="error"
            showIcon
            title={t('failed')}
            description={
              <Link to={`/explorer/${encodeURIComponent(ledger)}/transactions/${receipt.hash}`} onClick={endSending}>
                {t('seeWhy')}
              </Link>
            }
          />
        )}
      </div>
    </Modal>
  );
}

/** What became of it: the block that holds it for good, and its name. */
function ReceiptView({ receipt, ledger }: { receipt: Receipt; ledger: string }) {
  const { t } = useTranslation('wallet');
  const base = `/explorer/${encodeURIComponent(ledger)}`;
  return (
    <div className="receipt" role="status">
      <CheckCircleFilled className="receipt-mark" aria-hidden />
      <div>
        <strong>{t('receipt.done')}</strong>
        <div>
          <Link to={`${base}/blocks/${receipt.block}`} onClick={endSending}>
            {t('receipt.block')} <Count value={receipt.block} />
          </Link>
          {ledger !== 'main' && <span className="faint"> · {ledger}</span>}
          {receipt.gasUsed !== undefined && (
            <span className="faint">
              {' '}
              · {t('receipt.gas')} <Count value={receipt.gasUsed} />
            </span>
          )}
        </div>
        <div>
          <Hash value={receipt.hash} ledger={ledger} whole />
        </div>
        {receipt.contractAddress && (
          <div>
            {t('receipt.contract')} <Address value={receipt.contractAddress} contract ledger={ledger} />
          </div>
        )}
        <Link to={`${base}/transactions/${receipt.hash}`} onClick={endSending}>
          {t('receipt.see')}
        </Link>
      </div>
    </div>
  );
}

function CallSummary({ call, signer, fixed }: { call: Call; signer: Signer; fixed: boolean }) {
  const { t } = useTranslation('wallet');
  const ledger = call.ledger ?? 'main';
  return (
    <dl className="facts compact">
      <div>
        <dt>{t('from')}</dt>
        <dd>
          <Address value={signer.account} copy={false} ledger={ledger} />{' '}
          {!fixed && (
            <button type="button" className="text-button" onClick={forgetSigner}>
              {t('change')}
            </button>
          )}
        </dd>
      </div>
      {'contract' in call && (
        <div>
          <dt>{t('call')}</dt>
          <dd>
            {call.contract.startsWith('0x') ? (
              <Address value={call.contract} copy={false} contract ledger={ledger} />
            ) : (
              <b>{call.contract}</b>
            )}{' '}
            <span className="mono">{call.function}</span>
          </dd>
        </div>
      )}
      {!('contract' in call) && call.to && (
        <div>
          <dt>{t('to')}</dt>
          <dd>
            <Address value={call.to} copy={false} contract={call.data !== '0x'} ledger={ledger} />
          </dd>
        </div>
      )}
      {call.value && call.value !== '0' && (
        <div>
          <dt>{t('value')}</dt>
          <dd>
            <Amount value={call.value} />
          </dd>
        </div>
      )}
    </dl>
  );
}

const ORDER: Step[] = ['prepare', 'sign', 'send'];

function Steps({ step, failed, hash, ledger, waiting }: { step: Step; failed: boolean; hash?: string; ledger: string; waiting: boolean }) {
  const { t } = useTranslation('wallet');
  const at = step === 'done' ? ORDER.length : step === 'lost' ? ORDER.indexOf('send') : ORDER.indexOf(step);
  return (
    <ol className="steps" aria-live="polite">
      {ORDER.map((name, index) => {
        const done = index < at || (index === 0 && at === 0 && !waiting);
        const bad = name === 'send' && (step === 'lost' || (step === 'done' && failed));
        return (
          <li key={name} className={done ? 'done' : undefined}>
            {bad ? (
              <CloseCircleFilled className="bad" />
            ) : done ? (
              <CheckCircleFilled className="good" />
            ) : index === at ? (
              <LoadingOutlined />
            ) : (
              <i />
            )}
            <span>{t(`steps.${name}`)}</span>
            {name === 'send' && hash && <Hash value={hash} kind="transaction" ledger={ledger} copy={step === 'lost'} />}
          </li>
        );
      })}
    </ol>
  );
}

function Failed({ error }: { error: unknown }) {
  const said = useProblemText()(error);
  return <Alert type="error" showIcon title={said.title} description={[said.hint, said.detail].filter(Boolean).join(' ')} />;
}
