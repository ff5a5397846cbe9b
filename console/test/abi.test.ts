import { describe, expect, it } from 'vitest';
import { argumentOf, functionsOf, parametersOf } from '../src/pages/explorer/abi';

describe('what a person types', () => {
  const check = (type: string, text: string, expected: unknown) => expect(argumentOf({ name: '', type }, text)).toEqual(expected);
  const refuse = (type: string, text: string, rule: string) => expect(() => argumentOf({ name: '', type }, text)).toThrow(rule);
  it('becomes an argument, exact at any size', () => {
    const big = '115792089237316195423570985008687907853269984665640564039457584007913129639935';
    check('uint256', ` ${big} `, big);
    check('uint8', '0xff', '255');
    check('int256', '-5', '-5');
    check('bool', 'true', true);
    check('string', ' kept as typed ', ' kept as typed ');
    check('bytes', '0x', '0x');
    check('bytes4', '0x12345678', '0x12345678');
    check('uint256[]', `[1, ${big}]`, [1, big]);
    check('tuple', `{"amount": ${big}, "name": "a 12345678901234567890 b"}`, { amount: big, name: 'a 12345678901234567890 b' });
  });
  it('is refused with the rule that it breaks', () => {
    refuse('uint256', '1.5', 'number');
    refuse('uint256', '-1', 'number');
    refuse('uint256', '', 'number');
    refuse('address', '0x12', 'address');
    refuse('bytes4', '0x1234567', 'bytes');
    refuse('bytes4', '0x1234', 'bytes');
    refuse('bool', 'yes', 'bool');
    refuse('address[]', '0x12', 'json');
  });
});

describe('an ABI', () => {
  it('gives functions with their signatures', () => {
    const { reads, writes } = functionsOf([
      { type: 'function', name: 'a', stateMutability: 'view', inputs: [], outputs: [] },
      {
        type: 'function',
        name: 'b',
        stateMutability: 'payable',
        inputs: [
          {
            name: 'x',
            type: 'tuple[]',
            components: [
              { name: 'p', type: 'uint8' },
              { name: 'q', type: 'string' },
            ],
          },
        ],
      },
      { type: 'event', name: 'E' },
      null,
    ]);
    expect(reads.map((each) => each.signature)).toEqual(['a()']);
    expect(writes.map((each) => [each.signature, each.payable])).toEqual([['b((uint8,string)[])', true]]);
    expect(functionsOf('nonsense')).toEqual({ reads: [], writes: [] });
  });
  it('may be a signature alone', () => {
    expect(parametersOf('transfer(address,uint256)')?.map((each) => each.type)).toEqual(['address', 'uint256']);
    expect(parametersOf('f()')).toEqual([]);
    for (const bad of ['transfer', 'f(address', 'f(x)', 'f(address,)', 'f((uint8))']) expect(parametersOf(bad)).toBeUndefined();
  });
});
