// A partition ledger with viem: created by proposal on a running city, used at its path, following the main ledger's
// identities, roles and freezes, frozen itself and unfrozen. A development city's accounts play everybody.
import assert from "node:assert/strict";
import { encodeFunctionData, keccak256, pad, toFunctionSelector, zeroHash } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import {
  account,
  action,
  answers,
  ask,
  binding,
  chainId,
  consentOfCaller,
  contracts,
  createLedger,
  decide,
  ERC1056,
  everywhere,
  heard,
  id,
  identityFor,
  ISSUER,
  ledgerClients,
  main,
  OFFICE,
  proofOf,
  read,
  REGULATOR,
  send,
  silenced,
  subject,
} from "./city.mjs";
import { artifacts, check, done, eventually } from "./harness.mjs";

const keys = process.env.CIVITAS_NODE_KEYS.split(",");
const NAME = "trade";
const CHAIN_ID = 424242;
const ONLY_ON_MAIN = toFunctionSelector("OnlyOnMainLedger()");
const trade = ledgerClients(CHAIN_ID, `/ledgers/${NAME}`);
const { Roles, Identities, Control, Ledgers } = contracts;

let createdAt;
await check("a ledger is created by proposal, and answers on all nodes without a restart", async () => {
  createdAt = (await createLedger(NAME, CHAIN_ID, 0, keys)).blockNumber;
  await answers(trade, CHAIN_ID);
  const ledgers = await ask("civitas_ledgers");
  assert.deepEqual(ledgers.map(({ name, path }) => [name, path]), [["main", "/"], [NAME, `/ledgers/${NAME}`]]);
}, { needed: true });

await check("all nodes derive the same genesis, whose time is that of its creation", async () => {
  const blocks = await Promise.all(trade.others.map((node) => node.getBlock({ blockNumber: 0n })));
  for (const block of blocks) assert.equal(block.hash, blocks[0].hash);
  const created = await main.client.getBlock({ blockNumber: createdAt });
  assert.equal(blocks[0].timestamp, created.timestamp);
});

const person = privateKeyToAccount(generatePrivateKey());
const citizen = main.walletOf(person);
const trader = trade.walletOf(person);
const identity = keccak256(person.address);
let probe;
const mined = (hash) => trade.client.waitForTransactionReceipt({ hash, timeout: 20_000 });
const probed = (functionName, ...args) => trade.client.readContract({ ...probe, functionName, args });

await check("viem deploys and transacts on it; every node has the result", async () => {
  const { abi, bytecode } = artifacts.PartitionProbe;
  const receipt = await mined(await trader.deployContract({ abi, bytecode }));
  assert.equal(receipt.status, "success");
  probe = { address: receipt.contractAddress, abi };
  const entered = await mined(await trader.writeContract({ ...probe, functionName: "enter" }));
  assert.equal(entered.status, "success");
  for (const node of trade.others) {
    await eventually("the visit", () => node.readContract({ ...probe, functionName: "visits" }).catch(() => 0n));
  }
  assert.equal(await main.client.getCode({ address: probe.address }), undefined);
}, { needed: true });

await check("each header commits to a block of the main ledger, which contracts can ask for", async () => {
  const block = await trade.client.getBlock();
  const linked = await main.client.getBlock({ blockHash: block.parentBeaconBlockRoot });
  assert.ok(linked.number >= createdAt, `${linked.number}`);
  assert.equal(await probed("mainBlockAt", block.timestamp), block.parentBeaconBlockRoot);
});

await check("an identity that is made on the main ledger is known to contracts on the partition", async () => {
  assert.equal(await probed("known", person.address), zeroHash);
  await send(ISSUER, Identities, "create", identityFor(person));
  const wish = await binding(identity, `eip155:${chainId}:${person.address}`);
  await send(citizen, Identities, "bind", wish, await proofOf(person, wish), consentOfCaller);
  await eventually("the identity on the partition", async () => {
    await mined(await trader.writeContract({ ...probe, functionName: "enter" }));
    return (await probed("known", person.address)) === identity;
  });
});

await check("roles are those of the main ledger", async () => {
  const role = id("CityRegulator");
  const scope = { kind: 0, value: zeroHash };
  assert.equal(await read(Roles, "holds", account[4].address, role, scope), true);
  assert.equal(await probed("has", account[4].address, role), true);
  assert.equal(await probed("has", person.address, role), false);
  assert.deepEqual(
    await trade.client.readContract({ ...Roles, functionName: "grantsOf", args: [subject(account[4].address)] }),
    await read(Roles, "grantsOf", subject(account[4].address)),
  );
});

