import { fileURLToPath } from "node:url";
import hardhatNodeTestRunner from "@nomicfoundation/hardhat-node-test-runner";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import { defineConfig } from "hardhat/config";

const accounts = {
  mnemonic: process.env.CIVITAS_MNEMONIC!,
  initialIndex: Number(process.env.CIVITAS_ACCOUNT),
  count: 2,
};

// The compiler is the one in the npm package solc: Hardhat downloads nothing.
const solc = fileURLToPath(import.meta.resolve("solc/soljson.js"));

export default defineConfig({
  plugins: [hardhatViem, hardhatNodeTestRunner],
  solidity: { version: "0.8.37", path: solc, settings: { optimizer: { enabled: true, runs: 200 } } },
  paths: { sources: "./contracts", tests: { nodejs: "./test" } },
  networks: {
    city: { type: "http", chainType: "generic", url: process.env.CIVITAS_RPCS!.split(",")[0], accounts },
  },
});
