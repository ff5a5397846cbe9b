// The journeys of the personas through the console of a sample city, in Chinese and English: every area that a persona sees is
// opened, looked at by axe, and photographed; then each does their work. Accounts are those of the sample.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { keccak256, stringToBytes } from "viem";
import { addressOf, api, check, done, eventually, keyOf, note, press, send, sign, url, Visitor } from "./harness.mjs";

const PERSONAS = [
  { name: "regulator", account: 4, areas: ["/", "/explorer", "/governance", "/identities", "/chains", "/ledgers", "/situation", "/supervision", "/cases", "/me"] },
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

/** The pattern of the sample is found by rules on trial; the finding, its rule and a back-test are looked at. */
async function supervise(language) {
  const visitor = await Visitor.new("supervision", language);
  const show = async (path, name) => {
    await visitor.open(path);
    await visitor.page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
    await visitor.healthy();
    await visitor.picture(name);
    await visitor.accessible();
  };
  await check(`${language}: the regulator sees what the rules found, why, and what a rule finds in the past`, async () => {
    await visitor.signIn(4);
    let found = [];
    await eventually("a finding of structuring", async () => {
      found = (await api(visitor, "/supervision/findings?rule=structuring")).items;
      return found.length > 0;
    });
    await show("/supervision/findings", "findings");
    await show(`/supervision/findings/${found[0].number}`, "finding");
    assert.ok((await visitor.page.locator('.evidence a[href^="/explorer/"]').count()) > 1, "the transactions behind it");
    await show("/supervision/lists", "lists");
    await show("/supervision/rules", "rules");
    await show("/supervision/rules/structuring", "rule");
    await show("/supervision/rules/structuring/edit", "rule-editor");
    await press(visitor, "supervision", "backTest.start");
    const findings = visitor.page.getByText(visitor.t("supervision", "backTest.concerned"), { exact: true });
    await findings.waitFor();
    await visitor.picture("back-test");
    await visitor.accessible();
  }, { page: visitor.page });
  await check(`${language}: no page of supervision raised an error`, async () => assert.deepEqual(visitor.faults, []));
  await visitor.close();
}

/** From a finding to an order, its approval by the second regulator, and its effect; the organisation answers what it is asked. */
async function cases(language) {
  const visitor = await Visitor.new("cases", language);
  const second = await Visitor.new("approving", language);
  const business = await Visitor.new("answering", language);
  const title = `journey ${language}`;
  const show = async (who, path, name) => {
    await who.open(path);
    await who.page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
    await who.healthy();
    await who.picture(name);
    await who.accessible();
  };
  const fill = async (who, label, value) => who.page.getByLabel(label, { exact: true }).first().fill(value);
  let id = 0;
  await check(`${language}: the regulator opens a case from a finding, whose hash becomes evidence that can be computed again`, async () => {
    await visitor.signIn(4);
    let found = [];
    await eventually("a finding of structuring", async () => {
      found = (await api(visitor, "/supervision/findings?rule=structuring&state=open")).items;
      return found.length > 0;
    });
    await visitor.open(`/supervision/findings/${found[0].number}`);
    await press(visitor, "supervision", "finding.openCase");
    await visitor.page.waitForURL((target) => target.pathname === "/cases/new");
    await visitor.settled();
    await fill(visitor, visitor.t("cases", "case.title"), title);
    await visitor.picture("open");
    await visitor.accessible();
    await press(visitor, "cases", "open.title");
    await sign(visitor, 4);
    await visitor.page.waitForURL((target) => /^\/cases\/\d+$/.test(target.pathname));
    id = Number(new URL(visitor.page.url()).pathname.split("/").at(-1));
    await press(visitor, "cases", "evidence.addFinding");
    await sign(visitor, 4);
    const detail = await api(visitor, `/cases/${id}`);
    const document = await api(visitor, `/supervision/findings/${found[0].number}/document`);
    assert.equal(detail.evidence[0].hash, keccak256(stringToBytes(document.document)));
    await press(visitor, "cases", "evidence.download");
    await visitor.page.getByText(visitor.t("cases", "evidence.same"), { exact: true }).waitFor();
  }, { page: visitor.page });
  await check(`${language}: the regulator orders that a person be frozen, and may not approve it; who sees it is told why`, async () => {
    await visitor.open(`/cases/${id}`);
    await press(visitor, "cases", "order.title");
    await visitor.page.locator(".order-form").waitFor();
    await fill(visitor, visitor.t("cases", "order.reason"), "five payments below the threshold");
    await visitor.healthy();
    await visitor.picture("order");
    await visitor.accessible();
    await press(visitor, "cases", "order.sign");
    await sign(visitor, 4);
    await visitor.page.waitForURL((target) => target.pathname === `/cases/${id}`);
    await visitor.page.getByText(visitor.t("cases", "approve.own"), { exact: true }).waitFor();
    await visitor.picture("ordered");
    await press(visitor, "cases", "notice.send");
    const dialog = visitor.page.locator(".ant-modal").last();
    const organisation = dialog.locator(".ant-select input").first();
    await organisation.click();
    await organisation.fill("Harbour Business");
    await visitor.page.locator(".ant-select-item-option-active", { hasText: "Harbour Business" }).waitFor();
    await organisation.press("Enter");
    await dialog.locator("#subject").fill(`What is the account for? (${language})`);
    await dialog.locator("#text").fill("Please name its holder.");
    await press(visitor, "cases", "form.next", { dialog: true });
    await sign(visitor, 4);
  }, { page: visitor.page });
  await check(`${language}: a second regulator approves, and the person is frozen with all accounts`, async () => {
    await second.signIn(8);
    await show(second, "/cases/commands?state=ordered", "commands");
    await second.open(`/cases/${id}`);
    await press(second, "cases", "approve.title");
    await sign(second, 8);
    const { commands } = await api(second, `/cases/${id}`);
    assert.deepEqual(commands.filter(({ parent }) => !parent).map(({ state }) => state), ["done"]);
    const identity = await api(second, `/identities/${encodeURIComponent(commands[0].target)}`);
    assert.equal(identity.status, "Frozen");
    await show(second, `/cases/${id}`, "done");
  }, { page: second.page });
  await check(`${language}: the organisation reads the notice on its desk and answers it`, async () => {
    await business.signIn(2);
    await show(business, "/me?tab=notices", "notices");
    const row = business.page.locator(".ant-table-row", { hasText: `(${language})` });
    await row.getByRole("button", { name: business.t("cases", "notice.answer"), exact: true }).click();
    await business.page.locator(".ant-modal #text").fill("A trader of Pier 7.");
    await business.picture("answer", { whole: false });
    await press(business, "cases", "form.next", { dialog: true });
    await sign(business, 2);
    const { notices } = await api(visitor, `/cases/${id}`);
    assert.equal(notices[0].reply.text, "A trader of Pier 7.");
    assert.equal(notices[0].text, "Please name its holder.");
  }, { page: business.page });
  await check(`${language}: the person is freed by two people again; lists, notices and reports show it all, on paper too`, async () => {
    await visitor.open(`/cases/${id}/order`);
    const action = visitor.page.locator("#action");
    await action.click();
    await action.press("ArrowDown");
    await action.press("Enter");
    await fill(visitor, visitor.t("cases", "order.reason"), "the holder is known");
    await press(visitor, "cases", "order.sign");
    await sign(visitor, 4);
    await second.open(`/cases/${id}`);
    await press(second, "cases", "approve.title");
    await sign(second, 8);
    const { commands } = await api(second, `/cases/${id}`);
    const identity = await api(second, `/identities/${encodeURIComponent(commands[0].target)}`);
    assert.equal(identity.status, "Active");
    await show(visitor, "/cases", "list");
    await show(visitor, "/cases/notices", "notices");
    await show(visitor, "/cases/reports", "reports");
    const bytes = await visitor.page.evaluate(async ([path]) => {
      const response = await fetch(path);
      return [response.headers.get("content-type"), new TextDecoder("latin1").decode((await response.arrayBuffer()).slice(0, 5))];
    }, [`/api/v1/reports/cases/${id}/file?form=pdf&language=${language}`]);
    assert.deepEqual(bytes, ["application/pdf", "%PDF-"]);
  }, { page: visitor.page });
  for (const who of [visitor, second, business]) {
    await check(`${language}: no page of the case raised an error (${who.name})`, async () => assert.deepEqual(who.faults, []));
    await who.close();
  }
}

/** A business brings its chain under supervision by the guide, an independent reviewer decides, and a gateway reports: each sees whose turn
 * it is. The operator reads Chinese, the reviewer English. */
async function attach() {
  const OPERATOR = 2;
  const REVIEWER = 7;
  const GATEWAY = 15;
  const CAIP2 = "eip155:990017";
  const ROOT = keccak256(stringToBytes("block 40"));
  const operator = await Visitor.new("attaching", "zh");
  const reviewer = await Visitor.new("reviewing", "en");
  const step = (who, name) => who.page.locator(`.guide-step[data-step="${name}"]`);
  const stands = (who, name, state) => who.page.locator(`.guide-step[data-step="${name}"][data-state="${state}"]`).waitFor();
  const look = async (who, name) => {
    await who.page.evaluate(() => window.scrollTo(0, 0));
    await who.healthy();
    await who.picture(name);
    await who.accessible();
  };
  /** By the keyboard: a list that opens moves until it has found its place. */
  const choose = async (who, field, text) => {
    await field.click();
    if (await field.evaluate((input) => !input.readOnly)) await field.fill(text);
    await who.page.locator(".ant-select-item-option-active", { hasText: text }).waitFor();
    await field.press("Enter");
  };
  let id = "";
  await check("a business registers its chain by the guide, and says from which block it is followed", async () => {
    await operator.signIn(OPERATOR);
    await operator.open("/chains");
    await operator.page.getByRole("button", { name: operator.t("chains", "attach") }).click();
    await stands(operator, "register", "now");
    const form = step(operator, "register");
    const said = {
      caip2: CAIP2, chainName: "码头提单链", purpose: "提单与信用证", company: "港口有限公司", contact: "desk@harbour.example", consensus: "QBFT", endpoint: "http://127.0.0.1:9545",
    };
    for (const [name, text] of Object.entries(said)) await form.locator(`#${name}`).fill(text);
    await form.locator("input[type=file]").setInputFiles({ name: "documents.txt", mimeType: "text/plain", buffer: Buffer.from("documents") });
    await eventually("the hash of the file", async () => (await form.locator("#documents").inputValue()) === keccak256(stringToBytes("documents")));
    await look(operator, "attach-register");
    await press(operator, "attach", "register.do");
    await sign(operator, OPERATOR);
    await stands(operator, "root", "now");
    id = new URL(operator.page.url()).pathname.split("/")[2];
    assert.equal(id, keccak256(stringToBytes(CAIP2)));
    await step(operator, "root").getByText("civitas chain inspect http://127.0.0.1:9545", { exact: true }).waitFor();
    await step(operator, "root").locator("#height").fill("40");
    await step(operator, "root").locator("#hash").fill(ROOT);
    await operator.picture("attach-root");
    await press(operator, "attach", "root.do");
    await sign(operator, OPERATOR);
    await stands(operator, "root", "done");
    // Whose turn it is now, and by which command: nothing is hidden from who may not.
    await step(operator, "review").getByText(`civitas chain startReview ${CAIP2} --key KEY`, { exact: true }).waitFor();
    await look(operator, "attach-waits");
  }, { page: operator.page });
  await check("an independent reviewer takes its registration up, and approves it", async () => {
    await reviewer.signIn(REVIEWER);
    await reviewer.open(`/chains/${id}/attach`);
    await press(reviewer, "attach", "review.start");
    await sign(reviewer, REVIEWER);
    const review = step(reviewer, "review");
    await review.locator("input[type=file]").setInputFiles({ name: "inspection.json", mimeType: "application/json", buffer: Buffer.from("{}") });
    await eventually("the hash of the report", async () => (await review.locator("#evidence").inputValue()) === keccak256(stringToBytes("{}")));
    await review.locator("#reason").fill("the inspection found nothing against it");
    await look(reviewer, "attach-review");
    await press(reviewer, "attach", "review.approve");
    await sign(reviewer, REVIEWER);
    await stands(reviewer, "follow", "now");
  }, { page: reviewer.page });
  await check("the reviewer says by whom it is followed; the business sees without a reload that it is its turn", async () => {
    const follow = step(reviewer, "follow");
    await choose(reviewer, follow.locator("#finality"), reviewer.t("attach", "follow.finalities.Instant"));
    await follow.locator("#gateways_0_account").fill(addressOf(GATEWAY));
    await look(reviewer, "attach-follow");
    await press(reviewer, "attach", "follow.do");
    await sign(reviewer, REVIEWER);
    await stands(operator, "gateway", "now");
    const settings = await step(operator, "gateway").locator(".command code").first().innerText();
    assert.match(settings, /chain = "eip155:990017"\nurls = \["http:\/\/127\.0\.0\.1:9545"\]/);
    await step(operator, "gateway").getByText(operator.t("attach", "states.yours"), { exact: true }).waitFor();
    await look(operator, "attach-gateway");
  }, { page: reviewer.page });
  await check("the first batch that its gateway reports ends the guide: each step shows by whom, to everybody", async () => {
    const hash = (text) => keccak256(stringToBytes(text));
    const batch = { fromHeight: "41", toHeight: "48", parentHash: ROOT, lastHash: hash("48"), blocksRoot: hash("root"), transactions: "5", events: "3" };
    await send(operator, GATEWAY, { contract: "Anchors", function: "report", arguments: [id, batch] });
    for (const who of [operator, reviewer]) {
      await stands(who, "gateway", "done");
      await who.open(`/chains/${id}/attach`);
      for (const name of ["register", "root", "review", "follow", "gateway"]) await stands(who, name, "done");
      for (const [name, index] of [["register", OPERATOR], ["root", OPERATOR], ["review", REVIEWER], ["follow", REVIEWER]]) {
        const link = (path) => step(who, name).locator(`.guide-done a[href^="/explorer/main/${path}"]`).last();
        await link("transactions/").waitFor();
        await link("accounts/").waitFor();
        assert.equal((await link("accounts/").getAttribute("href")).split("/").at(-1).toLowerCase(), addressOf(index).toLowerCase(), `who did ${name}`);
      }
      assert.match(await step(who, "gateway").innerText(), /48/);
      await look(who, "attach-done");
    }
  }, { page: operator.page });
  for (const who of [operator, reviewer]) {
    await check(`no page of the guide raised an error (${who.name})`, async () => assert.deepEqual(who.faults, []));
    await who.close();
  }
}

/** The room on the wall: why a chain stands for risk, down to the finding; whose risk is high; a threshold that warns. */
async function situation(language) {
  const visitor = await Visitor.new("situation", language);
  const main = visitor.page.locator("main");
  const show = async (path, name) => {
    await visitor.open(path);
    await visitor.page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
    await visitor.healthy();
    await visitor.picture(name);
    await visitor.accessible();
  };
  await check(`${language}: the regulator goes from the city to a chain, to why it stands for risk, and to the finding`, async () => {
    await visitor.signIn(4);
    await eventually("a chain with a finding", async () => {
      const { chains } = await api(visitor, "/situation");
      const known = chains.find(({ name }) => name === "main");
      return known && known.open + known.openOnTrial > 0 && known.reasons.some(({ kind }) => kind.startsWith("findings"));
    });
    await show("/situation", "room");
    const disc = main.locator("a.chain-disc.main");
    await disc.focus();
    await visitor.page.keyboard.press("Enter");
    await visitor.page.waitForURL(/chain=main/);
    await main.locator('.reasons a[href^="/supervision/findings"]').first().click();
    await visitor.page.waitForURL(/supervision\/findings/);
    await visitor.healthy();
  }, { page: visitor.page });
  await check(`${language}: every score is the sum of its reasons, and payers are exposed to whom they paid`, async () => {
    await eventually("somebody who is exposed", async () => {
      const kinds = ["identity", "account"].map((kind) => api(visitor, `/situation/risks?kind=${kind}`));
      const risks = (await Promise.all(kinds)).flatMap(({ items }) => items);
      for (const { id, score, reasons } of risks) {
        const sum = Math.min(100, reasons.reduce((total, { points }) => total + points, 0));
        if (reasons.length < 20) assert.ok(Math.abs(sum - score) < 2, `${id}: ${score} of ${sum}`);
      }
      return risks.some(({ reasons }) => reasons.some(({ kind }) => kind === "exposure"));
    });
    await show("/situation/risks?kind=identity", "risks");
  }, { page: visitor.page });
  await check(`${language}: a threshold that is passed warns, and is taken away again`, async () => {
    await show("/situation/trends?step=day", "trends");
    const form = main.locator("form.threshold").first();
    await form.getByRole("spinbutton").fill("1");
    await form.getByRole("button", { name: visitor.t("situation", "thresholds.set"), exact: true }).click();
    const remove = form.getByRole("button", { name: visitor.t("situation", "thresholds.remove"), exact: true });
    await remove.waitFor();
    await eventually("the warning", async () =>
      (await api(visitor, "/situation")).warnings.some(({ cause, ledger, measure }) => cause === "above" && ledger === "main" && measure === "transactions"));
    await show("/situation", "warning");
    assert.ok((await main.locator(".warnings .bad").count()) > 0, "the warning stands in the room");
    await visitor.open("/situation/trends?step=day");
    await remove.click();
    await remove.waitFor({ state: "detached" });
  }, { page: visitor.page });
  await check(`${language}: no page of the situation room raised an error`, async () => assert.deepEqual(visitor.faults, []));
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
    await visitor.ownKey(visitor.page.locator("main"));
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
    await visitor.page.waitForURL((target) => target.pathname === "/login");
    await go("/login");
    await visitor.page.getByText(visitor.t("login", "otherWays")).click();
    await visitor.page.getByRole("button", { name: visitor.t("login", "passkey") }).click();
    await visitor.page.waitForURL((target) => !target.pathname.startsWith("/login"));
    const after = await api(visitor, "/session");
    assert.equal(after.account?.toLowerCase(), addressOf(11).toLowerCase());
  }, { page: visitor.page });
  await visitor.close();
}

