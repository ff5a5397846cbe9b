/** Only paths of this console: a link must not lead elsewhere after a sign-in. */
export const safeTarget = (from: unknown) =>
  typeof from === 'string' && /^\/(?![/\\])/.test(from) && !from.startsWith('/login') ? from : '/';
