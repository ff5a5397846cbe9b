import { Button, Input, Select } from 'antd';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { write } from '../../api/client';
import type { Answered } from '../../api/types';
import { useLedger } from '../../components/Hash';
import { Refused } from '../../components/Refused';
import { ErrorState } from '../../components/States';
import { harmless } from '../../components/Untrusted';
import { Arguments } from '../../components/Value';
import { beginSending } from '../../wallet/sending';
import { type AbiFunction, argumentOf, type Parameter, parametersOf, Rule } from './abi';

/** The functions of a contract, each with a form. */
export function Functions({ contract, functions, kind }: { contract: string; functions: AbiFunction[]; kind: 'read' | 'write' }) {
  return (
    <div className="functions">
      {functions.map((each) => (
        <details key={each.signature}>
          <summary className="mono">
            {harmless(each.name, 60)}
            <span className="faint">({each.inputs.map((input) => harmless(input.name || input.type, 24)).join(', ')})</span>
          </summary>
          <CallForm contract={contract} name={each.signature} inputs={each.inputs} payable={each.payable} kind={kind} />
        </details>
      ))}
    </div>
  );
}

/** A call of a contract whose ABI nobody knows, by the signature of the function. */
export function BySignature({ contract }: { contract: string }) {
  const { t } = useTranslation('explorer');
  const [signature, setSignature] = useState('');
  const inputs = parametersOf(signature);
  return (
    <div className="stack">
      <p className="note">{t('bySignatureNote')}</p>
      <label className="field">
        <span>{t('signature')}</span>
        <Input
          className="mono"
          value={signature}
          placeholder="transfer(address,uint256)"
          maxLength={200}
          onChange={(event) => setSignature(event.target.value)}
        />
      </label>
      {inputs && <CallForm key={signature} contract={contract} name={signature.replace(/\s/g, '')} inputs={inputs} payable kind="write" />}
    </div>
  );
}

interface CallFormProps {
  contract: string;
  name: string;
  inputs: Parameter[];
  payable: boolean;
  kind: 'read' | 'write';
}

function CallForm({ contract, name, inputs, payable, kind }: CallFormProps) {
  const { t } = useTranslation('explorer');
  const ledger = useLedger();
  const [texts, setTexts] = useState<string[]>(() => inputs.map((input) => (input.type === 'bool' ? 'false' : '')));
  const [value, setValue] = useState('');
  const [faults, setFaults] = useState<Record<number, string>>({});
  const [answer, setAnswer] = useState<Answered>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  function collect(): unknown[] | undefined {
    const wrong: Record<number, string> = {};
    const values = inputs.map((input, index) => {
      try {
        return argumentOf(input, texts[index] ?? '');
      } catch (fault) {
        wrong[index] = fault instanceof Rule ? fault.message : 'json';
        return undefined;
      }
    });
    if (payable && value.trim() !== '' && !/^\d+$/.test(value.trim())) wrong[-1] = 'number';
    setFaults(wrong);
    return Object.keys(wrong).length === 0 ? values : undefined;
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    const values = collect();
    if (!values) return;
    if (kind === 'write') {
      beginSending({
        title: <span className="mono">{harmless(name, 60)}</span>,
        call: { ledger, contract, function: name, arguments: values, value: value.trim() || undefined },
      });
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      setAnswer(await write<Answered>('post', '/api/v1/call', { ledger, contract, function: name, arguments: values }));
    } catch (failure) {
      setAnswer(undefined);
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="call-form" onSubmit={(event) => void submit(event)}>
      {inputs.map((input, index) => (
        <Field
          // biome-ignore lint/suspicious/noArrayIndexKey: parameters are known by their place
          key={index}
          label={`${input.name || index} · ${input.type}`}
          type={input.type}
          value={texts[index] ?? ''}
          fault={faults[index]}
          onChange={(text) => setTexts(texts.map((old, at) => (at === index ? text : old)))}
        />
      ))}
      {payable && <Field label={t('payValue')} type="uint256" value={value} fault={faults[-1]} onChange={setValue} optional />}
      <div>
        <Button htmlType="submit" type={kind === 'write' ? 'primary' : 'default'} loading={busy}>
          {kind === 'write' ? t('send') : t('ask')}
        </Button>
      </div>
      {error !== undefined && <ErrorState error={error} compact />}
      {answer?.refused && <Refused refusal={answer.refused} />}
      {answer &&
        !answer.refused &&
        (answer.results.length > 0 ? <Arguments items={answer.results} ledger={ledger} /> : <p className="note">{t('noResults')}</p>)}
    </form>
  );
}

interface FieldProps {
  label: string;
  type: string;
  value: string;
  fault?: string;
  optional?: boolean;
  onChange: (text: string) => void;
}

function Field({ label, type, value, fault, optional, onChange }: FieldProps) {
  const { t } = useTranslation('explorer');
  const many = type.endsWith(']') || type.startsWith('tuple');
  const hint =
    type.startsWith('tuple') && !type.endsWith(']')
      ? '{"name": …}'
      : many
        ? '[…]'
        : type === 'address'
          ? '0x…'
          : optional
            ? '0'
            : undefined;
  let control = (
    <Input
      className="mono"
      value={value}
      placeholder={hint}
      status={fault && 'error'}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
    />
  );
  if (type === 'bool')
    control = <Select value={value} onChange={onChange} options={['true', 'false'].map((each) => ({ value: each, label: each }))} />;
  else if (many) {
    control = (
      <Input.TextArea
        className="mono"
        value={value}
        placeholder={hint}
        status={fault && 'error'}
        autoSize={{ minRows: 1, maxRows: 8 }}
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is one of three
    <label className="field">
      <span className="mono">{harmless(label, 80)}</span>
      {control}
      {fault && (
        <span className="bad small" role="alert">
          {t(`rules.${fault}`)}
        </span>
      )}
    </label>
  );
}
