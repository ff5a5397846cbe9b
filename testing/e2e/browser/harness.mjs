// What the journeys share: a Chromium that is watched, people who sign in with the keys of the development mnemonic, pictures,
// and the record of checks (a line of JSON each; the last one says that the journeys reached their end).
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { inspect } from "node:util";
import { chromium } from "playwright-core";
import { mnemonicToAccount } from "viem/accounts";
import { toHex } from "viem";

export const url = process.env.CIVITAS_CONSOLE;
export const pictures = process.env.CIVITAS_PICTURES;
const mnemonic = process.env.CIVITAS_MNEMONIC;
const locales = process.env.CIVITAS_LOCALES;
const CHECK_MS_MAX = 60_000;
/** How long anything on a page may take to show up. */
export const SHOWN_MS_MAX = 15_000;
const report = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

mkdirSync(pictures, { recursive: true });

export const browser = await chromium.launch({
  executablePath: process.env.CIVITAS_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});

/** Runs one check; a failure is reported, with a picture of the page, and the journeys go on. */
export async function check(name, body, { page = null, needed = false } = {}) {
  const started = Date.now();
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no result within ${CHECK_MS_MAX} ms`)), CHECK_MS_MAX);
  });
  try {
    await Promise.race([body(), limit]);
    report({ check: name, seconds: (Date.now() - started) / 1000 });
  } catch (error) {
    if (page) await page.screenshot({ path: `${pictures}/failed-${name.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 60)}.png` }).catch(() => {});
    const place = error?.stack?.split("\n").find((line) => line.includes("/browser/") && !line.includes("node_modules"));
    const text = error instanceof Error ? error.message : inspect(error);
    report({ check: name, failure: `${text.slice(0, 1800)}\n      ${place?.trim() ?? ""}` });
    if (needed) process.exit(1);
  } finally {
    clearTimeout(timer);
  }
}

/** Polls until `probe` answers something true. */
export async function eventually(what, probe) {
  const deadline = Date.now() + SHOWN_MS_MAX;
  for (;;) {
    if (await probe()) return;
    if (Date.now() > deadline) throw new Error(`expected ${what} within ${SHOWN_MS_MAX} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A measurement: shown, not judged. */
export const note = (text) => report({ note: text });

/** Ends the journeys: without this line they count as failed. */
export async function done() {
  await browser.close();
  report({ done: true });
  process.exit(0);
}

/** The texts of an area of the console, as its pages have them. */
export function texts(language, area) {
  const all = JSON.parse(readFileSync(`${locales}/${language}/${area}.json`, "utf8"));
  return (key) => {
    const found = key.split(".").reduce((part, name) => part?.[name], all);
    if (typeof found !== "string") throw new Error(`no text ${area}:${key} in ${language}`);
    return found;
  };
}

/** The private key of an account of the development mnemonic. */
export const keyOf = (index) => toHex(mnemonicToAccount(mnemonic, { addressIndex: index }).getHdKey().privateKey);
export const addressOf = (index) => mnemonicToAccount(mnemonic, { addressIndex: index }).address;

