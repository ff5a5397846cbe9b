// Compiles the contracts of a folder into its contracts.json (creation bytecode and ABI), which is committed so that building the program
// needs no Node. Run `npm ci && npm run build` in the folder after a change; its package.json says for which version of the EVM.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const folder = resolve(process.argv[2] ?? ".");
// The compiler and the libraries are those of the folder, not of this script.
const require = createRequire(join(folder, "package.json"));
const solc = require("solc");
// With `runtime`, the file has the code on the chain, too: who verifies a deployment compares its hash.
const { evmVersion, runtime } = require("./package.json").config;
const names = readdirSync(folder).filter((name) => name.endsWith(".sol")).sort();
const sources = Object.fromEntries(names.map((name) => [name, { content: readFileSync(join(folder, name), "utf8") }]));
const input = {
  language: "Solidity",
  sources,
  settings: {
    evmVersion,
    optimizer: { enabled: true, runs: 200 },
    metadata: { bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", ...(runtime ? ["evm.deployedBytecode.object"] : [])] } },
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
    // Interfaces and abstract contracts are nothing that can be deployed.
    if (contract.evm.bytecode.object === "") continue;
    contracts[name] = { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` };
    if (runtime) contracts[name].runtime = `0x${contract.evm.deployedBytecode.object}`;
  }
}
writeFileSync(join(folder, "contracts.json"), `${JSON.stringify({ compiler: solc.version(), contracts }, null, 1)}\n`);
console.log(Object.entries(contracts).map(([name, { bytecode }]) => `${name}: ${bytecode.length / 2 - 1} bytes`).join("\n"));
