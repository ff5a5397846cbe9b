// Signs in to a console through the provider, and tries what must not work.
//   node check.mjs CONSOLE PROVIDER_PORT
// The console's settings: [login.oidc] issuer = "http://localhost:PROVIDER_PORT", client_id = "civitas-console",
// subject_claim = "civitas_party", and client_secret_file with the word "secret".
import assert from 'node:assert/strict';
import { Browser } from './browser.mjs';
import { start } from './provider.mjs';

const [origin, port] = process.argv.slice(2);
const api = `${origin}/api/v1/session`;
const provider = await start({ port: Number(port), redirects: [`${api}/oidc/callback`], secret: 'secret' });
let passed = 0;

async function check(name, run) {
  await run();
  passed += 1;
  console.log(`ok ${name}`);
}

const sessionOf = async (browser) => (await browser.fetch(api)).json();

await check('the provider is offered', async () => {
  assert.ok((await sessionOf(new Browser())).methods.oidc);
});

await check('a person whose claim names an account is that account', async () => {
  const browser = new Browser();
  assert.equal(await browser.signIn(`${api}/oidc/start?next=/governance`, origin, 'liwei'), `${origin}/governance`);
  const session = await sessionOf(browser);
  assert.equal(session.account, '0x70997970C51812dc3A010C7d01b50e0d17dc79C8');
  assert.equal(session.name, 'Li Wei');
  assert.equal(session.method, 'oidc');
  assert.equal(session.unlinked, false);
});

await check('a person whom only the provider knows is nobody in particular', async () => {
  const browser = new Browser();
  assert.equal(await browser.signIn(`${api}/oidc/start`, origin, 'wangfang'), `${origin}/`);
  const session = await sessionOf(browser);
  assert.equal(session.account, null);
  assert.equal(session.unlinked, true);
  assert.deepEqual(session.rights, ['explore', 'readGovernance', 'ownData']);
});

await check('a fresh proof is asked for and given', async () => {
  const browser = new Browser();
  await browser.signIn(`${api}/oidc/start`, origin, 'liwei');
  await browser.signIn(`${api}/oidc/start?fresh=true`, origin, 'liwei');
  assert.equal((await sessionOf(browser)).steppedUp, true);
});

await check('another site is no place to go on to', async () => {
  const browser = new Browser();
  assert.equal(await browser.signIn(`${api}/oidc/start?next=//evil.example`, origin, 'liwei'), `${origin}/`);
});

await check('a browser that did not begin the sign-in cannot end it', async () => {
  const browser = new Browser();
  const departure = await browser.fetch(`${api}/oidc/start`);
  const state = new URL(departure.headers.get('location')).searchParams.get('state');
  const answer = await new Browser().fetch(`${api}/oidc/callback?code=stolen&state=${state}`);
  assert.equal(answer.headers.get('location'), '/login?error=challenge-unknown');
});

await check('a code that the provider did not give is refused', async () => {
  const browser = new Browser();
  const departure = await browser.fetch(`${api}/oidc/start`);
  const state = new URL(departure.headers.get('location')).searchParams.get('state');
  const answer = await browser.fetch(`${api}/oidc/callback?code=made-up&state=${state}`);
  assert.equal(answer.headers.get('location'), '/login?error=provider-refused');
});

await check('a person who gives up comes back', async () => {
  const browser = new Browser();
  const departure = await browser.fetch(`${api}/oidc/start`);
  const state = new URL(departure.headers.get('location')).searchParams.get('state');
  const answer = await browser.fetch(`${api}/oidc/callback?error=access_denied&state=${state}`);
  assert.equal(answer.headers.get('location'), '/login?error=provider-refused');
});

provider.stop();
console.log(`${passed} passed`);
