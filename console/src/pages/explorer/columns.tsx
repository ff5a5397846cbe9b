import type { TFunction } from 'i18next';
import { Link } from 'react-router';
import type {
  AccountSummary,
  Balance,
  BlockSummary,
  ContractSummary,
  Holder,
  LedgerEvent,
  Token,
  TokenBrief,
  TransactionSummary,
  Transfer,
} from '../../api/types';
import { Amount, Count } from '../../components/Amount';
import type { Columns } from '../../components/DataTable';
import { Address, Hash } from '../../components/Hash';
import { StatusTag } from '../../components/StatusTag';
import { Time } from '../../components/Time';
import { harmless, Untrusted } from '../../components/Untrusted';
import { Value } from '../../components/Value';

type Text = TFunction<'explorer'>;
const place = (ledger: string, rest: string) => `/explorer/${encodeURIComponent(ledger)}/${rest}`;

export function BlockLink({ ledger, height }: { ledger: string; height: number }) {
  return (
    <Link to={place(ledger, `blocks/${height}`)} className="number">
      <Count value={height} />
    </Link>
  );
}

/** The name of a method, or its first four bytes. */
export function Method({ name, selector }: { name?: string | null; selector?: string | null }) {
  if (!name && !selector) return <span className="faint">–</span>;
  return <span className="method mono">{name ? harmless(name, 32) : selector}</span>;
}

export const blockColumns = (t: Text, ledger: string): Columns<BlockSummary> => [
  { title: t('height'), render: (_, block) => <BlockLink ledger={ledger} height={block.height} /> },
  { title: t('time'), render: (_, block) => <Time value={block.at} /> },
  { title: t('transactions'), align: 'right', render: (_, block) => <Count value={block.transactions} /> },
  {
    title: t('gasUsed'),
    render: (_, block) => (block.gasLimit > 0 ? <Share part={block.gasUsed} whole={block.gasLimit} /> : <span className="faint">–</span>),
    responsive: ['md'],
  },
  {
    title: t('proposer'),
    render: (_, block) =>
      block.proposer ? <Untrusted text={block.proposer} characters={24} /> : <Address value={block.beneficiary} copy={false} />,
    responsive: ['sm'],
  },
  { title: t('hash'), render: (_, block) => <Hash value={block.hash} kind="block" ledger={ledger} />, responsive: ['md'] },
];

/** A part of a whole as a bar with its percentage. */
export function Share({ part, whole }: { part: number; whole: number }) {
  const percent = whole > 0 ? (part / whole) * 100 : 0;
  return (
    <span className="share">
      <i>
        <b style={{ width: `${Math.min(100, percent)}%` }} />
      </i>
      <span className="number">{percent === 0 ? '0' : percent < 0.01 ? '<0.01' : percent.toFixed(percent < 10 ? 2 : 1)}%</span>
    </span>
  );
}

export const transactionColumns = (t: Text, ledger: string, without: 'block'[] = []): Columns<TransactionSummary> => [
  { title: t('hash'), render: (_, one) => <Hash value={one.hash} kind="transaction" ledger={ledger} /> },
  {
    title: t('method'),
    render: (_, one) =>
      one.contractCreated ? <span className="method">{t('deployment')}</span> : <Method name={one.method} selector={one.selector} />,
  },
  ...(without.includes('block')
    ? []
    : [{ title: t('block'), render: (_: unknown, one: TransactionSummary) => <BlockLink ledger={ledger} height={one.block} /> }]),
  { title: t('time'), render: (_, one) => <Time value={one.at} /> },
  { title: t('from'), render: (_, one) => <Address value={one.from} name={one.fromName} ledger={ledger} copy={false} /> },
  {
    title: t('to'),
    render: (_, one) =>
      one.contractCreated ? (
        <Address value={one.contractCreated} contract ledger={ledger} copy={false} />
      ) : (
        <Address value={one.to} name={one.toName} ledger={ledger} contract={Boolean(one.selector)} copy={false} />
      ),
  },
  { title: t('value'), align: 'right', render: (_, one) => <Amount value={one.value} />, responsive: ['md'] },
  { title: t('status'), render: (_, one) => <StatusTag value={one.status} /> },
];

export const eventColumns = (t: Text, ledger: string, withContract = true): Columns<LedgerEvent> => [
  { title: t('event'), render: (_, event) => <Method name={event.name} selector={event.topics[0]?.slice(0, 10)} /> },
  ...(withContract
    ? [
        {
          title: t('contract'),
          render: (_: unknown, event: LedgerEvent) => (
            <Address value={event.address} name={event.contractName} contract ledger={ledger} copy={false} />
          ),
        },
      ]
    : []),
  {
    title: t('arguments'),
    render: (_, event) => (
      <span className="inline-values">
        {event.arguments.slice(0, 4).map((argument) => (
          <span key={argument.name}>
            <small className="faint">{harmless(argument.name, 20)}</small>{' '}
            <Value
              type={argument.type}
              brief
              value={typeof argument.value === 'object' ? JSON.stringify(argument.value) : argument.value}
              ledger={ledger}
            />
          </span>
        ))}
      </span>
    ),
  },
  { title: t('block'), render: (_, event) => <BlockLink ledger={ledger} height={event.block} /> },
  { title: t('transaction'), render: (_, event) => <Hash value={event.transaction} kind="transaction" ledger={ledger} copy={false} /> },
];

/** A token by its symbol; both name and symbol are text of strangers. */
export function TokenLink({ token, ledger }: { token: TokenBrief; ledger: string }) {
  return (
    <Link to={place(ledger, `tokens/${token.address}`)} title={token.address}>
      <Untrusted text={token.symbol || token.name || `${token.address.slice(0, 8)}…`} characters={16} />
    </Link>
  );
}

