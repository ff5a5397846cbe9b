// The regulators of the story: a finding over two chains becomes a case, two people freeze a person, both chains prove that they obey.
import assert from "node:assert/strict";
import { api, check, done, eventually, press, sign, Visitor } from "./harness.mjs";

const { CIVITAS_RULE: rule, CIVITAS_DID: did, CIVITAS_SECOND: secondIndex } = process.env;
const language = "zh";
// Where money came in, and where it left.
const CHAINS = ["eip155:31001", "eip155:31002"];
const visitor = await Visitor.new("story", language);
const second = await Visitor.new("story-second", language);
let id = 0;

/** The report of the case as a table, one line per row. */
const reportLines = (who) =>
  who.page.evaluate(async (path) => {
    const response = await fetch(path);
    if (!response.ok) throw new Error(`${response.status} ${path}`);
    return (await response.text()).split("\r\n");
  }, `/api/v1/reports/cases/${id}/file?form=csv&language=${language}`);

/** Opens a page, looks at it, and keeps its picture. */
async function show(who, path, name) {
  await who.open(path);
  await who.page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
  await who.healthy();
  await who.picture(name);
  await who.accessible();
}

await check("the regulator sees the chains, the finding, and opens a case from it", async () => {
  await visitor.signIn(4);
  await show(visitor, "/situation", "room");
  const [found] = (await api(visitor, `/supervision/findings?rule=${rule}`)).items;
  await show(visitor, `/supervision/findings/${found.number}`, "finding");
  await press(visitor, "supervision", "finding.openCase");
  await visitor.page.waitForURL((target) => target.pathname === "/cases/new");
  await visitor.settled();
  await press(visitor, "cases", "open.title");
  await sign(visitor, 4);
  await visitor.page.waitForURL((target) => /^\/cases\/\d+$/.test(target.pathname));
  id = Number(new URL(visitor.page.url()).pathname.split("/").at(-1));
  await press(visitor, "cases", "evidence.addFinding");
  await sign(visitor, 4);
  assert.equal((await api(visitor, `/cases/${id}`)).evidence.length, 1);
}, { page: visitor.page, needed: true });

await check("the regulator orders that the person be frozen, and sees all accounts that follow", async () => {
  await visitor.open(`/cases/${id}/order`);
  await visitor.page.locator(".order-form").waitFor();
  await visitor.page.getByLabel(visitor.t("cases", "order.reason"), { exact: true }).first().fill("两条链上合计转入转出 54,000");
  await visitor.healthy();
  await visitor.picture("order");
  await visitor.accessible();
  await press(visitor, "cases", "order.sign");
  await sign(visitor, 4);
  await visitor.page.waitForURL((target) => target.pathname === `/cases/${id}`);
}, { page: visitor.page, needed: true });

await check("the court approves; the gateways carry it out, and both chains prove it", async () => {
  await second.signIn(Number(secondIndex));
  await second.open(`/cases/${id}`);
  await press(second, "cases", "approve.title");
  await sign(second, Number(secondIndex));
  await second.open(`/cases/${id}`);
  await second.picture("in-force");
  let states = [];
  for (let tries = 0; tries < 3; tries += 1) {
    const ended = eventually("every command to be done", async () => {
      states = (await api(second, `/cases/${id}`)).commands.map(({ state }) => state);
      return states.length === 3 && states.every((state) => state === "done");
    });
    if (await ended.then(() => true, () => false)) break;
  }
  assert.deepEqual(states, ["done", "done", "done"], "states of the commands");
  await show(second, `/cases/${id}`, "proven");
}, { page: second.page, needed: true });

await check("the person's timeline, both chains' risk and the report show it all", async () => {
  const room = await api(visitor, "/situation");
  const deeds = await api(visitor, `/identities/${encodeURIComponent(did)}/activity?limit=100`);
  for (const chain of CHAINS) {
    const shown = room.chains.find(({ name }) => name === chain);
    assert.equal(shown?.kind, "followed", `${chain} on the map`);
    assert.ok(deeds.items.some(({ ledger, isForeign }) => ledger === chain && isForeign), `what the person did on ${chain}`);
  }
  const flow = room.flows.find(({ from, to }) => from === CHAINS[0] && to === CHAINS[1]);
  assert.ok(flow?.identities > 0, `what flows from chain to chain: ${JSON.stringify(room.flows)}`);
  // The rule found it where money left.
  const exit = room.chains.find(({ name }) => name === CHAINS.at(-1));
  assert.ok(exit.score > 0 && exit.open > 0, `a finding and a risk of ${exit.name}: ${exit.score}, ${exit.open}`);
  const { commands } = await api(visitor, `/cases/${id}`);
  const lines = await reportLines(visitor);
  for (const chain of CHAINS) {
    const command = commands.find((each) => each.chain.caip2 === chain);
    assert.ok(command, `a command on ${chain}`);
    const line = lines.find((each) => each.toLowerCase().includes(command.target.toLowerCase()) && each.includes(command.chain.name));
    assert.match(line ?? "", /已完成/, `the command on ${chain} in the report: ${lines.join(" | ").slice(0, 900)}`);
  }
  await show(visitor, `/identities/${encodeURIComponent(did)}`, "identity");
  await visitor.page.getByRole("tab", { name: visitor.t("identities", "tabs.activity"), exact: true }).click();
  await visitor.settled();
  await visitor.healthy();
  await visitor.picture("timeline");
  await visitor.accessible();
  await show(visitor, "/situation", "room-after");
  await show(visitor, `/cases/${id}`, "case");
}, { page: visitor.page });

for (const who of [visitor, second]) {
  await check(`no page of the story raised an error (${who.name})`, async () => assert.deepEqual(who.faults, []));
  await who.close();
}
await done();
