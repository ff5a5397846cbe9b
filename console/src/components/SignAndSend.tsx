import { CheckCircleFilled, CloseCircleFilled, LoadingOutlined } from '@ant-design/icons';
import { Alert, Button, type ButtonProps, Modal } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { refresh } from '../api/hooks';
import { type Call, type Prepared, prepare, type Receipt, type Refusal, receiptOf, signAndSend } from '../wallet/send';
import { forgetSigner, type Signer, useSigner } from '../wallet/wallet';
import { Address, Hash } from './Hash';
import { useProblemText } from './States';
import { harmless } from './Untrusted';
import { Arguments } from './Value';
import { WalletChooser } from './WalletChooser';

type Step = 'prepare' | 'sign' | 'send' | 'done';

interface SignAndSendProps {
  /** What the button says, and the title of the dialog. */
  label: ReactNode;
  title?: string;
  /** What the transaction does, in words. */
  text?: ReactNode;
  /** The call, or how to make it when the button is pressed; `undefined` when a form is not complete. */
  call: Call | (() => Call | undefined | Promise<Call | undefined>);
  button?: ButtonProps;
  danger?: boolean;
  onDone?: (receipt: Receipt) => void;
}

/** A button that makes a transaction: prepares it, shows whether the ledger would refuse it and why, has it signed, sends it, waits. */
export function SignAndSend({ label, title, text, call, button, danger = false, onDone }: SignAndSendProps) {
  const [shown, setShown] = useState<Call>();
  async function begin() {
    const made = typeof call === 'function' ? await call() : call;
    if (made) setShown(made);
  }
  return (
    <>
      <Button type={danger ? undefined : 'primary'} danger={danger} {...button} onClick={() => void begin()}>
        {label}
      </Button>
      {shown && (
        <SendDialog title={title ?? label} text={text} call={shown} danger={danger} onDone={onDone} onClose={() => setShown(undefined)} />
      )}
    </>
  );
}

interface SendDialogProps {
  title: ReactNode;
  text?: ReactNode;
  call: Call;
  danger?: boolean;
  onDone?: (receipt: Receipt) => void;
  onClose: () => void;
}

/** The dialog of `SignAndSend`, for pages that open it by themselves. */
export function SendDialog({ title, text, call, danger = false, onDone, onClose }: SendDialogProps) {
  const { t } = useTranslation('wallet');
  const signer = useSigner();
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

  async function run(by: Signer, ready: Prepared) {
    setError(undefined);
    try {
      setStep('sign');
      const sent = await signAndSend(ledger, ready, by);
      setHash(sent);
      setStep('send');
      const answer = await receiptOf(ledger, sent);
      setReceipt(answer);
      setStep('done');
      void refresh('/api/v1/');
      if (answer.succeeded) onDone?.(answer);
    } catch (failure) {
      setError(failure);
      setStep('prepare');
    }
  }

  const refused = prepared?.refused;
  const busy = step === 'sign' || step === 'send';
  const footer =
    step === 'done' ? (
      <Button type="primary" onClick={onClose}>
        {t('close')}
      </Button>
    ) : (
      signer && (
        <>
          <Button onClick={onClose} disabled={step === 'sign'}>
            {t('cancel')}
          </Button>
          <Button
            type="primary"
            danger={danger}
            loading={busy}
            disabled={!prepared || Boolean(refused)}
            onClick={() => prepared && void run(signer, prepared)}
          >
            {t('signAndSend')}
          </Button>
        </>
      )
    );
  return (
    <Modal open title={title} footer={footer || null} onCancel={onClose} mask={{ closable: !busy }}>
      <div className="stack">
        {text && <div>{text}</div>}
        {!signer && (
          <>
            <p className="note">{t('chooseSigner')}</p>
            <WalletChooser action={t('useKey')} onSigner={() => undefined} />
          </>
        )}
        {signer && (
          <>
            <CallSummary call={call} signer={signer} />
            {prepared?.call && prepared.call.arguments.length > 0 && (
              <details className="note">
                <summary>{t('signed')}</summary>
                <Arguments items={prepared.call.arguments} ledger={ledger} />
              </details>
            )}
            <Steps
              step={step}
              failed={receipt !== undefined && !receipt.succeeded}
              hash={hash}
              ledger={ledger}
              waiting={!prepared && !error}
            />
          </>
        )}
        {refused && <Refused refusal={refused} />}
        {error !== undefined && <Failed error={error} />}
        {receipt && !receipt.succeeded && (
          <Alert
            type="error"
            showIcon
            title={t('failed')}
            description={<Link to={`/explorer/${encodeURIComponent(ledger)}/transactions/${receipt.hash}`}>{t('seeWhy')}</Link>}
          />
        )}
      </div>
    </Modal>
  );
}

function CallSummary({ call, signer }: { call: Call; signer: Signer }) {
  const { t } = useTranslation('wallet');
  return (
    <dl className="facts compact">
      <div>
        <dt>{t('from')}</dt>
        <dd>
          <Address value={signer.account} copy={false} />{' '}
          <button type="button" className="text-button" onClick={forgetSigner}>
            {t('change')}
          </button>
        </dd>
      </div>
      {'contract' in call && (
        <div>
          <dt>{t('call')}</dt>
          <dd>
            {call.contract.startsWith('0x') ? (
              <Address value={call.contract} copy={false} contract ledger={call.ledger} />
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
            <Address value={call.to} copy={false} contract />
          </dd>
        </div>
      )}
    </dl>
  );
}

const ORDER: Step[] = ['prepare', 'sign', 'send'];

function Steps({ step, failed, hash, ledger, waiting }: { step: Step; failed: boolean; hash?: string; ledger: string; waiting: boolean }) {
  const { t } = useTranslation('wallet');
  const at = step === 'done' ? ORDER.length : ORDER.indexOf(step);
  return (
    <ol className="steps" aria-live="polite">
      {ORDER.map((name, index) => {
        const done = index < at || (index === 0 && at === 0 && !waiting);
        const bad = failed && step === 'done' && name === 'send';
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
            {name === 'send' && hash && <Hash value={hash} kind="transaction" ledger={ledger} copy={false} />}
          </li>
        );
      })}
    </ol>
  );
}

/** Why the ledger would refuse: the contract's error by name with a text where we have one. */
export function Refused({ refusal }: { refusal: Refusal }) {
  const { t } = useTranslation('wallet');
  const known = t(`refusals.${refusal.name}`, { defaultValue: '' });
  const detail = refusal.arguments
    .map((one) => `${one.name} ${typeof one.value === 'string' ? one.value : JSON.stringify(one.value)}`)
    .join(', ');
  return (
    <Alert
      type="warning"
      showIcon
      title={t('refused')}
      description={
        <>
          <div>{known || harmless(refusal.message || refusal.name, 300)}</div>
          {known && detail && <div className="mono faint small">{harmless(`${refusal.name}: ${detail}`, 400)}</div>}
        </>
      }
    />
  );
}

function Failed({ error }: { error: unknown }) {
  const said = useProblemText()(error);
  return <Alert type="error" showIcon title={said.title} description={[said.hint, said.detail].filter(Boolean).join(' ')} />;
}
