// The life of a city from end to end with viem, while load runs: an organisation joins, its node becomes observer and
// validator, a person gets an identity with accounts of two chains and a role, accounts, contracts and a business chain are
// controlled, a record is opened by two of three offices, a partition ledger is made, a validator leaves; and the refusals,
// decoded. A development city's accounts play everybody; dev1 alone sends the load, from outside.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign as signEd25519 } from "node:crypto";
import { readFileSync } from "node:fs";
import { Resolver } from "did-resolver";
import { getResolver } from "ethr-did-resolver";
import {
  decodeErrorResult,
  encodeAbiParameters,
  encodeFunctionData,
  keccak256,
  parseAbi,
  stringToHex,
  toFunctionSelector,
  toHex,
  zeroHash,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import {
  account,
  action,
  answers,
  approved,
  ask,
  binding,
  BUSINESS,
  chainId,
  consentOfCaller,
  contracts,
  COURT,
  createLedger,
  decide,
  EMERGENCY,
  ERC1056,
  events,
  everywhere,
  GOVERNANCE_OFFICE,
  HARBOUR,
  heard,
  id,
  identityFor,
  ISSUER,
  ledgerClients,
  listed,
  main,
  OFFICE,
  OFFICE_SECOND,
  OMBUDSMAN,
  proofOf,
  propose,
  PROVIDER,
  read,
  REGULATOR,
  REVIEWER,
  send,
  silenced,
  subject,
  SYSTEMS,
  tries,
} from "./city.mjs";
import { artifacts, check, done, eventually, urls } from "./harness.mjs";

const { client } = main;
const { Governance, Organisations, Roles, Identities, Nodes, Control, Chains, Ledgers, Offices } = contracts;
/** The raw public half of an Ed25519 key. */
const publicHalf = (secret) => toHex(createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-32));

