// ethers 6 against a city.
import assert from "node:assert/strict";
import {
  AbiCoder,
  Contract,
  ContractFactory,
  HDNodeWallet,
  JsonRpcProvider,
  Mnemonic,
  NonceManager,
  Transaction,
  Wallet,
  WebSocketProvider,
  ZeroAddress,
  getCreateAddress,
  id,
  isCallException,
  isError,
  toQuantity,
} from "ethers";
import { artifacts, check, done, eventually, firstAccount, mnemonic, urls, webSocketUrl } from "./harness.mjs";

const { CityAccess, CityToken, CityDeed, Probe, Batch } = artifacts;
const options = { pollingInterval: 50, cacheTimeout: -1 };
const provider = new JsonRpcProvider(urls[0], undefined, options);
const others = urls.map((url) => new JsonRpcProvider(url, undefined, options));
const words = Mnemonic.fromPhrase(mnemonic);
const walletOf = (offset) => HDNodeWallet.fromMnemonic(words, `m/44'/60'/0'/0/${firstAccount + offset}`).connect(provider);
const [first, second] = [walletOf(0), walletOf(1)];
const fresh = () => Wallet.createRandom().address;

async function deploy(artifact, ...args) {
  const contract = await new ContractFactory(artifact.abi, artifact.bytecode, first).deploy(...args);
  await contract.waitForDeployment();
  return contract;
}

/** Waits for the receipt of a transaction that is being sent. */
const mined = async (sending) => (await sending).wait();

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected an error, found success");
}

let access, token, deed, probe, batch;

await check("network, block and client version", async () => {
  const network = await provider.getNetwork();
  assert.equal(network.chainId, BigInt(await provider.send("eth_chainId", [])));
  assert.ok((await provider.getBlockNumber()) >= 0);
  assert.match(await provider.send("web3_clientVersion", []), /\w/);
});

await check("deploy AccessManager, ERC-20, ERC-721 of OpenZeppelin 5", async () => {
  access = await deploy(CityAccess, first.address);
  const nonce = await first.getNonce();
  token = await deploy(CityToken, await access.getAddress(), first.address, 10n ** 21n);
  assert.equal(await token.getAddress(), getCreateAddress({ from: first.address, nonce }));
  deed = await deploy(CityDeed);
  probe = await deploy(Probe);
  batch = await deploy(Batch);
  assert.equal(await token.name(), "City Token");
}, { needed: true });

await check("ERC-20: transfer with its event, on every node", async () => {
  const to = fresh();
  const receipt = await mined(token.transfer(to, 13n));
  assert.equal(receipt.status, 1);
  const event = token.interface.parseLog(receipt.logs[0]);
  assert.deepEqual([...event.args], [first.address, to, 13n]);
  for (const other of others) {
    const there = new Contract(await token.getAddress(), CityToken.abi, other);
    await eventually("the balance", async () => (await there.balanceOf(to)) === 13n);
    const same = await other.getTransactionReceipt(receipt.hash);
    assert.equal(same.blockHash, receipt.blockHash);
  }
});

await check("ERC-721: issue and transfer", async () => {
  const receipt = await mined(deed.issue(first.address, "city:deed/ethers"));
  const number = deed.interface.parseLog(receipt.logs[0]).args[2];
  await mined(deed.transferFrom(first.address, second.address, number));
  assert.equal(await deed.ownerOf(number), second.address);
});

await check("AccessManager: refused without the role, allowed with it, refused when it is taken away", async () => {
  const selector = token.interface.getFunction("mint").selector;
  await mined(access.setTargetFunctionRole(await token.getAddress(), [selector], 11n));
  const asSecond = token.connect(second);
  const refused = await failure(asSecond.mint.staticCall(second.address, 1n));
  assert.equal(refused.revert?.name, "AccessManagedUnauthorized");
  await mined(access.grantRole(11n, second.address, 0));
  assert.equal((await mined(asSecond.mint(second.address, 1n))).status, 1);
  await mined(access.revokeRole(11n, second.address));
  assert.equal((await failure(asSecond.mint.staticCall(second.address, 1n))).revert?.name, "AccessManagedUnauthorized");
});

