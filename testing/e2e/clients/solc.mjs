#!/usr/bin/env node
// Lets forge run npm's solc as if it were the compiler's native binary: it answers `--version` and compiles standard
// JSON from its input. forge hands over every source in full, so imports never happen.
import { readFileSync } from "node:fs";
import solc from "solc";

if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error(`only --version and --standard-json are known, not ${process.argv.slice(2).join(" ")}`);
  process.exit(1);
}