await check("nothing of the city can be changed on a partition", async () => {
  const data = encodeFunctionData({ abi: Control.abi, functionName: "freezeAccount", args: [person.address, "no"] });
  const refusal = await trade.client.call({ account: account[4], to: Control.address, data }).catch((error) => error);
  assert.ok(refusal.walk?.((cause) => `${cause.data ?? ""}`.startsWith(ONLY_ON_MAIN)), `${refusal}`);
  const owner = toFunctionSelector("changeOwner(address,address)") + subject(person.address).slice(2).repeat(2);
  for (const [target, input] of [[Control.address, data], [ERC1056, owner]]) {
    const { result } = await trade.client.simulateContract({ ...probe, functionName: "meddle", args: [target, input] });
    assert.deepEqual([...result], [false, ONLY_ON_MAIN]);
  }
});

const enter = () => trader.writeContract({ ...probe, functionName: "enter", gas: 200_000n });

await check("an account that is frozen on the main ledger is refused on the partition", async () => {
  await send(REGULATOR, Control, "freezeAccount", person.address, "case 1");
  await silenced(enter, /not allowed: the account .* is frozen/);
  await send(REGULATOR, Control, "unfreezeAccount", person.address);
  const before = await probed("visits");
  await heard(enter, trade);
  assert.ok((await probed("visits")) > before);
});

await check("a frozen ledger takes no transaction, and goes on when it is unfrozen", async () => {
  const frozen = await send(REGULATOR, Ledgers, "freeze", NAME, "case 2");
  await everywhere(main, frozen);
  await assert.rejects(enter(), /the ledger trade is frozen/);
  const before = await trade.client.getBlockNumber({ cacheTime: 0 });
  await eventually("blocks of the frozen ledger", async () => (await trade.client.getBlockNumber({ cacheTime: 0 })) > before + 3n);
  for (let height = before + 2n; height <= before + 3n; height++) {
    const block = await trade.client.getBlock({ blockNumber: height });
    assert.deepEqual(block.transactions, []);
  }
  await send(REGULATOR, Ledgers, "unfreeze", NAME, "cleared");
  await heard(enter, trade);
});

await check("transactions that wait when a ledger is frozen are in no block until it is unfrozen", async () => {
  const flow = [];
  const senders = Array.from({ length: 4 }, () => trade.walletOf(privateKeyToAccount(generatePrivateKey())));
  let running = true;
  const pump = senders.map(async (wallet, index) => {
    for (let nonce = 0; running; nonce++) {
      const sent = wallet.sendTransaction({ to: account[index].address, value: 0n, gas: 21_000n, nonce });
      await sent.then((hash) => flow.push(hash), () => new Promise((resolve) => setTimeout(resolve, 50)));
    }
  });
  await eventually("a stream of transactions", () => flow.length > 40);
  const frozen = await send(REGULATOR, Ledgers, "freeze", NAME, "case 3");
  await everywhere(main, frozen);
  running = false;
  await Promise.all(pump);
  // What was ordered already when the freeze came may be executed once; the block after it is empty.
  const last = await trade.client.getBlockNumber({ cacheTime: 0 });
  await eventually("more blocks", async () => (await trade.client.getBlockNumber({ cacheTime: 0 })) > last + 4n);
  for (let height = last + 2n; height <= last + 4n; height++) {
    assert.deepEqual((await trade.client.getBlock({ blockNumber: height })).transactions, []);
  }
  await send(REGULATOR, Ledgers, "unfreeze", NAME, "cleared");
  await eventually("the rest", async () => (await trade.client.getTransactionReceipt({ hash: flow.at(-1) }).catch(() => null)) !== null, 30_000);
});

const club = ledgerClients(CHAIN_ID + 1, "/ledgers/club");
await check("a ledger with access by role takes transactions of those alone who may join", async () => {
  await createLedger("club", CHAIN_ID + 1, 1, keys);
  await answers(club, CHAIN_ID + 1);
  const visitor = club.walletOf(person);
  const visit = () => visitor.sendTransaction({ to: account[0].address, value: 0n, gas: 21_000n });
  await assert.rejects(visit(), /needs a role that permits Join/);
  const scope = { kind: 1, value: pad(`0x${(CHAIN_ID + 1).toString(16)}`, { size: 32 }) };
  await send(OFFICE, Roles, "grant", id("Citizen"), identity, scope, 0n, false);
  await heard(visit, club);
});

await check("a closed ledger is served no more; the others go on", async () => {
  await decide("The club ends", action(Ledgers, "close", "club", "over"));
  await eventually("the path to end", () => club.client.getBlockNumber({ cacheTime: 0 }).then(() => false, () => true));
  const before = await trade.client.getBlockNumber({ cacheTime: 0 });
  await eventually("a block", async () => (await trade.client.getBlockNumber({ cacheTime: 0 })) > before);
});

done();