await check("custom errors, require texts and panics are decoded", async () => {
  const refused = await failure(probe.refuse(99n));
  assert.ok(isCallException(refused));
  assert.equal(refused.revert.name, "Refused");
  assert.deepEqual([...refused.revert.args].slice(1), [99n, "as asked"]);
  assert.equal((await failure(probe.complain())).reason, "complaint in words");
  assert.match((await failure(probe.panic(0n))).reason ?? "", /panic|DIVIDE/i);
  const estimate = await failure(token.transfer.estimateGas(second.address, 10n ** 30n));
  assert.equal(token.interface.parseError(estimate.data)?.name, "ERC20InsufficientBalance");
});

await check("a transaction that reverts rejects wait() with its receipt", async () => {
  const error = await failure(mined(token.transfer(second.address, 10n ** 30n, { gasLimit: 100_000n })));
  assert.ok(isCallException(error));
  assert.equal(error.receipt.status, 0);
});

await check("transaction types 0, 1, 2 and 4", async () => {
  const accessList = [{ address: await token.getAddress(), storageKeys: [`0x${"0".repeat(64)}`] }];
  for (const [type, extra] of [[0, {}], [1, { accessList }], [2, { accessList }]]) {
    const to = fresh();
    const receipt = await mined(first.sendTransaction({ to, value: 17n, type, ...extra }));
    assert.equal(receipt.type, type);
    assert.equal(await provider.getBalance(to), 17n);
  }
  const authorization = await second.authorize({ address: await batch.getAddress(), nonce: await second.getNonce() });
  const receipt = await mined(first.sendTransaction({ to: second.address, value: 1n, type: 4, authorizationList: [authorization] }));
  assert.deepEqual([receipt.status, receipt.type], [1, 4]);
  const designation = `0xef0100${(await batch.getAddress()).slice(2).toLowerCase()}`;
  assert.equal(await provider.getCode(second.address), designation);
  const to = fresh();
  const delegated = new Contract(second.address, Batch.abi, second);
  assert.equal((await mined(delegated.execute([{ target: to, value: 2n, data: "0x" }]))).status, 1);
  assert.equal(await provider.getBalance(to), 2n);
  const revoke = await second.authorize({ address: ZeroAddress, nonce: await second.getNonce() });
  await mined(first.sendTransaction({ to: second.address, type: 4, authorizationList: [revoke] }));
  assert.equal(await provider.getCode(second.address), "0x");
});

await check("what a node returns is byte for byte what was signed", async () => {
  const sent = await first.sendTransaction({ to: fresh(), value: 1n });
  await sent.wait();
  const found = await provider.getTransaction(sent.hash);
  assert.equal(Transaction.from(found).hash, sent.hash);
  assert.equal(Transaction.from(found).from, first.address);
});

await check("WebSocket: contract events and blocks", async () => {
  const socket = new WebSocketProvider(webSocketUrl);
  const there = probe.connect(socket);
  const seen = [];
  const heads = [];
  await there.on("Noted", (author, index, payload, event) => seen.push([author, index, event.log.transactionHash]));
  await socket.on("block", (number) => heads.push(number));
  await eventually("a first block", async () => {
    if (heads.length === 0) await mined(probe.add(1n));
    return heads.length > 0;
  });
  const receipt = await mined(probe.note(40n, 3n));
  await eventually("3 events", () => seen.filter((event) => event[2] === receipt.hash).length === 3);
  assert.deepEqual(seen.filter((event) => event[2] === receipt.hash).map((event) => event[1]), [40n, 41n, 42n]);
  await eventually("the block", () => heads.includes(receipt.blockNumber));
  await there.removeAllListeners();
  await socket.destroy();
});

await check("queryFilter, indexed arguments, paging", async () => {
  const start = (await mined(probe.note(50n, 4n))).blockNumber;
  const end = (await mined(probe.note(54n, 4n))).blockNumber;
  const all = await probe.queryFilter(probe.filters.Noted(first.address), start, end);
  assert.deepEqual(all.map((event) => event.args.index), [50n, 51n, 52n, 53n, 54n, 55n, 56n, 57n]);
  const one = await probe.queryFilter(probe.filters.Noted(null, 55n), start, end);
  assert.equal(one.length, 1);
  const byHash = await provider.getLogs({ blockHash: all[0].blockHash, topics: [id("Noted(address,uint256,bytes)")] });
  assert.ok(byHash.length >= 4);
});