/** A webhook of this machine that keeps what it is sent. */
async function webhook() {
  const bodies = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      bodies.push({ path: request.url, token: request.headers["x-token"], json: JSON.parse(text) });
      response.end("ok");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { bodies, url: `http://127.0.0.1:${server.address().port}/journey`, close: () => server.close() };
}

async function alarm() {
  const visitor = await Visitor.new("alarmed", "zh");
  const hook = await webhook();
  const drawer = visitor.page.locator(".ant-drawer-open, .ant-drawer").last();
  const save = async () => {
    await drawer.getByRole("button", { name: visitor.t("monitoring", "save"), exact: true }).click();
    await drawer.waitFor({ state: "detached" }).catch(() => drawer.waitFor({ state: "hidden" }));
  };
  const at = { page: visitor.page };
  await check("somebody makes a channel to a webhook by clicking, and tries it", async () => {
    await visitor.signIn(3);
    await visitor.open("/monitoring/channels");
    await press(visitor, "monitoring", "channels.new");
    await drawer.locator("#name").fill("旅程 webhook");
    await drawer.locator("#url").fill(hook.url);
    await drawer.getByRole("button", { name: visitor.t("monitoring", "add") }).click();
    await drawer.locator("#headers_0_name").fill("x-token");
    await drawer.locator("#headers_0_value").fill("secret of the journey");
    await visitor.picture("channel-form", { whole: false });
    await visitor.accessible();
    await save();
    const tile = visitor.page.locator(".tile", { hasText: "旅程 webhook" });
    await tile.getByRole("button", { name: visitor.t("monitoring", "channels.test") }).click();
    await tile.locator(".ant-alert-success").waitFor();
    assert.equal(hook.bodies[0].json.occasion, "test");
    assert.equal(hook.bodies[0].token, "secret of the journey");
    await visitor.picture("channel-tested");
  }, at);
  await check("somebody makes an alarm by clicking, and it rings at the webhook", async () => {
    await visitor.open("/monitoring/alarms");
    await press(visitor, "monitoring", "alarms.new");
    await drawer.locator("#name").fill("旅程：节点在线");
    await drawer.locator("#query").fill("up");
    await drawer.locator("#forSeconds").fill("0");
    await drawer.locator("#groupSeconds").fill("2");
    // By the keyboard: a list that opens moves until it has found its place.
    await drawer.locator("#channels").click();
    await drawer.locator("#channels").fill("旅程 webhook");
    await visitor.page.locator(".ant-select-item-option-active", { hasText: "旅程 webhook" }).waitFor();
    await drawer.locator("#channels").press("Enter");
    await drawer.locator("#channels").press("Escape");
    await visitor.picture("rule-form", { whole: false });
    await visitor.accessible();
    await save();
    await eventually("the ring at the webhook", () => hook.bodies.some(({ json }) => json.commonLabels.alertname === "旅程：节点在线" && json.status === "firing"));
    const ring = hook.bodies.find(({ json }) => json.commonLabels.alertname === "旅程：节点在线").json;
    assert.ok(ring.alerts.length > 1, `one message for all nodes, not ${ring.alerts.length}`);
    await visitor.page.locator(".alarm-tile", { hasText: "旅程：节点在线" }).first().waitFor();
    await visitor.picture("ringing");
    await visitor.accessible();
  }, at);
  await check("who takes care of it says so, and its end is told", async () => {
    const tile = visitor.page.locator(".alarm-tile", { hasText: "旅程：节点在线" }).first();
    await tile.getByRole("button", { name: visitor.t("monitoring", "alarms.acknowledge") }).click();
    await press(visitor, "monitoring", "alarms.acknowledge", { dialog: true });
    await tile.locator(".good").waitFor();
    const row = visitor.page.locator("tr", { hasText: "旅程：节点在线" });
    await row.getByRole("button", { name: visitor.t("monitoring", "delete"), exact: true }).click();
    await press(visitor, "monitoring", "delete", { dialog: true });
    await row.waitFor({ state: "detached" });
    await eventually("its end at the webhook", () => hook.bodies.some(({ json }) => json.commonLabels.alertname === "旅程：节点在线" && json.status === "resolved"));
  }, at);
  await check("the page of the alarm raised no error", async () => assert.deepEqual(visitor.faults, []));
  hook.close();
  await visitor.close();
}

