// The life of a city with viem: proposals and votes, organisations, roles, identities with accounts of two chains, control,
// business chains, an opening by two of three offices; and the refusals, decoded. A development city's accounts play everybody.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign as signEd25519 } from "node:crypto";
import { Resolver } from "did-resolver";
import { getResolver } from "ethr-did-resolver";
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  decodeErrorResult,
  defineChain,
  encodeAbiParameters,
  encodeFunctionData,
  hexToBigInt,
  http,
  keccak256,
  pad,
  parseAbi,
  parseEventLogs,
  stringToHex,
  toFunctionSelector,
  toHex,
  zeroHash,
} from "viem";
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { artifacts, check, done, eventually, mnemonic, raw, urls } from "./harness.mjs";

const chainId = hexToBigInt((await raw({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] })).result);
const chain = defineChain({
  id: Number(chainId),
  name: "city",
  nativeCurrency: { name: "Coin", symbol: "COIN", decimals: 18 },
  rpcUrls: { default: { http: urls } },
});
const options = { chain, pollingInterval: 50, cacheTime: 0 };
const client = createPublicClient({ ...options, transport: http(urls[0]) });
const account = Array.from({ length: 10 }, (_, addressIndex) => mnemonicToAccount(mnemonic, { addressIndex }));
const walletOf = (from) => createWalletClient({ ...options, account: from, transport: http(urls[0]) });
const wallet = account.map(walletOf);
const [OFFICE, OFFICE_SECOND, BUSINESS, PROVIDER, REGULATOR, EMERGENCY, ISSUER, REVIEWER, COURT, OMBUDSMAN] = wallet;

const listed = (await raw({ jsonrpc: "2.0", id: 1, method: "civitas_systemContracts", params: [] })).result;
const contracts = Object.fromEntries(listed.map(({ name, address, abi }) => [name, { address, abi }]));
const { Governance, Organisations, Roles, Identities, Nodes, Control, Chains, Offices } = contracts;
const id = (name) => keccak256(stringToHex(name));
const GOVERNANCE_OFFICE = id("City Governance Office");
const HARBOUR = id("Harbour Business");
const SYSTEMS = id("Ledger Systems");
const subject = (address) => pad(address, { size: 32 }).toLowerCase();

const read = (contract, functionName, ...args) => client.readContract({ ...contract, functionName, args });
const events = (contract, receipt, eventName) => parseEventLogs({ abi: contract.abi, logs: receipt.logs, eventName });

async function send(from, contract, functionName, ...args) {
  const { request } = await client.simulateContract({ ...contract, functionName, args, account: from.account });
  const receipt = await client.waitForTransactionReceipt({ hash: await from.writeContract(request), timeout: 20_000 });
  assert.equal(receipt.status, "success", functionName);
  return receipt;
}

