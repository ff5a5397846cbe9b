import { write } from '../api/client';
import type { Signer } from './wallet';

/** Proves with a signature that one holds an account: signs in, or renews the proof of a session. */
export async function loginWithAccount(signer: Signer) {
  const { message } = await write<{ message: string }>('post', '/api/v1/session/challenge', { account: signer.account });
  const signature = await signer.signMessage(message);
  await write('post', '/api/v1/session/account', { message, signature });
}