await check("polling events over HTTP (filters)", async () => {
  const seen = [];
  await probe.on("Noted", (_author, index) => seen.push(index));
  await eventually("the event", async () => {
    await mined(probe.note(60n, 1n));
    return seen.includes(60n);
  });
  await probe.removeAllListeners();
});

await check("historical calls and balances", async () => {
  const to = fresh();
  const before = await mined(probe.add(5n));
  const total = await probe.total({ blockTag: before.blockNumber });
  const paid = await mined(first.sendTransaction({ to, value: 8n }));
  const after = await mined(probe.add(5n));
  assert.equal(await probe.total({ blockTag: before.blockNumber }), total);
  assert.equal(await probe.total({ blockTag: after.blockNumber }), total + 5n);
  assert.equal(await provider.getBalance(to, paid.blockNumber - 1), 0n);
  assert.equal(await provider.getBalance(to, paid.blockNumber), 8n);
});

await check("fee data and estimates", async () => {
  const fees = await provider.getFeeData();
  assert.ok(fees.gasPrice !== null);
  // ethers takes a base fee of zero, a city's default, for a chain without EIP-1559, and sends type 0.
  const { baseFeePerGas } = await provider.getBlock("latest");
  assert.ok(baseFeePerGas === 0n || (fees.maxFeePerGas !== null && fees.maxPriorityFeePerGas !== null));
  assert.equal(await provider.estimateGas({ from: first.address, to: fresh(), value: 1n }), 21_000n);
});

await check("twenty transactions through a NonceManager", async () => {
  const manager = new NonceManager(second);
  const to = fresh();
  const sent = [];
  for (let index = 0; index < 20; index++) sent.push(await manager.sendTransaction({ to, value: 1n }));
  const receipts = await Promise.all(sent.map((transaction) => transaction.wait()));
  assert.ok(receipts.every((receipt) => receipt.status === 1));
  assert.equal(await provider.getBalance(to), 20n);
});

await check("errors have the codes that ethers knows", async () => {
  const poor = Wallet.createRandom().connect(provider);
  const request = { to: first.address, value: 1n, gasLimit: 21_000n, nonce: 0, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 0n };
  assert.ok(isError(await failure(poor.sendTransaction(request)), "INSUFFICIENT_FUNDS"));
  const low = await failure(first.sendTransaction({ ...request, nonce: 0 }));
  assert.ok(isError(low, "NONCE_EXPIRED"), `NONCE_EXPIRED, not ${low.code}: ${low.message}`);
});

await check("debug_traceTransaction of a call that reverted shows the reason", async () => {
  const data = probe.interface.encodeFunctionData("refuse", [7n]);
  const sent = await first.sendTransaction({ to: await probe.getAddress(), data, gasLimit: 100_000n });
  await failure(sent.wait());
  const trace = await provider.send("debug_traceTransaction", [sent.hash, { tracer: "callTracer" }]);
  assert.match(trace.error, /revert/i);
  assert.equal(probe.interface.parseError(trace.output).args[1], 7n);
  const raw = await provider.send("debug_traceTransaction", [sent.hash, { disableStorage: true, enableMemory: false }]);
  assert.equal(raw.failed, true);
});

await check("storage and code at latest and at a block hash (EIP-1898)", async () => {
  const receipt = await mined(probe.fill(500n, 1n));
  const slot = BigInt(AbiCoder.defaultAbiCoder().encode(["uint256"], [0]));
  assert.equal(BigInt(await provider.getStorage(await probe.getAddress(), slot)), await probe.total());
  const call = { to: await probe.getAddress(), data: probe.interface.encodeFunctionData("cells", [500n]) };
  const byHash = await provider.send("eth_call", [call, { blockHash: receipt.blockHash, requireCanonical: true }]);
  assert.equal(BigInt(byHash), 501n);
  const earlier = await provider.send("eth_call", [call, { blockNumber: toQuantity(receipt.blockNumber - 1) }]);
  assert.equal(BigInt(earlier), 0n);
});

done();
