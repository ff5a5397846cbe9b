/**
 * The usual changes that are proposed, as data: what they are called, what they ask for, and the call that they make.
 * The form of a proposal is drawn from this table, so that a further act is one more row.
 */

import type { Abi } from 'viem';

/** System contracts, at their fixed addresses. */
export const CONTRACTS = {
  Governance: '0x00000000000000000000000000000000c17a0001',
  Organisations: '0x00000000000000000000000000000000c17a0002',
  Roles: '0x00000000000000000000000000000000c17a0003',
  Identities: '0x00000000000000000000000000000000c17a0004',
  Nodes: '0x00000000000000000000000000000000c17a0005',
  Control: '0x00000000000000000000000000000000c17a0006',
  Chains: '0x00000000000000000000000000000000c17a0007',
  Ledgers: '0x00000000000000000000000000000000c17a0008',
  Offices: '0x00000000000000000000000000000000c17a0009',
  Audit: '0x00000000000000000000000000000000c17a000b',
  Anchors: '0x00000000000000000000000000000000c17a000c',
} as const;

export type ContractName = keyof typeof CONTRACTS;

/** Names of the enumerations of the contracts, in the order of their numbers. */
export const ENUMS = {
  organisationKind: ['None', 'Governance', 'Business', 'Provider', 'Supporter'],
  organisationStatus: ['None', 'Active', 'Suspended', 'Left'],
  nodeRole: ['None', 'Observer', 'Validator', 'Standby', 'Light'],
  proposalKind: ['Membership', 'Validators', 'Parameters', 'Roles', 'Control', 'Chains', 'Ledgers', 'Rules'],
  scopeKind: ['City', 'Ledger', 'Contract', 'Organisation', 'Grade'],
  engine: ['Simplex', 'Solo'],
  stateCommitment: ['Qmdb', 'Mpt'],
  access: ['City', 'Role'],
  chainKind: ['Native', 'Evm', 'Fabric', 'CometBft', 'Other'],
  identityKind: ['None', 'Person', 'Organisation', 'Node', 'Thing'],
  rootKind: ['BlockHash', 'ValidatorSet', 'Certificate', 'Contract', 'Other'],
} as const;

export type EnumName = keyof typeof ENUMS;

/** The number of a name of an enumeration. */
export function enumNumber(name: EnumName, value: string): number {
  return (ENUMS[name] as readonly string[]).indexOf(value);
}

export type FieldKind =
  | 'text'
  | 'reason'
  | 'number'
  | 'percent'
  | 'duration'
  | 'yesNo'
  | 'account'
  | 'subject'
  | 'time'
  | 'organisation'
  | 'voter'
  | 'node'
  | 'role'
  | 'chain'
  | 'ledger'
  | 'identity'
  | 'grant'
  | 'scope'
  | 'hash'
  | 'bytes'
  | 'permissions'
  | 'members'
  | 'enum';

export interface Field {
  name: string;
  kind: FieldKind;
  /** The choices of a field of kind `enum`, and the ids of the organisations that one of kind `organisation` or `voter` offers. */
  choices?: readonly string[];
  enumName?: EnumName;
  initial?: unknown;
  min?: number;
  max?: number;
  optional?: boolean;
}

/** What a form holds: the names of the fields, with what was filled in. */
// biome-ignore lint/suspicious/noExplicitAny: each field has a value of its own kind
export type Filled = Record<string, any>;

export interface Act {
  key: string;
  /** Under which heading the act is offered. */
  group: 'members' | 'roles' | 'rules' | 'control' | 'chains' | 'ledgers';
  contract: ContractName;
  /** The function, in Solidity. */
  signature: string;
  fields: Field[];
  /** Arguments out of what was filled in. */
  values: (filled: Filled) => unknown[];
}

const ZERO_HASH = `0x${'0'.repeat(64)}`;
const KINDS = ENUMS.organisationKind.slice(1);
const reason: Field = { name: 'reason', kind: 'reason' };

export function secondsOf(value: unknown): bigint {
  if (!value) return 0n;
  const date = value as { valueOf(): number };
  return BigInt(Math.floor(date.valueOf() / 1000));
}

