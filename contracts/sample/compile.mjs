// Compiles the contracts of the sample city (`civitas up --sample`) into contracts.json (creation bytecode and ABI), which is committed
// so that building the program needs no Node. Run `npm install && npm run build` here after a change.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import solc from "solc";

const require = createRequire(import.meta.url);
const names = readdirSync(".").filter((name) => name.endsWith(".sol")).sort();
const sources = Object.fromEntries(names.map((name) => [name, { content: readFileSync(name, "utf8") }]));
const input = {
  language: "Solidity",
  sources,
  settings: {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 200 },
    metadata: { bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
};
const find = (path) => ({ contents: readFileSync(require.resolve(path), "utf8") });
const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find }));
const errors = (output.errors ?? []).filter((error) => error.severity === "error");
if (errors.length > 0) {
  console.error(errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}
const contracts = {};
for (const file of names) {
  for (const [name, contract] of Object.entries(output.contracts[file])) {
    contracts[name] = { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` };
  }
}
writeFileSync("contracts.json", `${JSON.stringify({ compiler: solc.version(), contracts }, null, 1)}\n`);
console.log(Object.entries(contracts).map(([name, { bytecode }]) => `${name}: ${bytecode.length / 2 - 1} bytes`).join("\n"));
