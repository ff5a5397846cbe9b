/**
 * Checks the certificate of a block in the browser, written from `docs/developer/proofs.md` alone: whoever trusts the genesis block and
 * the validators of the epoch need not trust the node or the console.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { ascii, eight, fromHex, joined, numberOf, same, toHex, varint } from './bytes';
import { listOf } from './rlp';

export interface Certificate {
  height: number;
  blockHash: string;
  headers: string[];
  payloadHeader: string;
  kind: string;
  encoded: string;
}
/** What is known beforehand about a ledger. */
export interface Known {
  chainId: number;
  epochBlocks: number;
  genesisHash: string;
  /** Seconds since 1970. */
  genesisSeconds: number;
  /** Keys of the validators of the certificate's epoch. */
  validators: string[];
}

/** The steps of a check, in order; each is a name of a text. */
export const STEPS = ['headers', 'payload', 'ledger', 'result', 'epoch', 'quorum', 'signatures'] as const;
export type StepName = (typeof STEPS)[number];
export interface Checked {
  /** The step that does not hold, and why; none if the block is proven. */
  failed?: { step: StepName; why: string };
  epoch?: number;
  signers: string[];
  needed: number;
  digest?: string;
  stateRoot?: string;
  payloadHeight?: number;
}

class Fault extends Error {
  readonly step: StepName;
  constructor(step: StepName, why: string) {
    super(why);
    this.step = step;
  }
}
function require(holds: boolean, step: StepName, why: string): asserts holds {
  if (!holds) throw new Fault(step, why);
}

/** Takes parts of a byte string from its front. */
class Reader {
  private at = 0;
  constructor(
    private readonly bytes: Uint8Array,
    private readonly step: StepName,
  ) {}

