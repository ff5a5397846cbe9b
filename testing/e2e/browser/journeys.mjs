// The journeys of the personas through the console of a sample city, in Chinese and English: every area that a persona sees is
// opened, looked at by axe, and photographed; then each does their work. Accounts are those of the sample.
import assert from "node:assert/strict";
import { addressOf, api, check, done, eventually, keyOf, note, url, Visitor } from "./harness.mjs";

const PERSONAS = [
  { name: "regulator", account: 4, areas: ["/", "/explorer", "/governance", "/identities", "/chains", "/ledgers", "/me"] },
  { name: "operator", account: 3, areas: ["/", "/monitoring", "/operations", "/governance", "/ledgers"] },
  { name: "business", account: 2, areas: ["/", "/chains", "/governance", "/me"] },
  { name: "developer", account: 14, areas: ["/", "/explorer", "/me"] },
  { name: "citizen", account: 10, areas: ["/", "/explorer", "/me"] },
];
const languages = (process.env.CIVITAS_LANGUAGES ?? "zh,en").split(",");

/** Every area that a persona's menu has, with a picture and axe. */
async function walk(visitor, wanted) {
  const links = visitor.page.locator("nav.nav a");
  await links.first().waitFor();
  const paths = await links.evaluateAll((found) => found.map((link) => new URL(link.href).pathname));
  for (const path of wanted) assert.ok(paths.includes(path), `the menu has ${path}; it has ${paths}`);
  for (const path of wanted) {
    await visitor.open(path);
    await visitor.page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
    await visitor.healthy();
    await visitor.picture(path === "/" ? "overview" : path.slice(1).replaceAll("/", "-"));
    await visitor.accessible();
  }
}

/** Presses a button of the page, or of the dialog that stands before it. */
async function press(visitor, area, key, { dialog = false } = {}) {
  const place = dialog ? visitor.page.locator(".ant-modal").last() : visitor.page.locator("main");
  await place.getByRole("button", { name: visitor.t(area, key), exact: true }).first().click();
}

/** Signs and sends what the dialog shows, with the person's key, and waits until it is in a final block. */
async function sign(visitor, index) {
  const dialog = visitor.page.locator(".ant-modal").last();
  const key = dialog.locator("input[type=password]");
  const send = dialog.getByRole("button", { name: visitor.t("wallet", "signAndSend"), exact: true });
  await key.or(send).first().waitFor();
  if (await key.isVisible()) {
    await key.fill(keyOf(index));
    await dialog.getByRole("button", { name: visitor.t("wallet", "useKey"), exact: true }).click();
  }
  await send.click();
  // Not the cross in the corner, which has the same name and is always there.
  const close = dialog.getByRole("button", { name: visitor.t("wallet", "close"), exact: true }).and(dialog.locator(".ant-btn"));
  // Where the act is not possible any more once it is done, the page takes its dialog away.
  const ends = [close.waitFor().then(() => "shown"), dialog.waitFor({ state: "detached" }).then(() => "gone")];
  if ((await Promise.any(ends)) === "gone") return;
  const failed = await dialog.locator(".ant-alert-error").allInnerTexts();
  assert.deepEqual(failed, [], "failures of the transaction");
  await visitor.picture("signed", { whole: false });
  await close.click({ timeout: 3_000 }).catch(() => dialog.waitFor({ state: "detached", timeout: 3_000 }));
}

/** Fills the reason that an act asks for. */
async function reason(visitor, text) {
  const dialog = visitor.page.locator(".ant-modal").last();
  await dialog.locator("textarea, input[type=text], input:not([type])").last().fill(text);
  await press(visitor, "governance", "create.next", { dialog: true });
}