/** Somebody who has read nothing: from the address that is printed to a transaction, an alarm and a vote, by what the pages offer. */
async function newcomer() {
  const visitor = await Visitor.new("newcomer", "en");
  const { page } = visitor;
  const at = { page };
  const hook = await webhook();
  const done = page.locator(".first-steps li.done");
  const drawer = page.locator(".ant-drawer-open, .ant-drawer").last();
  const name = visitor.t("overview", "first.alarmName");
  const home = async () => {
    await page.locator('nav.nav a[href="/"]').click();
    await page.locator(".first-steps").waitFor();
  };
  const save = async () => {
    await drawer.getByRole("button", { name: visitor.t("monitoring", "save"), exact: true }).click();
    await drawer.waitFor({ state: "detached" }).catch(() => drawer.waitFor({ state: "hidden" }));
  };
  /** Sends what the dialog shows: who signed in with a key that everybody has signs with it. */
  const send = async () => {
    const dialog = page.locator(".ant-modal").last();
    await dialog.getByRole("button", { name: visitor.t("wallet", "signAndSend"), exact: true }).click();
    await dialog.locator(".receipt").waitFor();
    await visitor.picture("receipt", { whole: false });
    await visitor.accessible();
    await dialog.getByRole("button", { name: visitor.t("wallet", "close"), exact: true }).and(dialog.locator(".ant-btn")).click();
    await dialog.waitFor({ state: "detached" });
  };
  await check("a newcomer comes by the address alone and signs in as somebody of the city", async () => {
    await page.goto(`${url}/`);
    await page.locator(".examples li button").first().waitFor();
    await visitor.picture("people");
    await visitor.accessible();
    await page.locator(".examples li button").first().click();
    await page.locator(".first-steps").waitFor();
    await visitor.settled();
    await visitor.picture("first-steps");
    await visitor.accessible();
    assert.equal(await done.count(), 0);
  }, at);
  await check("a newcomer signs a first transaction", async () => {
    await press(visitor, "overview", "first.transactionDo");
    await visitor.picture("transfer", { whole: false });
    await visitor.accessible();
    await press(visitor, "wallet", "transfer.next", { dialog: true });
    await send();
    await eventually("the first step to be done", async () => (await done.count()) === 1);
  }, at);
  await check("a newcomer says where an alarm rings, and when", async () => {
    const { items } = await api(visitor, "/channels");
    if (items.length === 0) await press(visitor, "overview", "first.channelDo");
    else await visitor.page.goto(`${url}/monitoring/channels`);
    await visitor.settled();
    await press(visitor, "monitoring", "channels.new");
    await drawer.locator("#name").fill("My webhook");
    await drawer.locator("#url").fill(hook.url);
    await save();
    const tile = page.locator(".tile", { hasText: "My webhook" });
    await tile.getByRole("button", { name: visitor.t("monitoring", "channels.test") }).click();
    await eventually("the test at the webhook", () => hook.bodies.length === 1);
    await home();
    await press(visitor, "overview", "first.alarmDo");
    await drawer.locator("#name").waitFor();
    assert.equal(await drawer.locator("#name").inputValue(), name);
    if (items.length > 0) {
      // Another channel came first: this one is asked for.
      await drawer.locator("#channels").click();
      await drawer.locator("#channels").fill("My webhook");
      await page.locator(".ant-select-item-option-active", { hasText: "My webhook" }).waitFor();
      await drawer.locator("#channels").press("Enter");
      await drawer.locator("#channels").press("Escape");
    }
    await visitor.picture("alarm", { whole: false });
    await save();
    await home();
    await eventually("two steps to be done", async () => (await done.count()) >= 1);
  }, at);
  await check("a newcomer votes, and the own alarm rings at the webhook", async () => {
    await home();
    await press(visitor, "overview", "first.voteDo");
    await visitor.settled();
    await press(visitor, "governance", "proposals.voteYes");
    // For whom one speaks is filled in.
    await press(visitor, "governance", "create.next", { dialog: true });
    // Where the page was loaded anew, the key is asked for again: one click on oneself.
    const people = page.locator(".ant-modal .examples li button");
    const ready = page.locator(".ant-modal").last().getByRole("button", { name: visitor.t("wallet", "signAndSend"), exact: true });
    await people.first().or(ready).first().waitFor();
    if (!(await ready.isVisible())) await people.first().click();
    await send();
    await eventually("the ring at the webhook", () => hook.bodies.some(({ json }) => json.commonLabels?.alertname === name && json.status === "firing"));
    await home();
    await eventually("all steps to be done", async () => (await done.count()) === 3);
    await visitor.picture("all-done");
  }, at);
  await check("the page of the newcomer raised no error", async () => assert.deepEqual(visitor.faults, []));
  hook.close();
  await visitor.close();
}

await guest();
await newcomer();
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
for (const language of languages) await supervise(language);
for (const language of languages) await situation(language);
for (const language of languages) await cases(language);
await attach();
await alarm();
await passkey();
await done();
