import { expect, it } from 'vitest';
import type { Chain, ChainDetail } from '../types';
import { addressOf, followCommand, gatewaySettings, hookCommand, quoted } from './commands';
import { familyOf, majorityOf, STEPS, statesOf } from './steps';

const HASH = { kind: 'BlockHash', root: '0x01', validFromHeight: 0, at: '' };
const HOOK = { ...HASH, kind: 'Contract' };
const chain = (status: string, others: object = {}) =>
  ({
    caip2: 'eip155:7',
    status,
    trustRoots: [],
    history: [],
    reviews: [],
    following: null,
    endpoint: 'http://10.0.0.1:8545',
    ...others,
  }) as unknown as ChainDetail;
const followed = (batches: number) => ({ trustRoots: [HASH], following: { batches } });

it('reads from the ledger alone how far a chain is', () => {
  const check = (given: ChainDetail | undefined, expected: string) => {
    const states = statesOf(given);
    expect(STEPS.map((step) => states[step]).join(' ')).toBe(expected);
  };
  check(undefined, 'now later later later later later');
  check(chain('Registered'), 'done now later later later optional');
  check(chain('Registered', { trustRoots: [HOOK] }), 'done now later later later done');
  check(chain('Registered', { trustRoots: [HASH] }), 'done done now later later optional');
  // Taken up before its root was said: both wait.
  check(chain('UnderReview'), 'done now now later later optional');
  check(chain('UnderReview', { trustRoots: [HASH] }), 'done done now later later optional');
  check(chain('Active'), 'done now done later later optional');
  check(chain('Active', { trustRoots: [HASH] }), 'done done done now later optional');
  check(chain('Active', followed(0)), 'done done done done now optional');
  check(chain('Active', followed(3)), 'done done done done done optional');
  check(chain('Frozen', followed(3)), 'done done done done done optional');
  check(chain('Rejected', { trustRoots: [HASH] }), 'done done refused over over over');
  check(chain('Rejected', { appealUntil: 'soon' }), 'done later refused later later later');
  check(chain('Cancelled', { ...followed(3), reviews: [{ approved: true }] }), 'done done done done done over');
  check(chain('Cancelled'), 'done over over over over over');
  check(chain('Registered', { caip2: 'cosmos:hub-4' }), 'done now later later later unfit');
});

it('knows the driver of a chain by its namespace', () => {
  for (const [caip2, family] of [
    ['eip155:1', 'evm'],
    ['cosmos:hub-4', 'cometbft'],
    ['fabric:trade', 'fabric'],
    ['bip122:000', 'none'],
    ['', 'none'],
  ] as const)
    expect(familyOf(caip2)).toBe(family);
});

it('asks for more than half of the gateways', () => {
  expect([1, 2, 3, 4, 16].map(majorityOf)).toEqual([1, 2, 2, 3, 9]);
});

it('gives a terminal one word for what strangers wrote, or a word to fill in', () => {
  for (const [text, expected] of [
    ['http://127.0.0.1:8545', 'http://127.0.0.1:8545'],
    ['Harbour Business', "'Harbour Business'"],
    ["it's; rm", "'it'\\''s; rm'"],
    ['$(reboot)', "'$(reboot)'"],
    ['', "''"],
  ] as const)
    expect(quoted(text)).toBe(expected);
  for (const [endpoint, expected] of [
    ['https://node.example/key?a=b', 'https://node.example/key?a=b'],
    ['10.0.0.1:8545', 'URL'],
    ['--out=/etc', 'URL'],
    ['http://a b', 'URL'],
    ['http://a\u202eb', 'URL'],
    ['http://a\nreboot', 'URL'],
  ] as const)
    expect(addressOf({ endpoint })).toBe(expected);
  const hostile = chain('Active', { endpoint: "http://a';reboot;'", operatorName: "O'Hara \u4e2d" });
  expect(hookCommand(hostile, true)).toContain("--url 'http://a'\\'';reboot;'\\'''");
  expect(followCommand(hostile, 7, 'Instant')).toContain("O'\\''Hara");
});

it('writes settings that one line cannot break', () => {
  const settings = gatewaySettings(chain('Active', { endpoint: 'http://a/"]#' }) as Chain, 'evm');
  expect(settings).toContain('urls = ["http://a/\\"]#"]');
  expect(settings).toContain('chain = "eip155:7"');
  expect(gatewaySettings(chain('Active', { caip2: 'fabric:trade' }) as Chain, 'fabric')).toContain('channel = "trade"');
});