async function guest() {
  const visitor = await Visitor.new("guest", languages[0]);
  await check("who is not signed in is told how to sign in, within the budget of the first page", async () => {
    const started = Date.now();
    await visitor.page.goto(`${url}/`, { waitUntil: "domcontentloaded" });
    await visitor.page.locator("main h1, main .error-state").first().waitFor();
    const milliseconds = Date.now() - started;
    const loaded = await visitor.page.evaluate(() =>
      performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js")).reduce((sum, entry) => sum + entry.encodedBodySize, 0),
    );
    note(`first view after ${milliseconds} ms, with ${Math.round(loaded / 1000)} kB of JavaScript over the wire (budget: 1500 ms on an idle machine, 500 kB)`);
    assert.ok(loaded <= 500_000, `${loaded} bytes of JavaScript`);
    await visitor.picture("first");
    await visitor.accessible();
    await visitor.open("/login");
    await visitor.picture("login");
    await visitor.accessible();
  }, { page: visitor.page });
  await visitor.close();
  const phone = await Visitor.new("phone", languages[0], { width: 390, height: 844 });
  await check("a phone shows the overview and the explorer without a page that is wider than it", async () => {
    await phone.signIn(10);
    for (const path of ["/", "/explorer"]) {
      await phone.open(path);
      const width = await phone.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${path} is ${width} wide`);
      await phone.picture(path === "/" ? "overview" : "explorer");
    }
  }, { page: phone.page });
  await phone.close();
}

async function vote() {
  const visitor = await Visitor.new("voter", "zh");
  await check("a representative votes on an open proposal, with a signature that the browser makes", async () => {
    await visitor.signIn(2);
    const { items } = await api(visitor, "/proposals?state=Open");
    const proposal = items.find(({ title }) => title.includes("档案馆"));
    await visitor.open(`/governance/proposals/${proposal.id}`);
    await visitor.picture("proposal");
    await visitor.accessible();
    await press(visitor, "governance", "proposals.voteYes");
    // By the keyboard, as it must be possible: a list that opens moves until it has found its place.
    const organisation = visitor.page.locator(".ant-modal .ant-select input").first();
    await organisation.click();
    await organisation.fill("Harbour Business");
    await visitor.page.locator(".ant-select-item-option-active", { hasText: "Harbour Business" }).waitFor();
    await organisation.press("Enter");
    await reason(visitor, "欢迎档案馆");
    await sign(visitor, 2);
    const after = await api(visitor, `/proposals/${proposal.id}`);
    assert.equal(after.approvals, proposal.approvals + 1);
  }, { page: visitor.page });
  await check("the page of the voter raised no error", async () => assert.deepEqual(visitor.faults, []));
  await visitor.close();
}

async function regulate() {
  const visitor = await Visitor.new("regulating", "en");
  await check("the regulator freezes a business chain and frees it again", async () => {
    await visitor.signIn(4);
    const { items } = await api(visitor, "/chains?limit=50");
    const chain = items.find(({ caip2 }) => caip2 === "eip155:8217");
    await visitor.open(`/chains/${encodeURIComponent(chain.id)}`);
    await visitor.picture("chain");
    await visitor.accessible();
    for (const [act, status] of [["freeze", "Frozen"], ["unfreeze", "Active"]]) {
      await press(visitor, "chains", `acts.${act}`);
      await reason(visitor, `case 2026-030: ${act}`);
      await sign(visitor, 4);
      assert.equal((await api(visitor, `/chains/${encodeURIComponent(chain.id)}`)).status, status);
      await visitor.open(`/chains/${encodeURIComponent(chain.id)}`);
    }
  }, { page: visitor.page });
  await check("the page of the regulator raised no error", async () => assert.deepEqual(visitor.faults, []));
  await visitor.close();
}

async function passkey() {
  const visitor = await Visitor.new("passkey", "en");
  const local = url.replace("127.0.0.1", "localhost");
  const go = async (path) => {
    await visitor.page.goto(local + path);
    await visitor.settled();
  };
  await check("a passkey is registered and signs in without a key", async () => {
    const session = await visitor.context.newCDPSession(visitor.page);
    await session.send("WebAuthn.enable");
    await session.send("WebAuthn.addVirtualAuthenticator", {
      options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await go("/login");
    await visitor.page.locator("input[type=password]").first().fill(keyOf(11));
    await visitor.page.getByRole("button", { name: visitor.t("login", "withKey") }).click();
    await visitor.page.waitForURL((target) => !target.pathname.startsWith("/login"));
    await go("/account");
    await visitor.accessible();
    const before = (await api(visitor, "/passkeys")).items.length;
    await press(visitor, "account", "passkeys.add");
    await eventually("the passkey", async () => (await api(visitor, "/passkeys")).items.length === before + 1);
    await visitor.picture("account");
    await visitor.page.locator(".session-button").click();
    // The menu moves while it opens.
    await visitor.page.getByRole("menuitem", { name: visitor.t("shell", "signOut") }).dispatchEvent("click");
    await visitor.page.locator(".button-link").first().waitFor();
    await go("/login");
    await visitor.page.getByRole("button", { name: visitor.t("login", "passkey") }).click();
    await visitor.page.waitForURL((target) => !target.pathname.startsWith("/login"));
    const after = await api(visitor, "/session");
    assert.equal(after.account?.toLowerCase(), addressOf(11).toLowerCase());
  }, { page: visitor.page });
  await visitor.close();
}

await guest();
for (const language of languages) {
  for (const persona of PERSONAS) {
    const visitor = await Visitor.new(persona.name, language, { dark: persona.name === "operator" });
    const at = { page: visitor.page };
    await check(`${language}: the ${persona.name} signs in with an account`, () => visitor.signIn(persona.account), at);
    await check(`${language}: the ${persona.name}'s pages show what is there, without serious faults of access`, () => walk(visitor, persona.areas), at);
    await check(`${language}: no page of the ${persona.name} raised an error`, async () => assert.deepEqual(visitor.faults, []), at);
    await visitor.close();
  }
}

await vote();
await regulate();
await passkey();
await done();
