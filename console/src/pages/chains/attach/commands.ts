/** The commands that do the same as the page, and the settings of a gateway: ready for a terminal, whatever strangers wrote into a registration. */
import { harmless } from '../../../components/Untrusted';
import type { Chain } from '../types';
import type { Family } from './steps';

/** A word of a shell. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9\-_./:=@]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

// Visible characters only: nothing in it can hide, or reorder what stands beside it.
const ADDRESS = /^(https?|wss?|grpcs?):\/\/[\x21-\x7e]+$/;

/** The interface of a chain as an address; `URL`, to be filled in, if the registration has none that can be typed. */
export const addressOf = ({ endpoint }: Pick<Chain, 'endpoint'>) => (ADDRESS.test(endpoint) ? endpoint : 'URL');

export const attachCommand = 'civitas chain attach URL --name NAME --operator ORGANISATION --purpose PURPOSE --contact CONTACT --key KEY';

/** What prints a block to begin with, and its hash. */
export function inspectCommand(chain: Chain, family: Family, report = false): string {
  if (family === 'fabric') return 'civitas gateway config-block FILE';
  return `civitas chain inspect ${quoted(addressOf(chain))}${report ? ' --report inspection.json' : ''}`;
}

/** How a command is sent: by who may, or as a proposal of the members of the city. */
const sent = (proposal: boolean) => `${proposal ? '--propose TITLE --as ORGANISATION ' : ''}--key KEY`;

export const rootCommand = ({ caip2 }: Chain, proposal = false) =>
  `civitas chain addTrustRoot ${quoted(caip2)} BlockHash HASH HEIGHT ${sent(proposal)}`;

export const startCommand = ({ caip2 }: Chain, proposal = false) => `civitas chain startReview ${quoted(caip2)} ${sent(proposal)}`;

export const decideCommand = ({ caip2 }: Chain, proposal = false) =>
  `civitas chain decide ${quoted(caip2)} yes HASH REASON ${sent(proposal)}`;

export function followCommand({ caip2, operator, operatorName }: Chain, height: number | string, finality: string): string {
  // An organisation goes by its name, or by its id where the name hides something.
  const organisation = operatorName && harmless(operatorName) === operatorName ? operatorName : operator;
  const terms = {
    finality,
    depth: finality === 'Depth' ? 12 : 0,
    batchBlocks: 8,
    threshold: 1,
    gateways: [{ account: 'ACCOUNT', organisation }],
  };
  return `civitas anchor follow ${quoted(caip2)} ${height} ${quoted(JSON.stringify(terms))} --key KEY`;
}

export const hookCommand = (chain: Chain, followed: boolean) =>
  `civitas chain hook deploy ${quoted(chain.caip2)} --url ${quoted(addressOf(chain))} --foreign-key payer.key ${followed ? '' : '--gateway ACCOUNT '}--key KEY`;

/** A basic string of TOML: JSON's escapes are among its own. */
const text = (value: string) => JSON.stringify(value);

/** `gateway.toml` with this chain. */
export function gatewaySettings(chain: Chain, family: Family): string {
  const lines = [
    'ledger = ["http://127.0.0.1:8545"]   # nodes of the main ledger',
    'key = "account.key"                  # the account of the terms; a file of its owner alone',
    'data = "data"',
    'listen = "127.0.0.1:8600"',
    '',
    '[[chains]]',
    `chain = ${text(chain.caip2)}`,
    `urls = [${text(addressOf(chain))}]   # more of them, of different operators, make up for one that lies or is away`,
  ];
  if (family === 'fabric') {
    lines.push(
      '',
      '[chains.fabric]',
      `channel = ${text(chain.caip2.split(':')[1] ?? '')}`,
      'config_block = "config.block"        # the block of the trust root',
      'msp = "MSP"',
      'certificate = "gateway.pem"',
      'key = "gateway.key.pem"',
      'tls_roots = "tlsca.pem"',
    );
  }
  return lines.join('\n');
}

export const gatewayCommand = 'civitas gateway --config gateway.toml';
