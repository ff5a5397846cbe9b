// Makes spec/vectors/hook-proofs.json: blocks, and proofs of a supervision hook's storage (EIP-1186), as anvil gives them.
//
//   anvil --port 31010 --chain-id 31337 --hardfork prague --timestamp 1800000000 &
//   node hook-vectors.mjs http://127.0.0.1:31010 contracts.json > hook-proofs.json
//
// The hook belongs to the city of chain id 77 with one gateway; every step is one command, and ends two blocks after the one before it.
import { readFileSync } from "node:fs";
import {
  createTestClient,
  encodeAbiParameters,
  encodeFunctionData,
  http,
  keccak256,
  numberToHex,
  pad,
  publicActions,
  toHex,
  toRlp,
  walletActions,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";

const [url, artifact] = process.argv.slice(2);
const { abi, bytecode } = JSON.parse(readFileSync(artifact, "utf8")).contracts.SupervisionHook;
const gateway = privateKeyToAccount(`0x${"43".repeat(32)}`);
const client = createTestClient({ chain: foundry, mode: "anvil", transport: http(url) })
  .extend(publicActions)
  .extend(walletActions);
const [sender] = await client.getAddresses();
const CITY = 77n;
const CHAIN = keccak256(toHex("eip155:31337"));
const VALID_UNTIL = 4_000_000_000n;

// The trees of accounts and of slots shall have branches below branches.
for (let number = 1; number <= 400; number += 1) {
  await client.setBalance({ address: pad(numberToHex(number + 0x1000), { size: 20 }), value: 1n });
}
const deployed = await client.deployContract({
  abi,
  bytecode,
  account: sender,
  args: [CITY, CHAIN, [gateway.address], 1],
});
const { contractAddress: hook } = await client.waitForTransactionReceipt({ hash: deployed });

async function execute(commandId, action, target) {
  const instruction = { commandId, city: CITY, action, target, validUntil: VALID_UNTIL };
  const signature = await gateway.signTypedData({
    domain: { name: "Civitas Supervision", version: "1", chainId: 31337, verifyingContract: hook },
    types: {
      Instruction: [
        { name: "commandId", type: "uint64" },
        { name: "city", type: "uint256" },
        { name: "action", type: "uint8" },
        { name: "target", type: "address" },
        { name: "validUntil", type: "uint64" },
      ],
    },
    primaryType: "Instruction",
    message: instruction,
  });
  const data = encodeFunctionData({ abi, functionName: "execute", args: [instruction, [signature]] });
  const hash = await client.sendTransaction({ account: sender, to: hook, data, gas: 500_000n });
  const receipt = await client.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`command ${commandId} was refused by the hook`);
  return signature;
}

for (let number = 1; number <= 60; number += 1) {
  await execute(BigInt(1000 + number), 4, pad(numberToHex(number + 0x2000), { size: 20 }));
}

// The header as it is hashed: Ethereum's, up to Prague.
function header(block) {
  const quantity = (value) => (BigInt(value) === 0n ? "0x" : numberToHex(BigInt(value)));
  return toRlp([
    block.parentHash, block.sha3Uncles, block.miner, block.stateRoot, block.transactionsRoot, block.receiptsRoot,
    block.logsBloom, quantity(block.difficulty), quantity(block.number), quantity(block.gasLimit), quantity(block.gasUsed),
    quantity(block.timestamp), block.extraData, block.mixHash, block.nonce, quantity(block.baseFeePerGas),
    block.withdrawalsRoot, quantity(block.blobGasUsed), quantity(block.excessBlobGas), block.parentBeaconBlockRoot,
    block.requestsHash,
  ].filter((item) => item !== undefined));
}

async function rawBlock(tag) {
  return await client.request({ method: "eth_getBlockByNumber", params: [tag, false] });
}

const slotOf = (mapping, key) =>
  keccak256(encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [key, mapping]));
// A lift is proven by its execution.
const executed = (id) => keccak256(encodeAbiParameters([{ type: "uint64" }, { type: "uint256" }], [id, 3n]));
const account = pad("0xa1", { size: 20 });
const contract = pad("0xc1", { size: 20 });
const zero = pad("0x", { size: 20 });
const steps = [
  [1n, "FreezeAccount", 4, account, slotOf(0n, account)],
  [2n, "LiftAccount", 5, account, executed(2n)],
  [3n, "FreezeContract", 2, contract, slotOf(1n, contract)],
  [4n, "LiftContract", 3, contract, executed(4n)],
  [5n, "FreezeChain", 0, zero, pad("0x2", { size: 32 })],
  [6n, "LiftChain", 1, zero, executed(6n)],
];
const start = await rawBlock("latest");
const codeHash = keccak256(await client.getCode({ address: hook }));
const made = [];
for (const [index, [id, name, action, target, slot]] of steps.entries()) {
  await execute(id, action, target);
  await client.mine({ blocks: 1 });
  const block = await rawBlock("latest");
  const encoded = header(block);
  if (keccak256(encoded) !== block.hash) throw new Error(`the header of ${block.number} is not the one that is hashed`);
  // The slot of the next command, which is not executed yet.
  const next = steps[(index + 1) % steps.length][4];
  const proof = await client.request({ method: "eth_getProof", params: [hook, [slot, next], block.number] });
  made.push({
    id: Number(id),
    action: name,
    target: target === zero ? "0x" : target,
    number: Number(block.number),
    hash: block.hash,
    header: encoded,
    slot,
    value: numberToHex(BigInt(proof.storageProof[0].value)),
    accountProof: proof.accountProof,
    storageProof: proof.storageProof[0].proof,
    nextStorageProof: proof.storageProof[1].proof,
  });
}
const vectors = {
  city: Number(CITY),
  chainId: 31337,
  hook,
  codeHash,
  gateway: gateway.address,
  start: { number: Number(start.number), hash: start.hash },
  steps: made,
};
console.log(JSON.stringify(vectors, undefined, 1));