/** The custom error with which a call is refused, decoded by viem from the contract's ABI. */
async function refused(promise) {
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

const tries = (from, contract, functionName, ...args) =>
  refused(client.simulateContract({ ...contract, functionName, args, account: from.account }));

const action = (contract, functionName, ...args) => ({
  target: contract.address,
  data: encodeFunctionData({ abi: contract.abi, functionName, args }),
});

/** The office proposes, business and provider approve, anybody executes. */
async function decide(title, ...actions) {
  const receipt = await send(OFFICE, Governance, "propose", GOVERNANCE_OFFICE, title, actions);
  const [created] = events(Governance, receipt, "ProposalCreated");
  const proposal = created.args.id;
  await send(BUSINESS, Governance, "vote", proposal, HARBOUR, true, "");
  await send(PROVIDER, Governance, "vote", proposal, SYSTEMS, true, "");
  return send(REVIEWER, Governance, "execute", proposal);
}

await check("civitas_systemContracts lists the contracts with their ABIs", async () => {
  const names = ["Governance", "Organisations", "Roles", "Identities", "Nodes", "Control", "Chains", "Ledgers", "Offices", "Audit"];
  assert.deepEqual(listed.map((contract) => contract.name).sort(), names.sort());
  for (const contract of listed) assert.notEqual(await client.getCode({ address: contract.address }), undefined);
}, { needed: true });

await check("the development city has three organisations that vote", async () => {
  const organisations = await read(Organisations, "organisations", 0n, 10n);
  assert.deepEqual(organisations.map(({ name, voting }) => [name, voting]), [
    ["City Governance Office", true],
    ["Harbour Business", true],
    ["Ledger Systems", true],
  ]);
  assert.equal((await read(Organisations, "anchors", HARBOUR)).length, 1);
});

await check("an organisation joins by proposal: proposed, approved by two others, executed", async () => {
  const receipt = await decide("The museum joins", action(Organisations, "join", "City Museum", 4, 10, false));
  const [joined] = events(Organisations, receipt, "OrganisationJoined");
  assert.equal(joined.args.id, id("City Museum"));
  assert.equal(await read(Organisations, "isActive", id("City Museum")), true);
  const count = await read(Governance, "proposalCount");
  const proposal = await read(Governance, "proposal", count);
  assert.deepEqual([proposal.status, proposal.approvals], [3, 2n]);
  assert.equal((await read(Governance, "votes", count)).length, 2);
});

await check("votes: no proposer, no second vote, no stranger, no function that is not governed", async () => {
  const actions = [action(Organisations, "join", "Never", 4, 10, false)];
  const receipt = await send(OFFICE, Governance, "propose", GOVERNANCE_OFFICE, "refusals", actions);
  const proposal = events(Governance, receipt, "ProposalCreated")[0].args.id;
  const vote = (from, organisation) => tries(from, Governance, "vote", proposal, organisation, true, "");
  assert.equal((await vote(OFFICE, GOVERNANCE_OFFICE)).errorName, "ProposerCannotVote");
  assert.equal((await vote(REGULATOR, GOVERNANCE_OFFICE)).errorName, "NotARepresentative");
  await send(BUSINESS, Governance, "vote", proposal, HARBOUR, false, "no");
  assert.equal((await vote(BUSINESS, HARBOUR)).errorName, "AlreadyVoted");
  await send(PROVIDER, Governance, "vote", proposal, SYSTEMS, false, "no");
  assert.equal((await vote(OFFICE_SECOND, GOVERNANCE_OFFICE)).errorName, "ProposalNotOpen");
  assert.equal((await tries(OFFICE, Governance, "execute", proposal)).errorName, "ProposalNotExecutable");
  const view = [action(Control, "policy")];
  assert.equal((await tries(OFFICE, Governance, "propose", GOVERNANCE_OFFICE, "", view)).errorName, "ActionNotAllowed");
  assert.equal((await tries(OFFICE, Organisations, "join", "Mine", 4, 10, false)).errorName, "Unauthorized");
});

await check("a proposal that would lock everybody out is refused", async () => {
  const leave = [action(Organisations, "setStatus", HARBOUR, 3), action(Organisations, "setStatus", SYSTEMS, 3)];
  const receipt = await send(OFFICE, Governance, "propose", GOVERNANCE_OFFICE, "coup", leave);
  const proposal = events(Governance, receipt, "ProposalCreated")[0].args.id;
  await send(BUSINESS, Governance, "vote", proposal, HARBOUR, true, "");
  await send(PROVIDER, Governance, "vote", proposal, SYSTEMS, true, "");
  const error = await tries(REVIEWER, Governance, "execute", proposal);
  assert.equal(error.errorName, "ActionFailed");
  const reason = decodeErrorResult({ abi: Organisations.abi, data: error.args[1] });
  assert.equal(reason.errorName, "WouldLockOut");
  assert.equal(await read(Organisations, "isActive", HARBOUR), true);
});

// A fresh account for every part: the development accounts have roles.
const person = privateKeyToAccount(generatePrivateKey());
const citizen = walletOf(person);
const identity = keccak256(person.address);

await check("an identity is issued for a person; only commitments are on the ledger", async () => {
  const wish = {
    id: identity,
    kind: 1,
    organisation: GOVERNANCE_OFFICE,
    controllers: [subject(person.address)],
    recoverers: [subject(account[1].address), subject(account[8].address)],
    recoveryThreshold: 2,
    methods: [{ fragment: "key-1", keyType: 1, key: person.publicKey, purposes: 3, validFrom: 0n, validUntil: 0n }],
    services: [],
    commitments: [keccak256(stringToHex("salt and name"))],
  };
  assert.equal((await tries(citizen, Identities, "create", wish)).errorName, "Unauthorized");
  await send(ISSUER, Identities, "create", wish);
  const document = await read(Identities, "resolve", identity);
  assert.equal(document.status, 1);
  assert.equal(await read(Identities, "did", identity), `did:civitas:${identity.slice(2)}`);
  assert.equal((await tries(ISSUER, Identities, "create", wish)).errorName, "IdentityExists");
});

const binding = async (text, changes = {}) => {
  const now = (await client.getBlock()).timestamp;
  const nonce = await read(Identities, "nonceOf", identity);
  return { id: identity, account: text, ledger: chainId, nonce, issuedAt: now, expiresAt: now + 600n, ...changes };
};
const consentOfCaller = { fragment: "", signature: "0x" };

await check("two accounts on different chains are bound by both sides", async () => {
  for (const chainOfAccount of [chainId, 1n]) {
    const wish = await binding(`eip155:${chainOfAccount}:${person.address}`);
    const signature = await person.signMessage({ message: await read(Identities, "accountMessage", wish) });
    const proof = { keyType: 1, key: "0x", signature };
    await send(citizen, Identities, "bind", wish, proof, consentOfCaller);
    assert.equal(await read(Identities, "identityOfAccount", wish.account), identity);
  }
  assert.equal(await read(Identities, "identityOf", person.address), identity);
  assert.equal((await read(Identities, "resolve", identity)).accounts.length, 2);
});

await check("an account with an Ed25519 key is bound as well", async () => {
  const seed = Buffer.from(keccak256(person.address).slice(2), "hex");
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const secret = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const key = toHex(createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-32));
  const address = `0x${keccak256(key).slice(-40)}`;
  const wish = await binding(`civitas:${chainId}:${address}`);
  const message = await read(Identities, "accountMessage", wish);
  const signature = toHex(signEd25519(null, Buffer.from(message), secret));
  await send(citizen, Identities, "bind", wish, { keyType: 3, key, signature }, consentOfCaller);
  assert.equal(await read(Identities, "identityOfAccount", wish.account), identity);
});