await check("civitas_systemContracts lists the contracts with their ABIs", async () => {
  const names = ["Governance", "Organisations", "Roles", "Identities", "Nodes", "Control", "Chains", "Ledgers", "Offices", "Audit", "Anchors", "Cases", "Messages", "Content", "Headers"];
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

const MUSEUM = id("City Museum");
const curator = main.walletOf(privateKeyToAccount(generatePrivateKey()));
await check("an organisation joins by proposal, with its authority and its administrator", async () => {
  const [authority] = await read(Organisations, "anchors", HARBOUR);
  const scope = { kind: 3, value: MUSEUM };
  const receipt = await decide(
    "The museum joins",
    action(Organisations, "join", "City Museum", 4, 10, false),
    action(Organisations, "addAnchor", MUSEUM, authority),
    action(Roles, "grant", id("OrganisationAdministrator"), subject(curator.account.address), scope, 0n, false),
  );
  const [joined] = events(Organisations, receipt, "OrganisationJoined");
  assert.equal(joined.args.id, MUSEUM);
  assert.equal(await read(Organisations, "isActive", MUSEUM), true);
  assert.deepEqual(await read(Organisations, "anchors", MUSEUM), [authority]);
  assert.equal(await read(Roles, "holds", curator.account.address, id("OrganisationAdministrator"), scope), true);
  const count = await read(Governance, "proposalCount");
  const proposal = await read(Governance, "proposal", count);
  assert.deepEqual([proposal.status, proposal.approvals], [3, 2n]);
  assert.equal((await read(Governance, "votes", count)).length, 2);
});

await check("votes: no proposer, no second vote, no stranger, no function that is not governed", async () => {
  const actions = [action(Organisations, "join", "Never", 4, 10, false)];
  const proposal = await propose("refusals", ...actions);
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
  const error = await tries(REVIEWER, Governance, "execute", await approved("coup", ...leave));
  assert.equal(error.errorName, "ActionFailed");
  const reason = decodeErrorResult({ abi: Organisations.abi, data: error.args[1] });
  assert.equal(reason.errorName, "WouldLockOut");
  assert.equal(await read(Organisations, "isActive", HARBOUR), true);
});

// The node of the museum. Its operator made the folder with `civitas join` and started it before anybody admitted it.
const joining = JSON.parse(process.env.CIVITAS_NEW_NODE);
const allUrls = [...urls, joining.url];
const all = ledgerClients(Number(chainId), "", allUrls);
const newcomer = all.others.at(-1);
const EVER = 2n ** 63n;
const status = (url) => ask("civitas_status", [], url);
const setNow = async () => (await read(Nodes, "validators", EVER)).members;
const keysNow = async () => (await setNow()).map((member) => member.key);
const signersOf = async (height) => (await ask("civitas_getCertificate", [toHex(height)]))?.certificate.signers;

/** Waits until a node has seen so many further transactions of the load executed. */
async function loadGoesOn(node, transactions = 20) {
  const sent = () => node.getTransactionCount({ address: account[1].address });
  const before = await sent();
  await eventually(`${transactions} transactions of the load`, async () => (await sent()) >= before + transactions, 40_000);
}

await check("a node with a certificate, but not on the ledger, gets no link", async () => {
  assert.equal(await newcomer.getBlockNumber(), 0n);
  assert.equal((await status(joining.url)).peers, 0);
});

await check("its organisation applies with the signature of its key; no forger and no other organisation may", async () => {
  const { key, organisation, name, endpoint, beneficiary } = joining;
  const types = ["string", "uint256", "bytes32", "string", "string", "address"].map((type) => ({ type }));
  const fields = ["civitas-node-application", chainId, MUSEUM, name, endpoint, beneficiary];
  const digest = keccak256(encodeAbiParameters(types, fields));
  const secret = createPrivateKey(readFileSync(joining.keyFile));
  const signature = toHex(signEd25519(null, Buffer.from(digest.slice(2), "hex"), secret));
  assert.deepEqual([publicHalf(secret), organisation, signature], [key, MUSEUM, joining.signature]);
  const application = [key, MUSEUM, name, endpoint, beneficiary];
  const forged = await tries(curator, Nodes, "register", ...application, toHex(new Uint8Array(64)));
  assert.equal(forged.errorName, "BadSignature");
  assert.equal((await tries(PROVIDER, Nodes, "register", ...application, signature)).errorName, "Unauthorized");
  await send(curator, Nodes, "register", ...application, signature);
  assert.equal((await read(Nodes, "node", key)).status, 1);
}, { needed: true });

await check("admitted by proposal it is observer: linked without a restart, it follows under load and has no vote", async () => {
  await decide("The node is admitted", action(Nodes, "admit", joining.key, 1));
  assert.equal(await read(Nodes, "isActive", joining.key), true);
  const target = await client.getBlockNumber();
  await eventually(`height ${target}`, async () => (await newcomer.getBlockNumber()) >= target, 40_000);
  await loadGoesOn(newcomer);
  assert.equal((await status(joining.url)).ordering.voting, false);
  assert.ok(!(await keysNow()).includes(joining.key));
}, { needed: true });

await check("promoted by proposal it is validator from an epoch on", async () => {
  await decide("The node votes", action(Nodes, "setRole", joining.key, 2));
  await eventually("five validators", async () => (await keysNow()).includes(joining.key), 40_000);
  assert.equal((await setNow()).length, allUrls.length);
  await eventually("its vote", async () => (await status(joining.url)).ordering.voting, 40_000);
}, { needed: true });

await check("its vote stands in certificates, blocks are its own, and the load goes on", async () => {
  const signsNewest = async () => (await signersOf(await client.getBlockNumber()))?.includes(joining.key);
  await eventually("a certificate with its vote", signsNewest);
  const isIts = ({ miner }) => miner.toLowerCase() === joining.beneficiary.toLowerCase();
  await eventually("a block of its own", () => client.getBlock().then(isIts), 40_000);
  await loadGoesOn(newcomer);
});

await check("a validator change that would lose the quorum is refused", async () => {
  const two = (await keysNow()).slice(0, 2).map((key) => action(Nodes, "suspendValidator", key));
  const error = await tries(REVIEWER, Governance, "execute", await approved("two of five", ...two));
  const reason = decodeErrorResult({ abi: Nodes.abi, data: error.args[1] });
  assert.equal(reason.errorName, "WouldLoseQuorum");
});

// A fresh account for every part: the development accounts have roles.
const person = privateKeyToAccount(generatePrivateKey());
const citizen = main.walletOf(person);
const identity = keccak256(person.address);

await check("an identity is issued for a person; only commitments are on the ledger", async () => {
  const wish = identityFor(person, {
    recoverers: [subject(account[1].address), subject(account[8].address)],
    recoveryThreshold: 2,
    methods: [{ fragment: "key-1", keyType: 1, key: person.publicKey, purposes: 3, validFrom: 0n, validUntil: 0n }],
    commitments: [keccak256(stringToHex("salt and name"))],
  });
  assert.equal((await tries(citizen, Identities, "create", wish)).errorName, "Unauthorized");
  await send(ISSUER, Identities, "create", wish);
  const document = await read(Identities, "resolve", identity);
  assert.equal(document.status, 1);
  assert.equal(await read(Identities, "did", identity), `did:civitas:${identity.slice(2)}`);
  assert.equal((await tries(ISSUER, Identities, "create", wish)).errorName, "IdentityExists");
});

await check("two accounts on different chains are bound by both sides", async () => {
  for (const chainOfAccount of [chainId, 1n]) {
    const wish = await binding(identity, `eip155:${chainOfAccount}:${person.address}`);
    await send(citizen, Identities, "bind", wish, await proofOf(person, wish), consentOfCaller);
    assert.equal(await read(Identities, "identityOfAccount", wish.account), identity);
  }
  assert.equal(await read(Identities, "identityOf", person.address), identity);
  assert.equal((await read(Identities, "resolve", identity)).accounts.length, 2);
});

await check("an account with an Ed25519 key is bound as well", async () => {
  const { privateKey: secret } = generateKeyPairSync("ed25519");
  const key = publicHalf(secret);
  const address = `0x${keccak256(key).slice(-40)}`;
  const wish = await binding(identity, `civitas:${chainId}:${address}`);
  const message = await read(Identities, "accountMessage", wish);
  const signature = toHex(signEd25519(null, Buffer.from(message), secret));
  await send(citizen, Identities, "bind", wish, { keyType: 3, key, signature }, consentOfCaller);
  assert.equal(await read(Identities, "identityOfAccount", wish.account), identity);
});

await check("forged, stale, replayed and foreign proofs are refused, each by its name", async () => {
  const other = privateKeyToAccount(generatePrivateKey());
  const attempt = async (changes, signer = other) => {
    const wish = await binding(identity, `eip155:${chainId}:${other.address}`, changes);
    return (await tries(citizen, Identities, "bind", wish, await proofOf(signer, wish), consentOfCaller)).errorName;
  };
  assert.equal(await attempt({}, person), "ProofForged");
  const now = (await client.getBlock()).timestamp;
  assert.equal(await attempt({ issuedAt: now - 600n, expiresAt: now - 300n }), "ProofExpired");
  assert.equal(await attempt({ nonce: 0n }), "ProofReplayed");
  assert.equal(await attempt({ ledger: 1n }), "OtherLedger");
  const taken = await binding(identity, `eip155:${chainId}:${person.address}`);
  const again = await tries(citizen, Identities, "bind", taken, await proofOf(person, taken), consentOfCaller);
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
  await silenced(approve, /not allowed: the function/);
  const permission = { action: 0, target: token.address, selector };
  await decide("A role for the token", action(Roles, "defineRole", "TokenApprover", 5, false, [permission], []));
  const scope = { kind: 0, value: zeroHash };
  const grant = [id("TokenApprover"), identity, scope, 0n, false];
  assert.equal((await tries(citizen, Roles, "grant", ...grant)).errorName, "Unauthorized");
  await send(OFFICE, Roles, "grant", ...grant);
  await heard(approve);
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

const transfer = () => citizen.sendTransaction({ to: account[9].address, value: 0n, gas: 21_000n });

await check("a frozen account sends nothing until it is unfrozen; calls give the same answer", async () => {
  assert.equal((await tries(citizen, Control, "freezeAccount", account[9].address, "")).errorName, "Unauthorized");
  await send(REGULATOR, Control, "freezeAccount", person.address, "case 1");
  await silenced(transfer, /not allowed: the account .* is frozen/);
  await assert.rejects(client.call({ account: person, to: account[9].address }), /is frozen/);
  await assert.rejects(client.estimateGas({ account: person, to: account[9].address }), /is frozen/);
  assert.equal((await read(Control, "accountStatus", person.address))[0], 1);
  await send(REGULATOR, Control, "unfreezeAccount", person.address);
  await heard(transfer);
});

await check("a frozen identity silences its accounts", async () => {
  await send(ISSUER, Identities, "freeze", identity, "case 2");
  await silenced(transfer, /not active/);
  await send(ISSUER, Identities, "unfreeze", identity, "cleared");
  await heard(transfer);
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

await check("ethr-did-resolver resolves a DID of the ledger by the stock ERC-1056 registry", async () => {
  const abi = parseAbi(["function setAttribute(address identity, bytes32 name, bytes value, uint256 validity)"]);
  const name = stringToHex("did/svc/HubService", { size: 32 });
  const value = stringToHex("https://hub.example");
  await send(citizen, { address: ERC1056, abi }, "setAttribute", person.address, name, value, 86_400n);
  const networks = [{ name: "city", chainId: Number(chainId), rpcUrl: urls[0], registry: ERC1056 }];
  const resolver = new Resolver(getResolver({ networks }));
  const did = `did:ethr:${toHex(chainId)}:${person.address}`;
  const found = await eventually("the service in the DID document", async () => {
    const { didDocument } = await resolver.resolve(did);
    return didDocument?.service?.[0];
  });
  assert.equal(found.serviceEndpoint, "https://hub.example");
});

const PARTITION = 424_243;
const partition = ledgerClients(PARTITION, "/ledgers/harbour", allUrls);
const trader = partition.walletOf(person);
let probe;

/** One more visit to the probe, with its receipt. */
async function visit() {
  const hash = await trader.writeContract({ ...probe, functionName: "enter" });
  const receipt = await partition.client.waitForTransactionReceipt({ hash, timeout: 20_000 });
  assert.equal(receipt.status, "success");
  return receipt;
}

await check("a partition ledger of all five is created by proposal, and transacts", async () => {
  await createLedger("harbour", PARTITION, 0, await keysNow());
  await answers(partition, PARTITION);
  const { abi, bytecode } = artifacts.PartitionProbe;
  const hash = await trader.deployContract({ abi, bytecode });
  const receipt = await partition.client.waitForTransactionReceipt({ hash, timeout: 20_000 });
  probe = { address: receipt.contractAddress, abi };
  await everywhere(partition, receipt);
  await everywhere(partition, await visit());
  assert.equal(await client.getCode({ address: probe.address }), undefined);
});

await check("how much fits into the blocks of both ledgers, and how often they come, is changed by proposal", async () => {
  const gasNow = async (ledger) => (await ledger.client.getBlock()).gasLimit;
  const ledgers = [
    [all, BigInt(await client.getChainId()), 250_000_000n, 900n],
    [partition, BigInt(PARTITION), 90_000_000n, 1_400n],
  ];
  const adjust = ([, chainId, blockGasMax, heartbeatMs]) =>
    action(Ledgers, "adjust", chainId, { blockGasMax, blockIntervalMs: 20n, heartbeatMs });
  for (const [ledger, , blockGasMax] of ledgers) assert.notEqual(await gasNow(ledger), blockGasMax);
  await decide("Blocks of another size and pace", ...ledgers.map(adjust));
  for (const [ledger, chainId, blockGasMax, heartbeat] of ledgers) {
    await eventually("a block of the new size", async () => (await gasNow(ledger)) === blockGasMax);
    const now = await ledger.client.request({ method: "civitas_parameters" });
    assert.deepEqual([now.blockGasMax, now.blockIntervalMs, now.heartbeatMs], [Number(blockGasMax), 20, Number(heartbeat)]);
    const known = await read(Ledgers, "parameters", chainId);
    assert.deepEqual([known.blockGasMax, known.leaderTimeoutMs], [blockGasMax, BigInt(now.leaderTimeoutMs)]);
  }
  await everywhere(partition, await visit());
  // An idle ledger makes a block with each heartbeat: before, the partition made two in a second.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const first = await partition.client.getBlockNumber({ cacheTime: 0 });
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  const made = (await partition.client.getBlockNumber({ cacheTime: 0 })) - first;
  assert.ok(made >= 1n && made <= 5n, `${made} blocks of an idle ledger in six seconds`);
  await decide("The harbour's pace of before", adjust([partition, BigInt(PARTITION), 90_000_000n, 500n]));
});

const gone = (await setNow()).find(({ name }) => name === "node3").key;
await check("a validator is excluded by proposal, as one that votes: within five seconds it has no link", async () => {
  const isOut = action(Nodes, "revoke", gone);
  const error = await tries(REVIEWER, Governance, "execute", await approved("as if it had no vote", isOut));
  assert.equal(decodeErrorResult({ abi: Nodes.abi, data: error.args[1] }).errorName, "WrongRole");
  const leaves = action(Nodes, "revokeValidator", gone);
  const needed = await tries(REVIEWER, Governance, "execute", await approved("while the harbour needs it", leaves));
  assert.equal(decodeErrorResult({ abi: Nodes.abi, data: needed.args[1] }).errorName, "OrdersLedgers");
  const others = (await keysNow()).filter((key) => key !== gone).map((key) => ({ key, role: 2 }));
  await decide("The harbour without node3", action(Ledgers, "changeMembers", "harbour", others));
  await decide("node3 leaves", leaves);
  assert.equal((await read(Nodes, "node", gone)).status, 4);
  await eventually("no links", async () => (await status(urls[3])).peers === 0, 5_000);
}, { needed: true });

await check("from an epoch on it votes no more, and stands still", async () => {
  await eventually("four validators", async () => !(await keysNow()).includes(gone), 40_000);
  assert.equal((await setNow()).length, 4);
  const first = await client.getBlockNumber();
  await loadGoesOn(client);
  for (let height = first + 1n; height < first + 6n; height++) {
    const signers = await eventually(`a certificate of block ${height}`, () => signersOf(height).catch(() => null));
    assert.ok(signers.length >= 3 && !signers.includes(gone), `votes for block ${height}: ${signers}`);
  }
  assert.equal((await status(urls[3])).peers, 0);
  assert.ok((await main.others[3].getBlockNumber()) < first, "it stands still");
});

await check("both ledgers go on without it, the new node among them", async () => {
  const left = (ledger) => ({ others: ledger.others.filter((_, index) => index !== 3) });
  await everywhere(left(partition), await visit());
  await everywhere(left(all), await decide("The archive joins", action(Organisations, "join", "City Archive", 4, 10, false)));
  await loadGoesOn(newcomer);
});

done();
