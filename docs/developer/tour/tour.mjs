// Compiles a contract, deploys it, hears its event over WebSocket, traces the transaction, and asks for its proof.
import solc from "solc";
import { createPublicClient, createWalletClient, defineChain, http, parseAbiItem, webSocket } from "viem";
import { mnemonicToAccount } from "viem/accounts";

const url = process.argv[2] ?? "http://127.0.0.1:8545";
const chain = defineChain({
  id: 1337,
  name: "Civitas",
  nativeCurrency: { name: "Coin", symbol: "COIN", decimals: 18 },
  rpcUrls: { default: { http: [url] } },
});
const account = mnemonicToAccount("test test test test test test test test test test test junk");
const client = createPublicClient({ chain, transport: http(), pollingInterval: 50 });
const wallet = createWalletClient({ chain, account, transport: http() });
const listener = createPublicClient({ chain, transport: webSocket(url.replace("http", "ws")) });

const source = `
pragma solidity ^0.8.0;
contract Greeter {
    string public greeting = "Good morning, city";
    event Greeted(address indexed by, string greeting);
    function greet(string calldata text) external { greeting = text; emit Greeted(msg.sender, text); }
}`;
const compiled = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources: { "Greeter.sol": { content: source } },
      settings: { outputSelection: { "*": { "*": ["abi", "evm.bytecode"] } } },
    }),
  ),
).contracts["Greeter.sol"].Greeter;

const deployment = await wallet.deployContract({ abi: compiled.abi, bytecode: `0x${compiled.evm.bytecode.object}` });
const { contractAddress } = await client.waitForTransactionReceipt({ hash: deployment });
console.log("deployed at    ", contractAddress);

const contract = { address: contractAddress, abi: compiled.abi };
console.log("it says        ", await client.readContract({ ...contract, functionName: "greeting" }));

const heard = new Promise((resolve) => {
  listener.watchEvent({
    address: contractAddress,
    event: parseAbiItem("event Greeted(address indexed by, string greeting)"),
    onLogs: ([log]) => resolve(log.args),
  });
});
// The subscription is open once the same connection has answered a later call.
await listener.getBlockNumber();

const hash = await wallet.writeContract({ ...contract, functionName: "greet", args: ["Good evening, city"] });
const receipt = await client.waitForTransactionReceipt({ hash });
console.log("final in block ", receipt.blockNumber, "with gas", receipt.gasUsed);
console.log("event          ", await heard);

const trace = await client.request({ method: "debug_traceTransaction", params: [hash, { tracer: "callTracer" }] });
console.log("trace          ", trace.type, "from", trace.from, "gas used", Number(trace.gasUsed));

const block = `0x${receipt.blockNumber.toString(16)}`;
let proof = null;
while (proof === null) {
  proof = await client.request({ method: "civitas_getCertificate", params: [block] });
}
console.log("proven by      ", proof.certificate.signers.length, "validators, over payload", proof.payloadHeight);
process.exit(0);