/** How much of which token, or which one. */
export function TokenAmount({
  amount,
  token,
  tokenId,
  ledger,
}: {
  amount: string;
  token: TokenBrief;
  tokenId?: string | null;
  ledger: string;
}) {
  const one = token.kind === 'erc721';
  return (
    <span className="nowrap">
      {!one && <Amount value={amount} decimals={token.decimals ?? 0} />} <TokenLink token={token} ledger={ledger} />
      {tokenId && <span className="number faint"> #{tokenId.length > 12 ? `${tokenId.slice(0, 8)}…` : tokenId}</span>}
    </span>
  );
}

export const transferColumns = (t: Text, ledger: string): Columns<Transfer> => [
  { title: t('transaction'), render: (_, one) => <Hash value={one.transaction} kind="transaction" ledger={ledger} /> },
  { title: t('time'), render: (_, one) => <Time value={one.at} /> },
  { title: t('from'), render: (_, one) => <Party address={one.from} name={one.fromName} none={t('minted')} ledger={ledger} /> },
  { title: t('to'), render: (_, one) => <Party address={one.to} name={one.toName} none={t('burnt')} ledger={ledger} /> },
  {
    title: t('amount'),
    align: 'right',
    render: (_, one) => <TokenAmount amount={one.amount} token={one.token} tokenId={one.tokenId} ledger={ledger} />,
  },
];

/** Who gave or got; the zero address stands for creation and destruction. */
export function Party({ address, name, none, ledger }: { address: string; name?: string | null; none: string; ledger: string }) {
  if (/^0x0{40}$/.test(address)) return <span className="method">{none}</span>;
  return <Address value={address} name={name} ledger={ledger} copy={false} />;
}

export const accountColumns = (t: Text, ledger: string): Columns<AccountSummary> => [
  {
    title: t('address'),
    render: (_, one) => <Address value={one.address} name={one.name} contract={one.kind !== 'account'} ledger={ledger} />,
  },
  { title: t('kind'), render: (_, one) => t(`kinds.${one.kind}`, { defaultValue: one.kind }) },
  { title: t('transactions'), align: 'right', render: (_, one) => <Count value={one.transactions} /> },
  { title: t('firstSeen'), align: 'right', render: (_, one) => <Count value={one.firstSeen} />, responsive: ['sm'] },
  { title: t('lastSeen'), align: 'right', render: (_, one) => <Count value={one.lastSeen} />, responsive: ['sm'] },
];

export const contractColumns = (t: Text, ledger: string): Columns<ContractSummary> => [
  { title: t('address'), render: (_, one) => <Address value={one.address} name={one.name} contract ledger={ledger} /> },
  { title: t('kind'), render: (_, one) => t(`kinds.${one.kind}`, { defaultValue: one.kind }) },
  { title: t('creator'), render: (_, one) => <Address value={one.creator} ledger={ledger} copy={false} /> },
  {
    title: t('createdAt'),
    align: 'right',
    render: (_, one) =>
      one.createdAt === null || one.createdAt === undefined ? '–' : <BlockLink ledger={ledger} height={one.createdAt} />,
  },
  {
    title: t('abi'),
    render: (_, one) => (one.abiKnown ? <StatusTag value="verified" /> : <span className="faint">{t('abiUnknown')}</span>),
  },
];

export const tokenColumns = (t: Text, ledger: string): Columns<Token> => [
  {
    title: t('token'),
    render: (_, one) => (
      <Link to={place(ledger, `tokens/${one.address}`)}>
        <Untrusted text={one.name || one.address} characters={40} />
      </Link>
    ),
  },
  { title: t('symbol'), render: (_, one) => <Untrusted text={one.symbol} characters={16} /> },
  { title: t('standard'), render: (_, one) => t(`standards.${one.kind}`, { defaultValue: one.kind }) },
  { title: t('supply'), align: 'right', render: (_, one) => <Amount value={one.totalSupply} decimals={one.decimals ?? 0} /> },
  { title: t('holders'), align: 'right', render: (_, one) => <Count value={one.holders} /> },
  { title: t('transfers'), align: 'right', render: (_, one) => <Count value={one.transfers} /> },
];

export const holderColumns = (t: Text, ledger: string, token: Token): Columns<Holder> => [
  { title: t('account'), render: (_, one) => <Address value={one.account} name={one.name} ledger={ledger} /> },
  ...(token.kind === 'erc20'
    ? []
    : [{ title: t('tokenId'), render: (_: unknown, one: Holder) => <span className="number">{one.tokenId ?? '–'}</span> }]),
  { title: t('amount'), align: 'right', render: (_, one) => <Amount value={one.amount} decimals={token.decimals ?? 0} /> },
  ...(token.kind === 'erc20' && token.totalSupply && token.totalSupply !== '0'
    ? [
        {
          title: t('share'),
          render: (_: unknown, one: Holder) => (
            <Share part={Number((BigInt(one.amount) * 1_000_000n) / BigInt(token.totalSupply!))} whole={1_000_000} />
          ),
        },
      ]
    : []),
];

export const balanceColumns = (t: Text, ledger: string): Columns<Balance> => [
  { title: t('token'), render: (_, one) => <TokenLink token={one.token} ledger={ledger} /> },
  { title: t('name'), render: (_, one) => <Untrusted text={one.token.name} characters={40} /> },
  { title: t('standard'), render: (_, one) => t(`standards.${one.token.kind}`, { defaultValue: one.token.kind }) },
  { title: t('tokenId'), render: (_, one) => <span className="number">{one.tokenId ?? '–'}</span> },
  { title: t('amount'), align: 'right', render: (_, one) => <Amount value={one.amount} decimals={one.token.decimals ?? 0} /> },
];
