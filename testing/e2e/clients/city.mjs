// What the stories of a city share: its ledgers as viem clients, the development accounts that play everybody, the system
// contracts as the city lists them, decisions by proposal, and refusals decoded from the ABI.
import assert from "node:assert/strict";
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  hexToBigInt,
  http,
  keccak256,
  pad,
  parseEventLogs,
  stringToHex,
  zeroHash,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { eventually, mnemonic, raw, urls } from "./harness.mjs";

/** The result of a method for which viem has no function. */
export async function ask(method, params = [], url = urls[0]) {
  const answer = await raw({ jsonrpc: "2.0", id: 1, method, params }, url);
  assert.equal(answer.error, undefined, `${method}: ${answer.error?.message}`);
  return answer.result;
}

/** Clients of one ledger: `client` of the first node, `others` of every node. */
export function ledgerClients(id, path, nodes = urls) {
  const chain = defineChain({
    id,
    name: `ledger ${id}`,
    nativeCurrency: { name: "Coin", symbol: "COIN", decimals: 18 },
    rpcUrls: { default: { http: nodes.map((url) => url + path) } },
  });
  const options = { chain, pollingInterval: 50, cacheTime: 0 };
  const others = nodes.map((url) => createPublicClient({ ...options, transport: http(url + path) }));
  return {
    client: others[0],
    others,
    walletOf: (account) => createWalletClient({ ...options, account, transport: http(nodes[0] + path) }),
  };
}

export const chainId = hexToBigInt(await ask("eth_chainId"));
export const main = ledgerClients(Number(chainId), "");
export const account = Array.from({ length: 10 }, (_, addressIndex) => mnemonicToAccount(mnemonic, { addressIndex }));
const wallet = account.map(main.walletOf);
export const [OFFICE, OFFICE_SECOND, BUSINESS, PROVIDER, REGULATOR, EMERGENCY, ISSUER, REVIEWER, COURT, OMBUDSMAN] = wallet;

export const listed = await ask("civitas_systemContracts");
export const contracts = Object.fromEntries(listed.map(({ name, address, abi }) => [name, { address, abi }]));
const { Governance, Identities, Ledgers } = contracts;
export const id = (name) => keccak256(stringToHex(name));
export const GOVERNANCE_OFFICE = id("City Governance Office");
export const HARBOUR = id("Harbour Business");
export const SYSTEMS = id("Ledger Systems");
export const ERC1056 = "0xdCa7EF03e98e0DC2B855bE647C39ABe984fcF21B";
export const subject = (address) => pad(address, { size: 32 }).toLowerCase();

export const read = (contract, functionName, ...args) => main.client.readContract({ ...contract, functionName, args });
export const events = (contract, receipt, eventName) => parseEventLogs({ abi: contract.abi, logs: receipt.logs, eventName });

/** Sends a call on the main ledger after trying it, and waits for its success. */
export async function send(from, contract, functionName, ...args) {
  const { request } = await main.client.simulateContract({ ...contract, functionName, args, account: from.account });
  const receipt = await main.client.waitForTransactionReceipt({ hash: await from.writeContract(request), timeout: 20_000 });
  assert.equal(receipt.status, "success", functionName);
  return receipt;
}

/** The custom error with which a call is refused, decoded by viem from the contract's ABI. */
export async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof BaseError, `a viem error, not ${error}`);
    const revert = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    assert.ok(revert?.data, `a custom error, not ${error.shortMessage}`);
    return revert.data;
  }
  assert.fail("it was not refused");
}

export const tries = (from, contract, functionName, ...args) =>
  refused(main.client.simulateContract({ ...contract, functionName, args, account: from.account }));

/** Waits until what an account sends is refused, and sees that it stays so. A pool judges by the newest block that has
 * reached it, a little after its receipts are seen; what it takes in before that is left out of every block. */
export async function silenced(act, reason) {
  await eventually("the refusal", () => act().then(() => false, (error) => reason.test(error.message)));
  await assert.rejects(act(), reason);
}

