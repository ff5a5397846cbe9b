// An identity provider for checks: a certified one (npm oidc-provider) with the people of the check, who need no password.
// Run alone, it serves until it is stopped: node provider.mjs PORT CONSOLE_ORIGIN [SECRET]
import { once } from 'node:events';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import Provider from 'oidc-provider';

export const CLIENT = 'civitas-console';

/** People by the name that they sign in with. `civitas_party` is the claim that names an account or identity of the city. */
const PEOPLE = {
  wangfang: { name: 'Wang Fang' },
  liwei: { name: 'Li Wei', civitas_party: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' },
};

/** Starts the provider; `redirects` are where it may send browsers back to. */
export async function start({ port, redirects, secret }) {
  const server = createServer();
  await once(server.listen(port, 'localhost'), 'listening');
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT,
        redirect_uris: redirects,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        ...(secret
          ? { client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' }
          : { token_endpoint_auth_method: 'none' }),
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'civitas_party'] },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
  });
  server.on('request', provider.callback());
  return { issuer, stop: () => server.close() };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [port, origin, secret] = process.argv.slice(2);
  const redirects = [`${origin}/api/v1/session/oidc/callback`];
  const { issuer } = await start({ port: Number(port), redirects, secret });
  console.log(issuer);
}