/** A person at a browser of their own: a page whose errors are kept, and their language. */
export class Visitor {
  static async new(name, language, { width = 1280, height = 860, dark = false } = {}) {
    const context = await browser.newContext({
      locale: language === "zh" ? "zh-CN" : "en-GB",
      colorScheme: dark ? "dark" : "light",
      viewport: { width, height },
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    const visitor = new Visitor();
    Object.assign(visitor, { name, language, context, page, faults: [] });
    page.setDefaultTimeout(SHOWN_MS_MAX);
    page.on("pageerror", (error) => visitor.faults.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && /Content Security Policy|Refused to|Minified React error/.test(message.text()))
        visitor.faults.push(`${page.url()}: ${message.text().slice(0, 300)}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 500) visitor.faults.push(`${response.status()} ${response.url()}`);
    });
    return visitor;
  }

  t(area, key) {
    return texts(this.language, area)(key);
  }

  /** Opens a page and waits until it shows what it was loading. */
  async open(path) {
    await this.page.goto(url + path, { waitUntil: "domcontentloaded" });
    await this.settled();
  }

  async settled() {
    await this.page.locator("main").first().waitFor();
    await this.page.waitForFunction(
      () => !document.querySelector("main .ant-skeleton, main .ant-spin-spinning, main [aria-busy='true']") && document.querySelector("main")?.innerText.trim().length > 0,
    );
  }

  /** Signs in with a development key, by the form that everybody sees. */
  async signIn(index) {
    await this.open("/login");
    await this.ownKey(this.page.locator("main"));
    await this.page.locator("input.mono, input[type=password]").first().fill(keyOf(index));
    await this.page.getByRole("button", { name: this.t("login", "withKey") }).click();
    await this.page.waitForURL((target) => !target.pathname.startsWith("/login"));
    await this.settled();
  }

  /** Opens the form for a key, which stands behind the people of a development city. */
  async ownKey(place) {
    const summary = place.locator(".own-key:not([open]):has(input) > summary");
    await summary.or(place.locator("input[type=password]")).first().waitFor();
    if (await summary.isVisible()) await summary.click();
  }

  /** A picture under the folder of the run. */
  async picture(name, { whole = true } = {}) {
    await this.page.screenshot({ path: `${pictures}/${this.name}-${this.language}-${name}.png`, fullPage: whole });
  }

  /** No serious violation of accessibility rules on this page. */
  async accessible() {
    await this.page.evaluate(axe);
    const violations = await this.page.evaluate(async () => {
      const result = await window.axe.run(document, { resultTypes: ["violations"] });
      return result.violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.failureSummary?.split("\n")[1] ?? ""}`).join("; ")} (${nodes.length})`);
    });
    if (violations.length > 0) throw new Error(`${new URL(this.page.url()).pathname}: ${violations.join("\n      ")}`);
  }

  /** The page shows no refusal and no fault. */
  async healthy() {
    const text = await this.page.locator("main").first().innerText();
    const alerts = await this.page.locator("main .error-state, main .ant-alert-error").allInnerTexts();
    if (alerts.length > 0) throw new Error(`${new URL(this.page.url()).pathname} shows: ${alerts.join(" | ").slice(0, 400)}`);
    if (/undefined|NaN|\[object Object\]|Invalid Date/.test(text)) throw new Error(`${this.page.url()} shows ${/.{0,60}(undefined|NaN|\[object Object\]|Invalid Date).{0,40}/s.exec(text)[0]}`);
    // A key where its text should be: `area.key`.
    const key = /(?<![\w./@-])[a-z]+(?:\.[a-z][a-zA-Z]+){1,3}(?![\w./@-])/.exec(text.replaceAll(/\S+\.(json|toml|db|log|pem|key|example|sol|rs|localhost)\b/g, ""));
    if (key && key[0].split(".").length > 2) throw new Error(`${this.page.url()} shows the key ${key[0]}`);
  }

  async close() {
    await this.context.close();
  }
}

/** A request of the page's own session. */
export async function api(visitor, path, options = {}) {
  return visitor.page.evaluate(
    async ([target, request]) => {
      const session = await (await fetch("/api/v1/session")).json();
      const response = await fetch(`/api/v1${target}`, {
        ...request,
        headers: { accept: "application/json", ...(request.body ? { "content-type": "application/json" } : {}), "x-csrf-token": session.csrf ?? "", ...request.headers },
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${target}: ${text.slice(0, 400)}`);
      return text ? JSON.parse(text) : null;
    },
    [path, options],
  );
}

/** A transaction of somebody who has no browser, as a program makes it: prepared and sent through the session of `visitor`. */
export async function send(visitor, index, call) {
  const account = mnemonicToAccount(mnemonic, { addressIndex: index });
  const post = (path, body) => api(visitor, path, { method: "POST", body: JSON.stringify(body) });
  const { chainId, to, data, nonce, gas, gasPrice, refused } = await post("/prepare", { ...call, account: account.address });
  assert.equal(refused ?? null, null, "why the ledger refuses it");
  const request = { type: "legacy", chainId: Number(chainId), to, data, nonce: Number(nonce), gas: BigInt(gas), gasPrice: BigInt(gasPrice ?? 0) };
  const raw = await account.signTransaction(request);
  const rpc = (method, params) => post("/ledgers/main/rpc", { jsonrpc: "2.0", id: 1, method, params });
  const { result: hash, error } = await rpc("eth_sendRawTransaction", [raw]);
  assert.ok(hash, JSON.stringify(error));
  let receipt;
  await eventually("the receipt", async () => {
    receipt = (await rpc("eth_getTransactionReceipt", [hash])).result;
    return receipt;
  });
  assert.equal(Number(receipt.status), 1, "status of the transaction");
}

/** Presses a button of the page, or of the dialog that stands before it. */
export async function press(visitor, area, key, { dialog = false } = {}) {
  const place = dialog ? visitor.page.locator(".ant-modal").last() : visitor.page.locator("main");
  await place.getByRole("button", { name: visitor.t(area, key), exact: true }).first().click();
}

/** Signs and sends what the dialog shows, with the person's key, and waits until it is in a final block. */
export async function sign(visitor, index) {
  const dialog = visitor.page.locator(".ant-modal").last();
  const key = dialog.locator("input[type=password]");
  const send = dialog.getByRole("button", { name: visitor.t("wallet", "signAndSend"), exact: true });
  const people = dialog.locator(".own-key");
  await people.or(key).or(send).first().waitFor();
  if (!(await send.isVisible())) {
    await visitor.ownKey(dialog);
    await key.fill(keyOf(index));
    await dialog.getByRole("button", { name: visitor.t("wallet", "useKey"), exact: true }).click();
  }
  await send.click();
  // Not the cross in the corner, which has the same name and is always there.
  const close = dialog.getByRole("button", { name: visitor.t("wallet", "close"), exact: true }).and(dialog.locator(".ant-btn"));
  await close.waitFor();
  const failed = await dialog.locator(".ant-alert-error").allInnerTexts();
  assert.deepEqual(failed, [], "failures of the transaction");
  // The receipt stays until the person has seen it, also where the page has moved on.
  assert.match(await dialog.locator(".receipt").innerText(), /0x[0-9a-f]{64}/, "the receipt");
  await visitor.picture("signed", { whole: false });
  await close.click();
}