/** Waits until what an account sends is taken in again, and executed. */
export async function heard(act, { client } = main) {
  const mined = (hash) => client.waitForTransactionReceipt({ hash, timeout: 20_000 });
  const receipt = await eventually("what it sends to be taken", () => act().then(mined, () => null));
  assert.equal(receipt.status, "success");
}

export const action = (contract, functionName, ...args) => ({
  target: contract.address,
  data: encodeFunctionData({ abi: contract.abi, functionName, args }),
});

/** The office proposes; gives back the number of the proposal. */
export async function propose(title, ...actions) {
  const receipt = await send(OFFICE, Governance, "propose", GOVERNANCE_OFFICE, title, actions);
  return events(Governance, receipt, "ProposalCreated")[0].args.id;
}

/** The office proposes, business and provider approve: all that is missing is the execution. */
export async function approved(title, ...actions) {
  const proposal = await propose(title, ...actions);
  await send(BUSINESS, Governance, "vote", proposal, HARBOUR, true, "");
  await send(PROVIDER, Governance, "vote", proposal, SYSTEMS, true, "");
  return proposal;
}

/** The office proposes, business and provider approve, anybody executes. */
export async function decide(title, ...actions) {
  return send(REVIEWER, Governance, "execute", await approved(title, ...actions));
}

/** What the issuer is asked for: the identity of a person, who controls it. */
export const identityFor = (person, more = {}) => ({
  id: keccak256(person.address),
  kind: 1,
  organisation: GOVERNANCE_OFFICE,
  controllers: [subject(person.address)],
  recoverers: [],
  recoveryThreshold: 0,
  methods: [],
  services: [],
  commitments: [],
  ...more,
});

/** What both sides sign when the account `text` (CAIP-10) is bound to an identity. */
export async function binding(identity, text, changes = {}) {
  const now = (await main.client.getBlock()).timestamp;
  const nonce = await read(Identities, "nonceOf", identity);
  return { id: identity, account: text, ledger: chainId, nonce, issuedAt: now, expiresAt: now + 600n, ...changes };
}

/** The account's side of a binding, with its secp256k1 key. */
export async function proofOf(signer, wish) {
  const signature = await signer.signMessage({ message: await read(Identities, "accountMessage", wish) });
  return { keyType: 1, key: "0x", signature };
}

/** The identity's side, where a controller sends the binding. */
export const consentOfCaller = { fragment: "", signature: "0x" };

const partitionParameters = {
  ordering: 0,
  stateCommitment: 0,
  blockGasMax: 60_000_000n,
  payloadBytesMax: 1_048_576,
  payloadTransactionsMax: 1_000,
  transactionBytesMax: 65_536,
  baseFee: 0n,
  blockIntervalMs: 100n,
  heartbeatMs: 500n,
  leaderTimeoutMs: 1_500n,
  epochBlocks: 20n,
};

/** Creates a partition ledger by proposal, whose validators have these keys. */
export function createLedger(name, ledger, access, keys) {
  const members = keys.map((key) => ({ key, role: 2 }));
  const call = action(Ledgers, "create", name, BigInt(ledger), partitionParameters, access, zeroHash, members);
  return decide(`The ledger ${name}`, call);
}

/** Waits until a ledger answers on every node with blocks of its own. */
export async function answers(ledger, ledgerId) {
  for (const [index, node] of ledger.others.entries()) {
    await eventually(`the ledger on node ${index}`, () => node.getBlockNumber({ cacheTime: 0 }).catch(() => 0n), 40_000);
    assert.equal(await node.getChainId(), ledgerId);
  }
}

/** Waits until every node has the block of a receipt, and checks that it shows the same. */
export async function everywhere(ledger, receipt) {
  for (const [index, node] of ledger.others.entries()) {
    const hash = receipt.transactionHash;
    const found = await eventually(`the receipt on node ${index}`, () => node.getTransactionReceipt({ hash }).catch(() => null));
    assert.equal(found.blockHash, receipt.blockHash, `on node ${index}`);
  }
}