await check("forged, stale, replayed and foreign proofs are refused, each by its name", async () => {
  const other = privateKeyToAccount(generatePrivateKey());
  const attempt = async (changes, signer = other) => {
    const wish = await binding(`eip155:${chainId}:${other.address}`, changes);
    const signature = await signer.signMessage({ message: await read(Identities, "accountMessage", wish) });
    return (await tries(citizen, Identities, "bind", wish, { keyType: 1, key: "0x", signature }, consentOfCaller)).errorName;
  };
  assert.equal(await attempt({}, person), "ProofForged");
  const now = (await client.getBlock()).timestamp;
  assert.equal(await attempt({ issuedAt: now - 600n, expiresAt: now - 300n }), "ProofExpired");
  assert.equal(await attempt({ nonce: 0n }), "ProofReplayed");
  assert.equal(await attempt({ ledger: 1n }), "OtherLedger");
  const taken = await binding(`eip155:${chainId}:${person.address}`);
  const signature = await person.signMessage({ message: await read(Identities, "accountMessage", taken) });
  const again = await tries(citizen, Identities, "bind", taken, { keyType: 1, key: "0x", signature }, consentOfCaller);
  assert.equal(again.errorName, "AccountAlreadyBound");
});

const { CityAccess, CityToken } = artifacts;
async function deploy(contract, args) {
  const hash = await BUSINESS.deployContract({ abi: contract.abi, bytecode: contract.bytecode, args });
  const receipt = await client.waitForTransactionReceipt({ hash, timeout: 20_000 });
  return { address: receipt.contractAddress, abi: contract.abi };
}

let token;
await check("a role is granted and used: a protected function opens to its holder only", async () => {
  const access = await deploy(CityAccess, [account[2].address]);
  token = await deploy(CityToken, [access.address, account[2].address, 1_000n]);
  const selector = toFunctionSelector("approve(address,uint256)");
  await send(REGULATOR, Control, "protectFunction", token.address, selector, true);
  const approve = () =>
    citizen.sendTransaction({
      to: token.address,
      data: encodeFunctionData({ abi: token.abi, functionName: "approve", args: [account[2].address, 1n] }),
      gas: 100_000n,
    });
  await assert.rejects(approve(), /not allowed: the function/);
  const permission = { action: 0, target: token.address, selector };
  await decide("A role for the token", action(Roles, "defineRole", "TokenApprover", 5, false, [permission], []));
  const scope = { kind: 0, value: zeroHash };
  const grant = [id("TokenApprover"), identity, scope, 0n, false];
  assert.equal((await tries(citizen, Roles, "grant", ...grant)).errorName, "Unauthorized");
  await send(OFFICE, Roles, "grant", ...grant);
  const receipt = await client.waitForTransactionReceipt({ hash: await approve() });
  assert.equal(receipt.status, "success");
  const act = { action: 0, target: token.address, selector, organisation: zeroHash, grade: 0 };
  assert.equal((await read(Roles, "explain", person.address, act))[0], true);
  assert.equal((await read(Roles, "explain", account[9].address, act))[0], false);
});

