// viem against a city.
import assert from "node:assert/strict";
import {
  BaseError,
  ContractFunctionRevertedError,
  TransactionReceiptNotFoundError,
  createPublicClient,
  createWalletClient,
  decodeEventLog,
  defineChain,
  encodeFunctionData,
  getContractAddress,
  hexToBigInt,
  http,
  keccak256,
  parseEther,
  parseSignature,
  recoverTransactionAddress,
  numberToHex,
  toRlp,
  webSocket,
  zeroAddress,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { artifacts, check, done, eventually, firstAccount, mnemonic, raw, urls, webSocketUrl } from "./harness.mjs";

const { CityAccess, CityToken, CityDeed, Probe, Batch } = artifacts;
const chainId = hexToBigInt((await raw({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] })).result);
const chain = defineChain({
  id: Number(chainId),
  name: "city",
  nativeCurrency: { name: "Coin", symbol: "COIN", decimals: 18 },
  rpcUrls: { default: { http: urls } },
});
const options = { chain, pollingInterval: 50, cacheTime: 0 };
const client = createPublicClient({ ...options, transport: http(urls[0]) });
const others = urls.map((url) => createPublicClient({ ...options, transport: http(url) }));
const account = mnemonicToAccount(mnemonic, { addressIndex: firstAccount });
const second = mnemonicToAccount(mnemonic, { addressIndex: firstAccount + 1 });
const wallet = createWalletClient({ ...options, account, transport: http(urls[0]) });
const wallet2 = createWalletClient({ ...options, account: second, transport: http(urls[0]) });
const fresh = () => `0x${[...crypto.getRandomValues(new Uint8Array(20))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

const mined = async (hash) => client.waitForTransactionReceipt({ hash, timeout: 20_000 });
async function deploy(contract, args = [], from = wallet) {
  const receipt = await mined(await from.deployContract({ abi: contract.abi, bytecode: contract.bytecode, args }));
  assert.equal(receipt.status, "success");
  return { address: receipt.contractAddress, abi: contract.abi, receipt };
}
const write = async (contract, functionName, args, extra = {}, from = wallet) =>
  mined(await from.writeContract({ address: contract.address, abi: contract.abi, functionName, args, ...extra }));
const read = (contract, functionName, args, extra = {}) =>
  client.readContract({ address: contract.address, abi: contract.abi, functionName, args, ...extra });

/** The error that a contract reverted with, as viem decodes it. */
async function revertOf(promise) {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof BaseError, `a viem error, not ${error}`);
    const revert = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    assert.ok(revert, `a decoded revert, not: ${error.message}`);
    return revert;
  }
  throw new Error("expected a revert, found success");
}

let token, deed, access, probe, batch;

await check("the node says who and where it is", async () => {
  assert.equal(await client.getChainId(), Number(chainId));
  assert.equal(await client.request({ method: "net_version" }), chainId.toString());
  assert.match(await client.request({ method: "web3_clientVersion" }), /\w/);
  assert.equal(await client.request({ method: "eth_syncing" }), false);
  const hashed = await client.request({ method: "web3_sha3", params: ["0x68656c6c6f"] });
  assert.equal(hashed, keccak256("0x68656c6c6f"));
});

await check("deploy AccessManager, ERC-20, ERC-721 of OpenZeppelin 5", async () => {
  access = await deploy(CityAccess, [account.address]);
  token = await deploy(CityToken, [access.address, account.address, parseEther("1000")]);
  deed = await deploy(CityDeed);
  probe = await deploy(Probe);
  batch = await deploy(Batch);
  assert.equal(await read(token, "symbol"), "CITY");
  assert.equal(await read(token, "totalSupply"), parseEther("1000"));
}, { needed: true });

await check("receipt of a creation has all fields", async () => {
  const { receipt } = token;
  const transaction = await client.getTransaction({ hash: receipt.transactionHash });
  assert.equal(transaction.to, null);
  assert.equal(transaction.blockHash, receipt.blockHash);
  assert.equal(transaction.transactionIndex, receipt.transactionIndex);
  const address = getContractAddress({ from: account.address, nonce: BigInt(transaction.nonce) });
  assert.equal(receipt.contractAddress.toLowerCase(), address.toLowerCase());
  assert.equal(receipt.type, "eip1559");
  assert.ok(receipt.gasUsed > 21_000n && receipt.cumulativeGasUsed >= receipt.gasUsed);
  assert.ok(receipt.effectiveGasPrice >= 0n);
  assert.equal(receipt.logsBloom.length, 2 + 512);
  assert.ok(receipt.logs.every((log) => log.blockHash === receipt.blockHash && log.removed === false));
});

await check("contract at the same address with the same code on all nodes", async () => {
  const code = await client.getCode({ address: token.address });
  assert.ok(code.length > 1000);
  for (const other of others) {
    await eventually("the code", async () => (await other.getCode({ address: token.address })) === code);
    const supply = await other.readContract({ address: token.address, abi: token.abi, functionName: "totalSupply" });
    assert.equal(supply, parseEther("1000"));
  }
});

await check("ERC-20: transfer, allowance, events", async () => {
  const holder = fresh();
  const receipt = await write(token, "transfer", [holder, 5n]);
  assert.equal(receipt.status, "success");
  assert.equal(receipt.logs.length, 1);
  const event = decodeEventLog({ abi: token.abi, ...receipt.logs[0] });
  assert.equal(event.eventName, "Transfer");
  assert.equal(event.args.to.toLowerCase(), holder);
  assert.equal(event.args.value, 5n);
  assert.equal(await read(token, "balanceOf", [holder]), 5n);
  await write(token, "approve", [second.address, 7n]);
  await write(token, "transferFrom", [account.address, holder, 7n], {}, wallet2);
  assert.equal(await read(token, "balanceOf", [holder]), 12n);
});

await check("ERC-20: permit by an EIP-712 signature", async () => {
  const message = {
    owner: account.address, spender: second.address, value: 9n,
    nonce: await read(token, "nonces", [account.address]), deadline: 2n ** 64n,
  };
  const fields = ["address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"];
  const signature = await account.signTypedData({
    domain: { name: "City Token", version: "1", chainId: Number(chainId), verifyingContract: token.address },
    types: { Permit: fields.map((field) => ({ type: field.split(" ")[0], name: field.split(" ")[1] })) },
    primaryType: "Permit",
    message,
  });
  const { v, r, s } = parseSignature(signature);
  await write(token, "permit", [message.owner, message.spender, 9n, message.deadline, Number(v), r, s], {}, wallet2);
  assert.equal(await read(token, "allowance", [account.address, second.address]), 9n);
});

await check("ERC-721: issue, owner, transfer, token URI", async () => {
  const receipt = await write(deed, "issue", [account.address, "city:deed/1"]);
  assert.equal(receipt.status, "success");
  const number = await read(deed, "issued");
  assert.equal(await read(deed, "tokenURI", [number]), "city:deed/1");
  await write(deed, "safeTransferFrom", [account.address, second.address, number]);
  assert.equal(await read(deed, "ownerOf", [number]), second.address);
});

await check("AccessManager: a role decides who may issue", async () => {
  const selector = encodeFunctionData({ abi: token.abi, functionName: "mint", args: [zeroAddress, 0n] }).slice(0, 10);
  await write(access, "setTargetFunctionRole", [token.address, [selector], 7n]);
  const refused = await revertOf(client.simulateContract({ ...token, functionName: "mint", args: [second.address, 3n], account: second }));
  assert.equal(refused.data?.errorName, "AccessManagedUnauthorized");
  assert.equal(refused.data.args[0], second.address);
  await write(access, "grantRole", [7n, second.address, 0]);
  const before = await read(token, "balanceOf", [second.address]);
  await write(token, "mint", [second.address, 3n], {}, wallet2);
  assert.equal(await read(token, "balanceOf", [second.address]), before + 3n);
});

await check("custom errors, require texts and panics are decoded", async () => {
  const insufficient = await revertOf(client.simulateContract({ ...token, functionName: "transfer", args: [second.address, 10n ** 30n], account }));
  assert.equal(insufficient.data.errorName, "ERC20InsufficientBalance");
  assert.equal(insufficient.data.args[2], 10n ** 30n);
  const missing = await revertOf(read(deed, "ownerOf", [404n]));
  assert.equal(missing.data.errorName, "ERC721NonexistentToken");
  const custom = await revertOf(read(probe, "refuse", [42n], { account }));
  assert.deepEqual(custom.data.args, [account.address, 42n, "as asked"]);
  assert.equal((await revertOf(read(probe, "complain"))).reason, "complaint in words");
  assert.match((await revertOf(read(probe, "panic", [0n]))).reason, /divi/i);
});

await check("estimateGas of a call that reverts gives its reason", async () => {
  const revert = await revertOf(client.estimateContractGas({ ...token, functionName: "transfer", args: [second.address, 10n ** 30n], account }));
  assert.equal(revert.data.errorName, "ERC20InsufficientBalance");
});

await check("a transaction that reverts is mined with status 0 and no events", async () => {
  const receipt = await write(token, "transfer", [second.address, 10n ** 30n], { gas: 100_000n });
  assert.equal(receipt.status, "reverted");
  assert.equal(receipt.logs.length, 0);
  assert.ok(receipt.gasUsed > 21_000n && receipt.gasUsed < 100_000n);
});

await check("estimated gas is enough and not wasteful", async () => {
  const to = fresh();
  assert.equal(await client.estimateGas({ account, to, value: 1n }), 21_000n);
  const estimate = await client.estimateContractGas({ ...probe, functionName: "fill", args: [1000n, 10n], account });
  const receipt = await write(probe, "fill", [1000n, 10n], { gas: estimate });
  assert.equal(receipt.status, "success");
  assert.ok(estimate < (receipt.gasUsed * 13n) / 10n, `${estimate} against ${receipt.gasUsed} used`);
});

await check("transaction types 0, 1 and 2", async () => {
  for (const [type, extra] of [
    ["legacy", {}],
    ["eip2930", { accessList: [{ address: token.address, storageKeys: [numberToHex(0, { size: 32 })] }] }],
    ["eip1559", {}],
  ]) {
    const to = fresh();
    const hash = await wallet.sendTransaction({ to, value: 11n, type, ...extra });
    const receipt = await mined(hash);
    assert.equal(receipt.status, "success");
    assert.equal(receipt.type, type);
    assert.equal(await client.getBalance({ address: to }), 11n);
    const transaction = await client.getTransaction({ hash });
    assert.equal(transaction.type, type);
    assert.equal(transaction.from.toLowerCase(), account.address.toLowerCase());
    if (type === "eip2930") assert.equal(transaction.accessList.length, 1);
  }
});

await check("EIP-7702: an account gets code and runs several calls in one transaction", async () => {
  const authorization = await wallet.signAuthorization({ contractAddress: batch.address, executor: "self" });
  const [first, other] = [fresh(), fresh()];
  const calls = [
    { target: first, value: 3n, data: "0x" },
    { target: other, value: 4n, data: "0x" },
  ];
  const data = encodeFunctionData({ abi: batch.abi, functionName: "execute", args: [calls] });
  const hash = await wallet.sendTransaction({ to: account.address, data, authorizationList: [authorization] });
  const receipt = await mined(hash);
  assert.equal(receipt.status, "success");
  assert.equal(receipt.type, "eip7702");
  assert.equal(await client.getBalance({ address: first }), 3n);
  assert.equal(await client.getBalance({ address: other }), 4n);
  const code = await client.getCode({ address: account.address });
  assert.equal(code.toLowerCase(), `0xef0100${batch.address.slice(2).toLowerCase()}`);
  assert.equal((await client.getTransaction({ hash })).authorizationList.length, 1);
  // Back to an account without code.
  const revoke = await wallet.signAuthorization({ contractAddress: zeroAddress, executor: "self" });
  await mined(await wallet.sendTransaction({ to: account.address, authorizationList: [revoke] }));
  assert.equal(await client.getCode({ address: account.address }), undefined);
});

await check("WebSocket: contract events, new heads, pending transactions", async () => {
  const socket = createPublicClient({ ...options, transport: webSocket(webSocketUrl) });
  const events = [], heads = [], pending = [], faults = [];
  const onError = (error) => faults.push(error.message);
  const stops = [
    socket.watchContractEvent({ ...probe, eventName: "Noted", poll: false, onError, onLogs: (logs) => events.push(...logs) }),
    socket.watchBlocks({ poll: false, onError, onBlock: (block) => heads.push(block) }),
    socket.watchPendingTransactions({ poll: false, onError, onTransactions: (hashes) => pending.push(...hashes) }),
  ];
  // A first head shows that the subscriptions stand (one socket, in order).
  let index = 0n;
  await eventually("a first head", async () => {
    if (heads.length === 0) await write(probe, "add", [1n]);
    return heads.length > 0;
  });
  const hash = await wallet.writeContract({ ...probe, functionName: "note", args: [index, 5n] });
  const receipt = await mined(hash);
  await eventually("5 events", () => events.filter((event) => event.transactionHash === hash).length === 5);
  await eventually("the head", () => heads.some((head) => head.hash === receipt.blockHash));
  await eventually("the pending transaction", () => pending.includes(hash));
  const mine = events.filter((event) => event.transactionHash === hash);
  assert.deepEqual(mine.map((event) => event.args.index), [0n, 1n, 2n, 3n, 4n]);
  assert.ok(mine.every((event) => event.blockHash === receipt.blockHash && event.removed === false));
  for (let next = 1; next < heads.length; next++) {
    assert.equal(heads[next].parentHash, heads[next - 1].hash, "heads arrive in order without a gap");
  }
  assert.deepEqual(faults, []);
  for (const stop of stops) stop();
  (await socket.transport.getRpcClient()).close();
});

await check("getLogs: pages by block range make the whole; topics and block hash select", async () => {
  const blocks = [];
  for (let page = 0n; page < 5n; page++) blocks.push((await write(probe, "note", [100n + page * 6n, 6n])).blockNumber);
  const range = { fromBlock: blocks[0], toBlock: blocks.at(-1) };
  const event = probe.abi.find((item) => item.name === "Noted");
  const whole = await client.getLogs({ address: probe.address, event, ...range });
  assert.deepEqual(whole.map((log) => log.args.index), Array.from({ length: 30 }, (_, index) => 100n + BigInt(index)));
  const paged = [];
  for (let from = range.fromBlock; from <= range.toBlock; from += 2n) {
    const to = from + 1n < range.toBlock ? from + 1n : range.toBlock;
    paged.push(...(await client.getLogs({ address: probe.address, event, fromBlock: from, toBlock: to })));
  }
  assert.deepEqual(paged.map((log) => log.args.index), whole.map((log) => log.args.index));
  const [one] = await client.getLogs({ address: probe.address, event, args: { index: 117n }, ...range });
  assert.equal(one.args.index, 117n);
  const several = await client.getLogs({ address: [probe.address, token.address], event, args: { index: [101n, 102n] }, ...range });
  assert.equal(several.length, 2);
  const byHash = await client.getLogs({ address: probe.address, event, blockHash: whole[0].blockHash });
  assert.ok(byHash.length >= 6 && byHash.every((log) => log.blockHash === whole[0].blockHash));
  assert.equal((await client.getLogs({ address: fresh(), ...range })).length, 0);
});

await check("filters: events and blocks, then uninstalled", async () => {
  const events = await client.createContractEventFilter({ ...probe, eventName: "Noted" });
  const blocks = await client.createBlockFilter();
  const receipt = await write(probe, "note", [200n, 2n]);
  const changes = [];
  await eventually("both events", async () => {
    changes.push(...(await client.getFilterChanges({ filter: events })));
    return changes.length >= 2;
  });
  assert.deepEqual(changes.map((log) => log.args.index), [200n, 201n]);
  assert.equal((await client.getFilterChanges({ filter: events })).length, 0);
  assert.ok((await client.getFilterChanges({ filter: blocks })).includes(receipt.blockHash));
  assert.equal(await client.uninstallFilter({ filter: events }), true);
  assert.equal(await client.uninstallFilter({ filter: events }), false);
  await assert.rejects(client.getFilterChanges({ filter: events }), /filter/i);
});

await check("debug_traceTransaction: callTracer shows the nested calls", async () => {
  const receipt = await write(probe, "nested", [3n]);
  const trace = await client.request({ method: "debug_traceTransaction", params: [receipt.transactionHash, { tracer: "callTracer", tracerConfig: { withLog: true } }] });
  let depth = 0;
  for (let frame = trace; frame.calls?.length; frame = frame.calls[0]) depth += 1;
  assert.equal(depth, 4);
  assert.equal(trace.from.toLowerCase(), account.address.toLowerCase());
  assert.equal(trace.to.toLowerCase(), probe.address.toLowerCase());
  assert.equal(BigInt(trace.gasUsed), receipt.gasUsed);
});

await check("debug_traceTransaction: struct logs agree with the receipt", async () => {
  const receipt = await write(probe, "add", [2n]);
  const trace = await client.request({ method: "debug_traceTransaction", params: [receipt.transactionHash, {}] });
  assert.equal(BigInt(trace.gas), receipt.gasUsed);
  assert.equal(trace.failed, false);
  assert.ok(trace.structLogs.length > 20);
  assert.deepEqual([trace.structLogs[0].pc, trace.structLogs[0].depth], [0, 1]);
  assert.ok(trace.structLogs.some((step) => step.op === "SSTORE"));
});

await check("debug_traceCall and prestateTracer", async () => {
  const data = encodeFunctionData({ abi: probe.abi, functionName: "nested", args: [1n] });
  const call = { from: account.address, to: probe.address, data };
  const trace = await client.request({ method: "debug_traceCall", params: [call, "latest", { tracer: "callTracer" }] });
  assert.equal(trace.calls.length, 1);
  const state = await client.request({ method: "debug_traceCall", params: [call, "latest", { tracer: "prestateTracer" }] });
  assert.ok(Object.keys(state).some((address) => address.toLowerCase() === probe.address.toLowerCase()));
});

await check("debug_traceBlockByNumber traces every transaction of a block", async () => {
  const receipt = await write(probe, "add", [3n]);
  const block = await client.getBlock({ blockHash: receipt.blockHash });
  const traces = await client.request({ method: "debug_traceBlockByNumber", params: [numberToHex(block.number), { tracer: "callTracer" }] });
  assert.deepEqual(traces.map((trace) => trace.txHash), block.transactions);
});

await check("fees: history, suggestions, price", async () => {
  const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [10, 90] });
  assert.equal(history.baseFeePerGas.length, 5);
  assert.equal(history.gasUsedRatio.length, 4);
  assert.ok(history.reward.every((pair) => pair.length === 2));
  const fees = await client.estimateFeesPerGas();
  assert.ok(fees.maxFeePerGas >= fees.maxPriorityFeePerGas);
  assert.ok((await client.getGasPrice()) >= 0n);
  assert.ok((await client.estimateMaxPriorityFeePerGas()) >= 0n);
});

await check("history: balance, nonce, storage, code and calls at an old block", async () => {
  const before = await write(probe, "add", [10n]);
  const total = await read(probe, "total", [], { blockNumber: before.blockNumber });
  const to = fresh();
  const after = await mined(await wallet.sendTransaction({ to, value: 21n }));
  const last = await write(probe, "add", [10n]);
  assert.ok(last.blockNumber > before.blockNumber);
  assert.equal(await read(probe, "total", [], { blockNumber: before.blockNumber }), total);
  assert.equal(await read(probe, "total", [], { blockNumber: last.blockNumber }), total + 10n);
  assert.equal(await client.getBalance({ address: to, blockNumber: after.blockNumber - 1n }), 0n);
  assert.equal(await client.getBalance({ address: to, blockNumber: after.blockNumber }), 21n);
  const nonces = [before, last].map(({ blockNumber }) => client.getTransactionCount({ address: account.address, blockNumber }));
  const [old, now] = await Promise.all(nonces);
  assert.equal(now - old, 2);
  const slot = { address: probe.address, slot: numberToHex(0, { size: 32 }) };
  assert.equal(hexToBigInt(await client.getStorageAt({ ...slot, blockNumber: before.blockNumber })), total);
  assert.equal(hexToBigInt(await client.getStorageAt({ ...slot, blockNumber: last.blockNumber })), total + 10n);
  assert.equal(await client.getCode({ address: probe.address, blockNumber: 0n }), undefined);
  const [, number] = await read(probe, "environment", [], { blockNumber: before.blockNumber });
  assert.equal(number, before.blockNumber);
});

await check("twenty transactions in a row without waiting", async () => {
  const address = second.address;
  const start = await client.getTransactionCount({ address, blockTag: "pending" });
  const to = fresh();
  const hashes = [];
  for (let index = 0; index < 20; index++) {
    const nonce = await client.getTransactionCount({ address, blockTag: "pending" });
    assert.equal(nonce, start + index, "the pending nonce counts what waits");
    hashes.push(await wallet2.sendTransaction({ to, value: 1n, nonce, gas: 21_000n }));
  }
  const receipts = await Promise.all(hashes.map(mined));
  assert.ok(receipts.every((receipt) => receipt.status === "success"));
  assert.equal(await client.getBalance({ address: to }), 20n);
  assert.equal(await client.getTransactionCount({ address }), start + 20);
});

await check("transactions sent in the wrong order are executed in the right one", async () => {
  const address = second.address;
  const start = await client.getTransactionCount({ address, blockTag: "pending" });
  const to = fresh();
  const request = (nonce) => wallet2.sendTransaction({ to, value: 1n, nonce, gas: 21_000n });
  const late = await request(start + 1);
  await assert.rejects(client.getTransactionReceipt({ hash: late }), TransactionReceiptNotFoundError);
  const early = await request(start);
  const receipts = await Promise.all([early, late].map(mined));
  assert.ok(receipts[0].blockNumber <= receipts[1].blockNumber);
  assert.equal(await client.getBalance({ address: to }), 2n);
});

await check("requests in a JSON-RPC batch, by viem and bare", async () => {
  const batched = createPublicClient({ ...options, transport: http(urls[0], { batch: { batchSize: 50, wait: 10 } }) });
  const balances = await Promise.all(Array.from({ length: 30 }, () => batched.getBalance({ address: account.address })));
  assert.equal(new Set(balances).size, 1);
  const answers = await raw([
    { jsonrpc: "2.0", id: 7, method: "eth_chainId", params: [] },
    { jsonrpc: "2.0", id: "word", method: "eth_noSuchMethod", params: [] },
  ]);
  assert.equal(answers.find((answer) => answer.id === 7).result, numberToHex(chainId));
  assert.equal(answers.find((answer) => answer.id === "word").error.code, -32601);
});

await check("block hash is the hash of the header as Ethereum encodes it", async () => {
  const { blockNumber } = await write(probe, "note", [300n, 1n]);
  const block = await client.request({ method: "eth_getBlockByNumber", params: [numberToHex(blockNumber), false] });
  assert.equal(keccak256(toRlp(headerFields(block))), block.hash);
});

await check("debug_getRawHeader, Block, Receipts and Transaction", async () => {
  const receipt = await write(probe, "note", [310n, 1n]);
  const number = numberToHex(receipt.blockNumber);
  const header = await client.request({ method: "debug_getRawHeader", params: [number] });
  assert.equal(keccak256(header), receipt.blockHash);
  const bytes = await client.request({ method: "debug_getRawTransaction", params: [receipt.transactionHash] });
  assert.equal(keccak256(bytes), receipt.transactionHash);
  assert.equal((await recoverTransactionAddress({ serializedTransaction: bytes })).toLowerCase(), account.address.toLowerCase());
  const block = await client.request({ method: "debug_getRawBlock", params: [number] });
  assert.ok(block.includes(header.slice(2)), "the raw block holds the raw header");
  const receipts = await client.request({ method: "debug_getRawReceipts", params: [number] });
  assert.ok(receipts.length >= 1);
}, { cityOnly: "it may not serve raw data" });

await check("eth_getBlockReceipts, counts and transactions by index agree", async () => {
  const receipt = await write(probe, "note", [320n, 1n]);
  const number = numberToHex(receipt.blockNumber);
  const receipts = await client.request({ method: "eth_getBlockReceipts", params: [number] });
  assert.ok(receipts.some((one) => one.transactionHash === receipt.transactionHash));
  assert.equal(await client.getBlockTransactionCount({ blockNumber: receipt.blockNumber }), receipts.length);
  const { blockHash } = receipt;
  const transaction = await client.getTransaction({ blockHash, index: receipt.transactionIndex });
  assert.equal(transaction.hash, receipt.transactionHash);
  const full = await client.getBlock({ blockHash, includeTransactions: true });
  assert.equal(full.transactions[receipt.transactionIndex].hash, receipt.transactionHash);
});

await check("latest, safe and finalized are the same block", async () => {
  await eventually("one height for the three tags", async () => {
    const tags = ["latest", "safe", "finalized"].map((blockTag) => client.getBlock({ blockTag }));
    return new Set((await Promise.all(tags)).map((block) => block.hash)).size === 1;
  });
  assert.equal((await client.getBlock({ blockTag: "earliest" })).number, 0n);
}, { cityOnly: "its blocks may be final later" });

await check("eth_createAccessList, state overrides, eth_simulateV1", async () => {
  const data = encodeFunctionData({ abi: probe.abi, functionName: "add", args: [1n] });
  const list = await client.createAccessList({ account, to: probe.address, data });
  const entry = list.accessList.find((one) => one.address.toLowerCase() === probe.address.toLowerCase());
  assert.deepEqual(entry.storageKeys, [numberToHex(0, { size: 32 })]);
  const stateDiff = [{ slot: numberToHex(0, { size: 32 }), value: numberToHex(77, { size: 32 }) }];
  const total = await read(probe, "total", [], { stateOverride: [{ address: probe.address, stateDiff }] });
  assert.equal(total, 77n);
  const [block] = await client.simulateBlocks({ blocks: [{ calls: [{ account, to: probe.address, data }, { account, to: probe.address, data }] }] });
  assert.deepEqual(block.calls.map((call) => call.status), ["success", "success"]);
  assert.equal(hexToBigInt(block.calls[1].data) - hexToBigInt(block.calls[0].data), 1n);
});

await check("same block hash and state root on all nodes", async () => {
  const number = await client.getBlockNumber();
  for (const height of [1n, number / 2n, number]) {
    const blocks = [];
    for (const other of others) {
      await eventually(`height ${number}`, async () => (await other.getBlockNumber()) >= number);
      blocks.push(await other.getBlock({ blockNumber: height }));
    }
    assert.equal(new Set(blocks.map((block) => `${block.hash} ${block.stateRoot}`)).size, 1);
  }
});

/** The header fields in the order of Ethereum's encoding; later ones only where the block has them. */
function headerFields(block) {
  const quantity = (value) => (BigInt(value) === 0n ? "0x" : numberToHex(BigInt(value)));
  const fields = [
    block.parentHash, block.sha3Uncles, block.miner, block.stateRoot, block.transactionsRoot, block.receiptsRoot,
    block.logsBloom, quantity(block.difficulty), quantity(block.number), quantity(block.gasLimit),
    quantity(block.gasUsed), quantity(block.timestamp), block.extraData, block.mixHash, block.nonce,
  ];
  const later = [
    ["baseFeePerGas", quantity], ["withdrawalsRoot"], ["blobGasUsed", quantity], ["excessBlobGas", quantity],
    ["parentBeaconBlockRoot"], ["requestsHash"],
  ];
  for (const [name, encode = (value) => value] of later) {
    if (block[name] !== undefined && block[name] !== null) fields.push(encode(block[name]));
  }
  return fields;
}

done();
