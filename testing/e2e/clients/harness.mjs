// What the JavaScript clients share: the city's addresses, the compiled contracts and the record of checks. Every
// check is a line of JSON on standard output; the last line says that the suite reached its end.
import { readFileSync } from "node:fs";
import { inspect } from "node:util";

export const urls = process.env.CIVITAS_RPCS.split(",");
export const webSocketUrl = urls[0].replace(/^http/, "ws");
export const mnemonic = process.env.CIVITAS_MNEMONIC;
export const firstAccount = Number(process.env.CIVITAS_ACCOUNT);
export const artifacts = JSON.parse(readFileSync(process.env.CIVITAS_ARTIFACTS, "utf8"));

const CHECK_MS_MAX = 45_000;
const report = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Runs one check; a failure is reported and the suite goes on, unless the check is needed by all others.
 * `cityOnly` says why a foreign node (anvil, while a test is written) need not pass it. */
export async function check(name, body, { needed = false, cityOnly = null } = {}) {
  if (cityOnly !== null && process.env.CIVITAS_FOREIGN === "1") {
    report({ check: name, skip: `a foreign node: ${cityOnly}` });
    return;
  }
  const started = Date.now();
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no result within ${CHECK_MS_MAX} ms`)), CHECK_MS_MAX);
  });
  try {
    await Promise.race([body(), limit]);
    report({ check: name, seconds: (Date.now() - started) / 1000 });
  } catch (error) {
    report({ check: name, failure: describe(error) });
    if (needed) process.exit(1);
  } finally {
    clearTimeout(timer);
  }
}

function describe(error) {
  const place = error?.stack?.split("\n").find((line) => line.includes("/clients/") && !line.includes("node_modules"));
  const text = error instanceof Error ? error.message : inspect(error);
  return `${text.slice(0, 1800)}\n      ${place?.trim() ?? ""}`;
}

/** Polls until `probe` answers something true. */
export async function eventually(what, probe, milliseconds = 15_000) {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`expected ${what} within ${milliseconds} ms, found ${inspect(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A bare JSON-RPC request. */
export async function raw(body, url = urls[0]) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return response.json();
}

/** Ends the suite: without this line it counts as failed. */
export function done() {
  report({ done: true });
  process.exit(0);
}