/** An account as a subject of 32 bytes, an identity as its id. */
export function subjectOf(text: string): string {
  const plain = text.trim().replace(/^did:civitas:/, '0x');
  return plain.length === 42 ? `0x${'0'.repeat(24)}${plain.slice(2)}` : plain;
}

/** A scope as the contract has it. */
export function scopeOf(filled: { kind: string; value?: string | number }): { kind: number; value: string } {
  const kind = enumNumber('scopeKind', filled.kind);
  const value = filled.value ?? '';
  switch (filled.kind) {
    case 'Ledger':
    case 'Grade':
      return { kind, value: `0x${BigInt(value).toString(16).padStart(64, '0')}` };
    case 'Contract':
      return { kind, value: subjectOf(String(value)) };
    case 'Organisation':
      return { kind, value: String(value) };
    default:
      return { kind, value: ZERO_HASH };
  }
}

const one = (name: string) => (filled: Filled) => [filled[name]];
const withReason = (name: string) => (filled: Filled) => [filled[name], filled.reason];

export const ACTS: Act[] = [
  {
    key: 'organisationJoin',
    group: 'members',
    contract: 'Organisations',
    signature: 'function join(string name, uint8 kind, uint8 level, bool voting)',
    fields: [
      { name: 'organisationName', kind: 'text', max: 64 },
      { name: 'organisationKind', kind: 'enum', choices: KINDS, enumName: 'organisationKind', initial: 'Business' },
      { name: 'level', kind: 'number', min: 0, max: 100, initial: 10 },
      { name: 'voting', kind: 'yesNo', initial: false },
    ],
    values: (f) => [f.organisationName, enumNumber('organisationKind', f.organisationKind), f.level, f.voting],
  },
  {
    key: 'organisationChange',
    group: 'members',
    contract: 'Organisations',
    signature: 'function change(bytes32 id, uint8 kind, uint8 level, bool voting)',
    fields: [
      { name: 'organisation', kind: 'organisation' },
      { name: 'organisationKind', kind: 'enum', choices: KINDS, enumName: 'organisationKind' },
      { name: 'level', kind: 'number', min: 0, max: 100, initial: 10 },
      { name: 'voting', kind: 'yesNo', initial: false },
    ],
    values: (f) => [f.organisation, enumNumber('organisationKind', f.organisationKind), f.level, f.voting],
  },
  {
    key: 'organisationStatus',
    group: 'members',
    contract: 'Organisations',
    signature: 'function setStatus(bytes32 id, uint8 status)',
    fields: [
      { name: 'organisation', kind: 'organisation' },
      { name: 'organisationStatus', kind: 'enum', choices: ENUMS.organisationStatus.slice(1), enumName: 'organisationStatus' },
    ],
    values: (f) => [f.organisation, enumNumber('organisationStatus', f.organisationStatus)],
  },
  {
    key: 'nodeAdmit',
    group: 'members',
    contract: 'Nodes',
    signature: 'function admit(bytes32 key, uint8 role)',
    fields: [
      { name: 'node', kind: 'node' },
      { name: 'nodeRole', kind: 'enum', choices: ['Observer', 'Standby', 'Light'], enumName: 'nodeRole', initial: 'Observer' },
    ],
    values: (f) => [f.node, enumNumber('nodeRole', f.nodeRole)],
  },
  {
    key: 'nodeRole',
    group: 'members',
    contract: 'Nodes',
    signature: 'function setRole(bytes32 key, uint8 role)',
    fields: [
      { name: 'node', kind: 'node' },
      { name: 'nodeRole', kind: 'enum', choices: ENUMS.nodeRole.slice(1), enumName: 'nodeRole', initial: 'Validator' },
    ],
    values: (f) => [f.node, enumNumber('nodeRole', f.nodeRole)],
  },
  {
    key: 'nodeSuspend',
    group: 'members',
    contract: 'Nodes',
    signature: 'function suspend(bytes32 key)',
    fields: [{ name: 'node', kind: 'node' }],
    values: one('node'),
  },
  {
    key: 'validatorSuspend',
    group: 'members',
    contract: 'Nodes',
    signature: 'function suspendValidator(bytes32 key)',
    fields: [{ name: 'node', kind: 'node' }],
    values: one('node'),
  },
  {
    key: 'nodeReactivate',
    group: 'members',
    contract: 'Nodes',
    signature: 'function reactivate(bytes32 key)',
    fields: [{ name: 'node', kind: 'node' }],
    values: one('node'),
  },
  {
    key: 'nodeRevoke',
    group: 'members',
    contract: 'Nodes',
    signature: 'function revoke(bytes32 key)',
    fields: [{ name: 'node', kind: 'node' }],
    values: one('node'),
  },
  {
    key: 'roleDefine',
    group: 'roles',
    contract: 'Roles',
    signature:
      'function defineRole(string name, uint8 level, bool consequential, (uint8 action, address target, bytes4 selector)[] permissions, bytes32[] excludes)',
    fields: [
      { name: 'roleName', kind: 'text', max: 64 },
      { name: 'level', kind: 'number', min: 0, max: 100, initial: 10 },
      { name: 'consequential', kind: 'yesNo', initial: false },
      { name: 'permissions', kind: 'permissions' },
    ],
    values: (f) => [
      f.roleName,
      f.level,
      f.consequential,
      f.permissions.map((p: { target: string; selector: string }) => ({ action: 0, target: p.target, selector: p.selector })),
      [],
    ],
  },
  {
    key: 'roleGrant',
    group: 'roles',
    contract: 'Roles',
    signature: 'function grant(bytes32 role, bytes32 subject, (uint8 kind, bytes32 value) scope, uint64 expiry, bool delegable)',
    fields: [
      { name: 'role', kind: 'role' },
      { name: 'subject', kind: 'subject' },
      { name: 'scope', kind: 'scope' },
      { name: 'expiry', kind: 'time', optional: true },
      { name: 'delegable', kind: 'yesNo', initial: false },
    ],
    values: (f) => [f.role, subjectOf(f.subject), scopeOf(f.scope), secondsOf(f.expiry), f.delegable],
  },
  {
    key: 'roleRevoke',
    group: 'roles',
    contract: 'Roles',
    signature: 'function revoke(uint64 id)',
    fields: [{ name: 'grant', kind: 'grant', min: 1 }],
    values: (f) => [BigInt(f.grant)],
  },
  {
    key: 'roleRetire',
    group: 'roles',
    contract: 'Roles',
    signature: 'function retireRole(bytes32 role)',
    fields: [{ name: 'role', kind: 'role' }],
    values: one('role'),
  },
  {
    key: 'officeThreshold',
    group: 'roles',
    contract: 'Offices',
    signature: 'function setThreshold(uint8 threshold)',
    fields: [{ name: 'threshold', kind: 'number', min: 2, max: 16, initial: 2 }],
    values: one('threshold'),
  },
  {
    key: 'ruleSet',
    group: 'rules',
    contract: 'Governance',
    signature:
      'function setRule(uint8 kind, (uint8 approvalPercent, uint8 approvalsMin, uint64 votingSeconds, uint64 timelockSeconds) rule)',
    fields: [
      { name: 'proposalKind', kind: 'enum', choices: ENUMS.proposalKind, enumName: 'proposalKind', initial: 'Membership' },
      { name: 'approvalPercent', kind: 'percent', min: 1, max: 100, initial: 60 },
      { name: 'approvalsMin', kind: 'number', min: 1, max: 255, initial: 2 },
      { name: 'votingSeconds', kind: 'duration', initial: 259_200 },
      { name: 'timelockSeconds', kind: 'duration', initial: 86_400 },
    ],
    values: (f) => [
      enumNumber('proposalKind', f.proposalKind),
      {
        approvalPercent: f.approvalPercent,
        approvalsMin: f.approvalsMin,
        votingSeconds: BigInt(f.votingSeconds),
        timelockSeconds: BigInt(f.timelockSeconds),
      },
    ],
  },
  {
    key: 'policySet',
    group: 'rules',
    contract: 'Control',
    signature: 'function setPolicy((bool deploymentRestricted, bool identityRequired, uint64 defaultQuota, uint64 periodSeconds) policy)',
    fields: [
      { name: 'deploymentRestricted', kind: 'yesNo', initial: false },
      { name: 'identityRequired', kind: 'yesNo', initial: false },
      { name: 'defaultQuota', kind: 'number', min: 0, initial: 0 },
      { name: 'periodSeconds', kind: 'duration', initial: 86_400 },
    ],
    values: (f) => [
      {
        deploymentRestricted: f.deploymentRestricted,
        identityRequired: f.identityRequired,
        defaultQuota: BigInt(f.defaultQuota),
        periodSeconds: BigInt(f.periodSeconds),
      },
    ],
  },
  {
    key: 'accountFreeze',
    group: 'control',
    contract: 'Control',
    signature: 'function freezeAccount(address account, string reason)',
    fields: [{ name: 'account', kind: 'account' }, reason],
    values: withReason('account'),
  },
  {
    key: 'accountUnfreeze',
    group: 'control',
    contract: 'Control',
    signature: 'function unfreezeAccount(address account)',
    fields: [{ name: 'account', kind: 'account' }],
    values: one('account'),
  },
  {
    key: 'accountCancel',
    group: 'control',
    contract: 'Control',
    signature: 'function cancelAccount(address account)',
    fields: [{ name: 'account', kind: 'account' }],
    values: one('account'),
  },
  {
    key: 'contractFreeze',
    group: 'control',
    contract: 'Control',
    signature: 'function freezeContract(address target, string reason)',
    fields: [{ name: 'contract', kind: 'account' }, reason],
    values: withReason('contract'),
  },
  {
    key: 'contractUnfreeze',
    group: 'control',
    contract: 'Control',
    signature: 'function unfreezeContract(address target)',
    fields: [{ name: 'contract', kind: 'account' }],
    values: one('contract'),
  },
  {
    key: 'quotaSet',
    group: 'control',
    contract: 'Control',
    signature: 'function setQuota(bytes32 subject, uint64 gasPerPeriod)',
    fields: [
      { name: 'subject', kind: 'subject' },
      { name: 'gasPerPeriod', kind: 'number', min: 0, initial: 50_000_000 },
    ],
    values: (f) => [subjectOf(f.subject), BigInt(f.gasPerPeriod)],
  },
  {
    key: 'identityFreeze',
    group: 'control',
    contract: 'Identities',
    signature: 'function freeze(bytes32 id, string reason)',
    fields: [{ name: 'identity', kind: 'identity' }, reason],
    values: (f) => [subjectOf(f.identity), f.reason],
  },
  {
    key: 'identityCancel',
    group: 'control',
    contract: 'Identities',
    signature: 'function cancel(bytes32 id, string reason)',
    fields: [{ name: 'identity', kind: 'identity' }, reason],
    values: (f) => [subjectOf(f.identity), f.reason],
  },
  {
    key: 'chainDecide',
    group: 'chains',
    contract: 'Chains',
    signature: 'function decide(bytes32 id, bool approve, bytes32 evidence, string reason)',
    fields: [{ name: 'chain', kind: 'chain' }, { name: 'approve', kind: 'yesNo', initial: true }, reason],
    values: (f) => [f.chain, f.approve, ZERO_HASH, f.reason],
  },
  {
    key: 'chainFreeze',
    group: 'chains',
    contract: 'Chains',
    signature: 'function freeze(bytes32 id, string reason)',
    fields: [{ name: 'chain', kind: 'chain' }, reason],
    values: withReason('chain'),
  },
  {
    key: 'chainUnfreeze',
    group: 'chains',
    contract: 'Chains',
    signature: 'function unfreeze(bytes32 id, string reason)',
    fields: [{ name: 'chain', kind: 'chain' }, reason],
    values: withReason('chain'),
  },
  {
    key: 'chainCancel',
    group: 'chains',
    contract: 'Chains',
    signature: 'function cancel(bytes32 id, string reason)',
    fields: [{ name: 'chain', kind: 'chain' }, reason],
    values: withReason('chain'),
  },
  {
    key: 'ledgerCreate',
    group: 'ledgers',
    contract: 'Ledgers',
    signature:
      'function create(string name, uint64 chainId, (uint8 ordering, uint8 stateCommitment, uint64 blockGasMax, uint32 payloadBytesMax, uint32 payloadTransactionsMax, uint32 transactionBytesMax, uint64 baseFee, uint64 blockIntervalMs, uint64 heartbeatMs, uint64 leaderTimeoutMs, uint64 epochBlocks) parameters, uint8 access, bytes32 genesisHash, (bytes32 key, uint8 role)[] members)',
    fields: [
      { name: 'ledgerName', kind: 'text', max: 32 },
      { name: 'chainId', kind: 'number', min: 2, initial: 424_242 },
      { name: 'members', kind: 'members' },
      { name: 'access', kind: 'enum', choices: ENUMS.access, enumName: 'access', initial: 'City' },
      { name: 'engine', kind: 'enum', choices: ENUMS.engine, enumName: 'engine', initial: 'Simplex' },
      { name: 'blockIntervalMs', kind: 'number', min: 1, initial: 100 },
      { name: 'heartbeatMs', kind: 'number', min: 1, initial: 1000 },
      { name: 'blockGasMax', kind: 'number', min: 1_000_000, initial: 60_000_000 },
    ],
    values: (f) => [
      f.ledgerName,
      BigInt(f.chainId),
      {
        ordering: enumNumber('engine', f.engine),
        stateCommitment: 0,
        blockGasMax: BigInt(f.blockGasMax),
        payloadBytesMax: 1_048_576,
        payloadTransactionsMax: 1000,
        transactionBytesMax: 65_536,
        baseFee: 0n,
        blockIntervalMs: BigInt(f.blockIntervalMs),
        heartbeatMs: BigInt(f.heartbeatMs),
        leaderTimeoutMs: BigInt(Math.max(1500, f.heartbeatMs + 500)),
        epochBlocks: 20n,
      },
      enumNumber('access', f.access),
      ZERO_HASH,
      f.members.map((member: { key: string; role: string }) => ({ key: member.key, role: enumNumber('nodeRole', member.role) })),
    ],
  },
  {
    key: 'ledgerMembers',
    group: 'ledgers',
    contract: 'Ledgers',
    signature: 'function changeMembers(string name, (bytes32 key, uint8 role)[] members)',
    fields: [
      { name: 'ledger', kind: 'ledger' },
      { name: 'members', kind: 'members' },
    ],
    values: (f) => [
      f.ledger,
      f.members.map((member: { key: string; role: string }) => ({ key: member.key, role: enumNumber('nodeRole', member.role) })),
    ],
  },
  {
    key: 'ledgerAdjust',
    group: 'ledgers',
    contract: 'Ledgers',
    signature: 'function adjust(uint64 chainId, (uint64 blockGasMax, uint64 blockIntervalMs, uint64 heartbeatMs) adjustment)',
    fields: [
      { name: 'chainId', kind: 'number', min: 2 },
      { name: 'blockGasMax', kind: 'number', min: 1_000_000, initial: 60_000_000 },
      { name: 'blockIntervalMs', kind: 'number', min: 1, initial: 100 },
      { name: 'heartbeatMs', kind: 'number', min: 1, initial: 1000 },
    ],
    values: (f) => [
      BigInt(f.chainId),
      { blockGasMax: BigInt(f.blockGasMax), blockIntervalMs: BigInt(f.blockIntervalMs), heartbeatMs: BigInt(f.heartbeatMs) },
    ],
  },
  {
    key: 'ledgerFreeze',
    group: 'ledgers',
    contract: 'Ledgers',
    signature: 'function freeze(string name, string reason)',
    fields: [{ name: 'ledger', kind: 'ledger' }, reason],
    values: withReason('ledger'),
  },
  {
    key: 'ledgerUnfreeze',
    group: 'ledgers',
    contract: 'Ledgers',
    signature: 'function unfreeze(string name, string reason)',
    fields: [{ name: 'ledger', kind: 'ledger' }, reason],
    values: withReason('ledger'),
  },
  {
    key: 'ledgerClose',
    group: 'ledgers',
    contract: 'Ledgers',
    signature: 'function close(string name, string reason)',
    fields: [{ name: 'ledger', kind: 'ledger' }, reason],
    values: withReason('ledger'),
  },
];

/** The calls that Governance makes when the proposal is executed. The encoder is loaded when the first proposal is made. */
export async function encodeAct(act: Act, filled: Filled): Promise<{ target: string; data: string }> {
  const { encodeFunctionData, parseAbi } = await import('viem');
  const data = encodeFunctionData({ abi: parseAbi([act.signature]) as Abi, args: act.values(filled) });
  return { target: CONTRACTS[act.contract], data };
}
