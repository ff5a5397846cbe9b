import { describe, expect, it } from 'vitest';
import vectors from '../../../../spec/vectors/system-contracts.json';
import en from '../../locales/en/governance.json';
import { ACTS, CONTRACTS, ENUMS, encodeAct, type Field, type Filled, scopeOf, subjectOf } from './acts';
import { SYSTEM_FUNCTIONS } from './functions';

const HASH = `0x${'ab'.repeat(32)}`;
const ACCOUNT = `0x${'cd'.repeat(20)}`;

/** Something that a person could have filled in. */
function sample(field: Field): unknown {
  if (field.initial !== undefined) return field.initial;
  switch (field.kind) {
    case 'enum':
      return field.choices?.[0];
    case 'number':
    case 'grant':
      return field.min ?? 1;
    case 'yesNo':
      return true;
    case 'account':
      return ACCOUNT;
    case 'subject':
    case 'identity':
      return `did:civitas:${'ab'.repeat(32)}`;
    case 'scope':
      return { kind: 'Ledger', value: 1337 };
    case 'time':
      return new Date(1_800_000_000_000);
    case 'permissions':
      return [{ target: CONTRACTS.Control, selector: '0x12345678', name: 'Control.freezeAccount' }];
    case 'members':
      return [{ key: HASH, role: 'Validator' }];
    case 'organisation':
    case 'node':
    case 'role':
    case 'chain':
      return HASH;
    default:
      return 'text';
  }
}

const functionsOf = (contract: string): Record<string, string> => {
  const found = vectors.find((each) => each.address.toLowerCase() === contract.toLowerCase());
  return Object.fromEntries(Object.entries(found?.functions ?? {})) as Record<string, string>;
};

describe('acts of proposals', () => {
  it.each(ACTS.map((act) => [act.key, act] as const))('%s is a function of its contract, and encodes', async (_, act) => {
    const filled: Filled = Object.fromEntries(act.fields.map((field) => [field.name, sample(field)]));
    const { target, data } = await encodeAct(act, filled);
    expect(target).toBe(CONTRACTS[act.contract]);
    expect(Object.values(functionsOf(target))).toContain(data.slice(0, 10));
  });

  it('have texts', () => {
    for (const act of ACTS) {
      expect(en.acts).toHaveProperty(act.key);
      for (const field of act.fields) expect(en.fields).toHaveProperty(field.name);
    }
  });
});

describe('functions of system contracts', () => {
  it('have the selectors of the frozen vectors', () => {
    for (const [contract, functions] of Object.entries(SYSTEM_FUNCTIONS)) {
      const known = Object.entries(functionsOf(CONTRACTS[contract as keyof typeof CONTRACTS]));
      for (const each of functions) {
        expect(known.some(([signature, selector]) => signature.startsWith(`${each.name}(`) && selector === each.selector)).toBe(true);
      }
    }
  });
});

describe('subjects and scopes', () => {
  it('pads accounts and takes identities as they are', () => {
    expect(subjectOf(ACCOUNT)).toBe(`0x${'0'.repeat(24)}${'cd'.repeat(20)}`);
    expect(subjectOf(`did:civitas:${'ab'.repeat(32)}`)).toBe(HASH);
  });
  it('writes scopes as the contract has them', () => {
    expect(scopeOf({ kind: 'City' })).toEqual({ kind: 0, value: `0x${'0'.repeat(64)}` });
    expect(scopeOf({ kind: 'Ledger', value: 1337 }).value).toBe(`0x${(1337).toString(16).padStart(64, '0')}`);
    expect(ENUMS.scopeKind[scopeOf({ kind: 'Organisation', value: HASH }).kind]).toBe('Organisation');
  });
});