  take(count: number): Uint8Array {
    require(this.at + count <= this.bytes.length, this.step, 'the certificate is too short');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  varint(): number {
    const begin = this.at;
    let number = 0;
    let scale = 1;
    for (;;) {
      const byte = this.take(1)[0] ?? 0;
      number += (byte & 0x7f) * scale;
      scale *= 0x80;
      require(Number.isSafeInteger(number), this.step, 'a number is too large');
      if (byte < 0x80) break;
    }
    require(same(varint(number), this.bytes.subarray(begin, this.at)), this.step, 'a number is not in its shortest form');
    return number;
  }

  done() {
    require(this.at === this.bytes.length, this.step, 'bytes follow the signatures');
  }
}

const CITY = 'civitas.payload';

/** The digest of the payload that stands for the genesis block. */
function genesisDigest(known: Known): Uint8Array {
  const header = joined(
    ascii(CITY),
    Uint8Array.of(1),
    eight(known.chainId),
    new Uint8Array(8 + 32),
    eight(known.genesisSeconds * 1000),
    new Uint8Array(32 + 8),
    fromHex(known.genesisHash),
    new Uint8Array(4 + 4),
    sha256(new Uint8Array()),
  );
  return sha256(header);
}

const namespace = (engine: string, known: Known) => joined(ascii(engine), Uint8Array.of(1), eight(known.chainId), genesisDigest(known));

function signed(key: Uint8Array, space: Uint8Array, message: Uint8Array, signature: Uint8Array) {
  let holds = false;
  try {
    holds = ed25519.verify(signature, joined(varint(space.length), space, message), key, { zip215: false });
  } catch {
    holds = false;
  }
  require(holds, 'signatures', `the signature of ${toHex(key)} does not hold`);
}

/** Step 1: the headers lead from the block to the result. Gives the last header's fields. */
function checkHeaders(certificate: Certificate): { last: Uint8Array; lastFields: Uint8Array[]; stateRoot: string } {
  const headers = certificate.headers.map(fromHex);
  const fields = headers.map((header) => {
    const list = listOf(header);
    require(list !== undefined && list.length >= 15, 'headers', 'a header is no header');
    return list;
  });
  const [first] = headers;
  require(first !== undefined, 'headers', 'there is no header');
  require(toHex(keccak_256(first)) === certificate.blockHash.toLowerCase(), 'headers', "the first header is not the block's");
  require(numberOf(fields[0]![8]!) === certificate.height, 'headers', 'the header is of another height');
  for (let index = 1; index < headers.length; index += 1) {
    require(same(fields[index]![0]!, keccak_256(headers[index - 1]!)), 'headers', 'the headers do not follow one another');
  }
  return { last: headers.at(-1)!, lastFields: fields.at(-1)!, stateRoot: toHex(fields[0]![3]!) };
}

function checkSimplex(reader: Reader, known: Known, epoch: number, keys: Uint8Array[], digest: Uint8Array): string[] {
  const begin = joined(varint(epoch));
  require(reader.varint() === epoch, 'epoch', 'the certificate is of another epoch');
  const view = varint(reader.varint());
  const parent = varint(reader.varint());
  require(same(reader.take(32), digest), 'payload', 'the certificate is over another payload');
  require(numberOf(reader.take(8)) === keys.length, 'epoch', 'the certificate counts other validators');
  const bitmap = reader.take(Math.ceil(keys.length / 8));
  const bit = (index: number) => ((bitmap[index >> 3] ?? 0) >> (index & 7)) & 1;
  for (let index = keys.length; index < bitmap.length * 8; index += 1)
    require(bit(index) === 0, 'quorum', 'somebody signed who is no validator');
  const signers = keys.filter((_, index) => bit(index) === 1);
  require(reader.varint() === signers.length, 'quorum', 'the number of signatures is another');
  require(signers.length >= quorum(keys.length), 'quorum', `${signers.length} of ${keys.length} are no quorum`);
  const space = joined(namespace('civitas.simplex', known), ascii('_FINALIZE'));
  const message = joined(begin, view, parent, digest);
  for (const key of signers) signed(key, space, message, reader.take(64));
  reader.done();
  return signers.map(toHex);
}

function checkSolo(reader: Reader, known: Known, keys: Uint8Array[], digest: Uint8Array): string[] {
  require(same(reader.take(32), digest), 'payload', 'the certificate is over another payload');
  const key = reader.take(32);
  require(keys.length === 1 && same(key, keys[0]!), 'epoch', 'the signer is not the validator');
  signed(key, namespace('civitas.solo', known), digest, reader.take(64));
  reader.done();
  return [toHex(key)];
}

const quorum = (validators: number) => validators - Math.floor((validators - 1) / 3);

/** Steps 2 and 3. */
function checkPayload(certificate: Certificate, known: Known, keys: Uint8Array[], checked: Checked) {
  const { last, lastFields, stateRoot } = checkHeaders(certificate);
  checked.stateRoot = stateRoot;
  const payload = fromHex(certificate.payloadHeader);
  const version = payload[CITY.length];
  require(same(payload.subarray(0, CITY.length), ascii(CITY)), 'payload', 'that is no payload header');
  require((version === 1 && payload.length === 184) ||
    (version === 2 && payload.length === 224), 'payload', 'the payload header has another length');
  const digest = sha256(payload);
  checked.digest = toHex(digest);
  require(numberOf(payload.subarray(16, 24)) === known.chainId, 'ledger', 'the payload is of another ledger');
  require(same(payload.subarray(112, 144), keccak_256(last)), 'result', 'the payload commits to another block');
  require(numberOf(payload.subarray(104, 112)) === numberOf(lastFields[8]!), 'result', 'the payload commits to another height');
  const height = numberOf(payload.subarray(24, 32));
  const epoch = Math.floor(height / known.epochBlocks);
  checked.payloadHeight = height;
  checked.epoch = epoch;
  const reader = new Reader(fromHex(certificate.encoded), 'signatures');
  if (certificate.kind === 'simplex-ed25519-v1') checked.signers = checkSimplex(reader, known, epoch, keys, digest);
  else if (certificate.kind === 'solo-v1') checked.signers = checkSolo(reader, known, keys, digest);
  else throw new Fault('payload', `the kind ${certificate.kind} is not known`);
}

/** Checks all steps; never throws. */
export function check(certificate: Certificate, known: Known): Checked {
  const checked: Checked = { signers: [], needed: quorum(known.validators.length) };
  try {
    const keys = known.validators.map(fromHex).sort(order);
    checkPayload(certificate, known, keys, checked);
  } catch (error) {
    if (error instanceof Fault) return { ...checked, failed: { step: error.step, why: error.message } };
    return { ...checked, failed: { step: 'headers', why: (error as Error).message } };
  }
  return checked;
}

function order(one: Uint8Array, other: Uint8Array): number {
  for (let index = 0; index < Math.min(one.length, other.length); index += 1) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