await check("nobody grants to himself, above his level, or a role of consequence", async () => {
  const scope = { kind: 0, value: zeroHash };
  const grant = (role, to) => tries(OFFICE, Roles, "grant", id(role), subject(to), scope, 0n, false);
  assert.equal((await grant("Developer", account[0].address)).errorName, "SelfGrant");
  assert.equal((await grant("CityRegulator", person.address)).errorName, "AboveOwnLevel");
  assert.equal((await grant("EmergencyOfficer", person.address)).errorName, "ConsequentialRole");
});

const transfer = (from) => from.sendTransaction({ to: account[9].address, value: 0n, gas: 21_000n });

await check("a frozen account sends nothing until it is unfrozen; calls give the same answer", async () => {
  assert.equal((await tries(citizen, Control, "freezeAccount", account[9].address, "")).errorName, "Unauthorized");
  await send(REGULATOR, Control, "freezeAccount", person.address, "case 1");
  await assert.rejects(transfer(citizen), /not allowed: the account .* is frozen/);
  await assert.rejects(client.call({ account: person, to: account[9].address }), /is frozen/);
  await assert.rejects(client.estimateGas({ account: person, to: account[9].address }), /is frozen/);
  assert.equal((await read(Control, "accountStatus", person.address))[0], 1);
  await send(REGULATOR, Control, "unfreezeAccount", person.address);
  const receipt = await client.waitForTransactionReceipt({ hash: await transfer(citizen) });
  assert.equal(receipt.status, "success");
});

await check("a frozen identity silences its accounts", async () => {
  await send(ISSUER, Identities, "freeze", identity, "case 2");
  await assert.rejects(transfer(citizen), /not active/);
  await send(ISSUER, Identities, "unfreeze", identity, "cleared");
  await client.waitForTransactionReceipt({ hash: await transfer(citizen) });
  assert.equal((await read(Identities, "statusHistory", identity, 0n, 10n)).length, 3);
});

await check("a contract is frozen by emergency powers, and works again when it is unfrozen", async () => {
  const supply = () => read(token, "totalSupply");
  await send(EMERGENCY, Control, "emergencyFreezeContract", token.address, "drained");
  await assert.rejects(supply(), /frozen or retired/);
  const [status, freeze] = await read(Control, "contractStatus", token.address);
  assert.equal(status, 1);
  assert.ok(freeze.until > 0n, "it lapses by itself");
  await send(REGULATOR, Control, "unfreezeContract", token.address);
  await supply();
});

const business = "eip155:8217";
await check("a business chain is registered, reviewed by another, frozen, unfrozen and cancelled", async () => {
  const info = {
    caip2: business,
    name: "Harbour trade",
    kind: 1,
    purpose: "Bills of lading",
    operator: HARBOUR,
    company: "Harbour Ltd, no 7",
    contact: "desk@harbour.example",
    grade: 2,
    consensus: "QBFT",
    endpoint: "127.0.0.1:9000",
    documents: id("documents"),
  };
  const chainIdentity = id(business);
  await send(BUSINESS, Chains, "register", info);
  assert.equal((await tries(REVIEWER, Chains, "decide", chainIdentity, true, id("e"), "")).errorName, "IllegalTransition");
  await send(BUSINESS, Chains, "addTrustRoot", chainIdentity, 0, id("root"), 0n);
  await send(REVIEWER, Chains, "startReview", chainIdentity);
  const late = await tries(BUSINESS, Chains, "addTrustRoot", chainIdentity, 0, id("another root"), 9n);
  assert.equal(late.errorName, "WrongStatus");
  assert.equal((await tries(BUSINESS, Chains, "decide", chainIdentity, true, id("e"), "")).errorName, "Unauthorized");
  await send(REVIEWER, Chains, "decide", chainIdentity, true, id("evidence"), "in order");
  assert.equal(await read(Chains, "isActive", chainIdentity), true);
  await send(REGULATOR, Chains, "freeze", chainIdentity, "case 3");
  assert.equal(await read(Chains, "isActive", chainIdentity), false);
  await send(REGULATOR, Chains, "unfreeze", chainIdentity, "cleared");
  await decide("The chain ends", action(Chains, "cancel", chainIdentity, "closed"));
  assert.equal((await read(Chains, "chain", chainIdentity)).status, 6);
});

