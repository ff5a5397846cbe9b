// Compiles the contracts of the tests with npm's solc and prints {name: {abi, bytecode, deployedBytecode}} as JSON.
// Run beside a `node_modules` that has solc and OpenZeppelin: compile.mjs CONTRACTS_FOLDER
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const folder = process.argv[2];
const modules = join(fileURLToPath(new URL(".", import.meta.url)), "node_modules");
const sources = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith(".sol"))
    .map((name) => [name, { content: readFileSync(join(folder, name), "utf8") }]),
);
const input = {
  language: "Solidity",
  sources,
  settings: {
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
  },
};
const findImport = (path) => ({ contents: readFileSync(join(modules, path), "utf8") });
const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
const errors = (output.errors ?? []).filter((error) => error.severity === "error");
if (errors.length > 0) {
  console.error(errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}
const artifacts = {};
for (const source of Object.keys(sources)) {
  for (const [name, contract] of Object.entries(output.contracts[source] ?? {})) {
    artifacts[name] = {
      abi: contract.abi,
      bytecode: `0x${contract.evm.bytecode.object}`,
      deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
    };
  }
}
process.stdout.write(JSON.stringify(artifacts));
