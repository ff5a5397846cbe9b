// As much of a browser as a sign-in needs: cookies by host, redirects, the provider's forms.
export class Browser {
  #cookies = new Map();

  async fetch(address, options = {}) {
    const url = new URL(address);
    const jar = this.#cookies.get(url.host) ?? new Map();
    const cookie = [...jar.values()]
      .filter(({ path }) => url.pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const response = await fetch(url, { redirect: 'manual', ...options, headers: { ...options.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...rest] = line.split(';').map((part) => part.trim());
      const [name, ...value] = pair.split('=');
      // Names are of any case; values, such as paths, are as they are.
      const attributes = Object.fromEntries(
        rest.map((part) => {
          const [key, ...text] = part.split('=');
          return [key.toLowerCase(), text.join('=')];
        }),
      );
      if (attributes['max-age'] === '0' || Date.parse(attributes.expires ?? '9999') < Date.now()) jar.delete(name);
      else jar.set(name, { name, value: value.join('='), path: attributes.path ?? '/' });
    }
    this.#cookies.set(url.host, jar);
    return response;
  }

  /** Follows redirects from `address`; fills in the provider's forms as `person`; gives the address at `origin` that it ends at. */
  async signIn(address, origin, person) {
    let response = await this.fetch(address);
    for (let step = 0; step < 20; step += 1) {
      const location = response.headers.get('location');
      if (location) {
        address = new URL(location, address).href;
        if (address.startsWith(origin) && !address.includes('/oidc/callback')) return address;
        response = await this.fetch(address);
        continue;
      }
      const page = await response.text();
      const form = page.match(/<form[^>]*action="([^"]+)"/);
      const prompt = page.match(/name="prompt" value="([^"]+)"/);
      if (!form || !prompt) throw new Error(`no form at ${address}: ${response.status} ${page.slice(0, 300)}`);
      const fields = new URLSearchParams({ prompt: prompt[1], login: person, password: 'any' });
      address = new URL(form[1], address).href;
      response = await this.fetch(address, { method: 'POST', body: fields });
    }
    throw new Error('the sign-in does not end');
  }
}