await check("the entity behind an identity is opened by two of three offices, on the record", async () => {
  const offices = await read(Offices, "offices");
  assert.equal(offices.length, 3);
  const ciphertext = stringToHex("nonce, ciphertext and tag of AES-256-GCM");
  const shares = offices.map((office) => ({
    office: office.id,
    encryptionKey: office.encryptionKey,
    sealedShare: toHex(new Uint8Array(81).fill(7)),
  }));
  const record = { commitment: keccak256(ciphertext), ciphertext, location: "", threshold: 2, shares };
  await send(ISSUER, Offices, "seal", identity, record);
  assert.equal((await tries(OFFICE, Offices, "requestOpening", identity, "C-1", "law")).errorName, "NotAnOffice");
  const asked = await send(COURT, Offices, "requestOpening", identity, "C-1", "law, article 7");
  const opening = events(Offices, asked, "OpeningRequested")[0].args.id;
  const share = toHex(new Uint8Array(81).fill(8));
  assert.equal((await tries(COURT, Offices, "approveOpening", opening, share)).errorName, "AlreadyApproved");
  const approved = await send(OMBUDSMAN, Offices, "approveOpening", opening, share);
  assert.equal(events(Offices, approved, "Opened")[0].args.identity, identity);
  const late = await tries(REVIEWER, Offices, "approveOpening", opening, share);
  assert.equal(late.errorName, "AlreadyOpened");
});

await check("a node applies with the signature of its key and is admitted by proposal", async () => {
  const seed = Buffer.from(id("a new node").slice(2), "hex");
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const secret = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const key = toHex(createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-32));
  const endpoint = "127.0.0.1:29999";
  const types = ["string", "uint256", "bytes32", "string", "string", "address"].map((type) => ({ type }));
  const fields = ["civitas-node-application", chainId, SYSTEMS, "node9", endpoint, account[3].address];
  const digest = keccak256(encodeAbiParameters(types, fields));
  const signature = toHex(signEd25519(null, Buffer.from(digest.slice(2), "hex"), secret));
  const application = [key, SYSTEMS, "node9", endpoint, account[3].address];
  const forged = await tries(PROVIDER, Nodes, "register", ...application, toHex(new Uint8Array(64)));
  assert.equal(forged.errorName, "BadSignature");
  assert.equal((await tries(BUSINESS, Nodes, "register", ...application, signature)).errorName, "Unauthorized");
  await send(PROVIDER, Nodes, "register", ...application, signature);
  assert.equal((await read(Nodes, "node", key)).status, 1);
  await decide("The node is admitted", action(Nodes, "admit", key, 1));
  assert.equal(await read(Nodes, "isActive", key), true);
  await decide("The node goes", action(Nodes, "revoke", key));
  assert.equal(await read(Nodes, "isActive", key), false);
  const set = await read(Nodes, "validators", 0n);
  assert.equal(set.members.length, urls.length);
});

await check("a validator change that would lose the quorum is refused", async () => {
  const set = await read(Nodes, "validators", 0n);
  const two = set.members.slice(0, 2).map((member) => action(Nodes, "suspendValidator", member.key));
  const receipt = await send(OFFICE, Governance, "propose", GOVERNANCE_OFFICE, "two of four", two);
  const proposal = events(Governance, receipt, "ProposalCreated")[0].args.id;
  await send(BUSINESS, Governance, "vote", proposal, HARBOUR, true, "");
  await send(PROVIDER, Governance, "vote", proposal, SYSTEMS, true, "");
  const error = await tries(REVIEWER, Governance, "execute", proposal);
  const reason = decodeErrorResult({ abi: Nodes.abi, data: error.args[1] });
  assert.equal(reason.errorName, "WouldLoseQuorum");
});

await check("ethr-did-resolver resolves a DID of the ledger by the stock ERC-1056 registry", async () => {
  const registry = "0xdCa7EF03e98e0DC2B855bE647C39ABe984fcF21B";
  const abi = parseAbi(["function setAttribute(address identity, bytes32 name, bytes value, uint256 validity)"]);
  const name = stringToHex("did/svc/HubService", { size: 32 });
  const value = stringToHex("https://hub.example");
  const hash = await citizen.writeContract({ address: registry, abi, functionName: "setAttribute", args: [person.address, name, value, 86_400n] });
  await client.waitForTransactionReceipt({ hash });
  const networks = [{ name: "city", chainId: Number(chainId), rpcUrl: urls[0], registry }];
  const resolver = new Resolver(getResolver({ networks }));
  const did = `did:ethr:${toHex(chainId)}:${person.address}`;
  const found = await eventually("the service in the DID document", async () => {
    const { didDocument } = await resolver.resolve(did);
    return didDocument?.service?.[0];
  });
  assert.equal(found.serviceEndpoint, "https://hub.example");
});

done();
