/** Small parts that all pages of cases share. */
import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Address } from '../../components/Hash';
import { Identity } from '../../components/Identity';
import { StatusTag, type Tone } from '../../components/StatusTag';
import { Untrusted } from '../../components/Untrusted';
import { bytesOf, type CaseChain, type CaseCommand, type CaseState, type CommandState } from './types';

const CASE_TONES: Record<CaseState, Tone> = { open: 'busy', closed: 'quiet' };
const COMMAND_TONES: Record<CommandState, Tone> = { ordered: 'warn', inForce: 'busy', done: 'good', overdue: 'bad', withdrawn: 'quiet' };

export function CaseStateTag({ value }: { value: CaseState }) {
  const { t } = useTranslation('cases');
  return <StatusTag value={value} tone={CASE_TONES[value]} label={t(`states.${value}`)} />;
}

export function CommandStateTag({ value }: { value: CommandState }) {
  const { t } = useTranslation('cases');
  return <StatusTag value={value} tone={COMMAND_TONES[value]} label={t(`commandStates.${value}`)} />;
}

const ACCOUNT = /^(.+):(0x[0-9a-fA-F]{40})$/;

/** Whom a case is about: an identity, an account of a chain (CAIP-10), or a chain (CAIP-2). */
export function CaseSubject({ value, here }: { value: string; here?: string }) {
  if (value.startsWith('did:civitas:')) return <Identity did={value} />;
  const [, chain = '', address] = ACCOUNT.exec(value) ?? [];
  if (address)
    return (
      <span className="address">
        <Address value={address} ledger={chain === here ? 'main' : chain} />
        {chain !== here && (
          <span className="faint small">
            <Untrusted text={chain} characters={32} />
          </span>
        )}
      </span>
    );
  return <Untrusted text={value} characters={64} />;
}

export function ChainName({ chain }: { chain: CaseChain }) {
  const { t } = useTranslation('cases');
  if (chain.isMain) return <>{t('mainLedger')}</>;
  return (
    <Link to={chain.isPartition ? `/ledgers/${encodeURIComponent(chain.name)}` : `/chains/${encodeURIComponent(chain.id)}`}>
      <Untrusted text={chain.name} characters={32} />
    </Link>
  );
}

/** What a command is about: the whole chain, somebody, or something on it. */
export function CommandTarget({ command }: { command: CaseCommand }) {
  const { target, chain } = command;
  if (!target) return <ChainName chain={chain} />;
  if (target.startsWith('did:civitas:')) return <Identity did={target} />;
  if (!/^0x[0-9a-fA-F]{40}$/.test(target)) return <Untrusted text={target} characters={48} />;
  return <Address value={target} ledger={chain.isMain ? 'main' : chain.caip2} contract={command.action.endsWith('Contract')} />;
}

interface WordsItemProps {
  name: string;
  label: string;
  bytes: number;
  hint?: string;
  rows?: number;
}

/** A text of a form, bounded as the contract bounds it: in bytes. */
export function WordsItem({ name, label, bytes, hint, rows = 1 }: WordsItemProps) {
  const { t } = useTranslation('cases');
  return (
    <Form.Item
      name={name}
      label={label}
      extra={hint}
      required
      rules={[
        { required: true, whitespace: true, message: t('form.needed') },
        {
          validator: (_, value?: string) =>
            bytesOf(value ?? '') > bytes ? Promise.reject(new Error(t('form.tooLong', { bytes }))) : Promise.resolve(),
        },
      ]}
    >
      {rows > 1 ? <Input.TextArea autoSize={{ minRows: rows, maxRows: 12 }} /> : <Input />}
    </Form.Item>
  );
}
