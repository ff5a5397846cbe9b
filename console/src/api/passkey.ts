import { read, write } from './client';
import { Problem } from './problem';
import type { Session } from './session';

const bytes = (text: string) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
const text = (buffer: ArrayBuffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');

interface Descriptor {
  id: string;
  type: 'public-key';
  transports?: AuthenticatorTransport[];
}
interface CreationOptions {
  challenge: string;
  rp: { id?: string; name: string };
  user: { id: string; name: string; displayName: string };
  pubKeyCredParams: PublicKeyCredentialParameters[];
  timeout?: number;
  excludeCredentials?: Descriptor[];
  authenticatorSelection?: AuthenticatorSelectionCriteria;
  attestation?: AttestationConveyancePreference;
}
interface RequestOptions {
  challenge: string;
  rpId?: string;
  timeout?: number;
  allowCredentials?: Descriptor[];
  userVerification?: UserVerificationRequirement;
}
/** `begin` answers the options as WebAuthn's JSON, alone or under `publicKey`, with a name of the attempt beside them. */
interface Begun<T> {
  attempt?: string;
  publicKey?: T;
}
const optionsOf = <T>(begun: Begun<T>) => begun.publicKey ?? (begun as unknown as T);
const descriptor = (one: Descriptor): PublicKeyCredentialDescriptor => ({ ...one, id: bytes(one.id) });

async function credential(call: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!('PublicKeyCredential' in window)) throw new Problem({ status: 0, slug: 'no-passkeys' });
  try {
    const made = await call();
    if (made instanceof PublicKeyCredential) return made;
  } catch (error) {
    const name = (error as DOMException).name;
    throw new Problem({ status: 0, slug: name === 'InvalidStateError' ? 'passkey-exists' : 'declined', detail: (error as Error).message });
  }
  throw new Problem({ status: 0, slug: 'declined' });
}

export const passkeysPossible = () => 'PublicKeyCredential' in window && window.isSecureContext;

/** Makes a passkey for the session's person. */
export async function registerPasskey(name: string): Promise<void> {
  const begun = await write<Begun<CreationOptions>>('post', '/api/v1/session/passkey/register/begin', { name });
  const options = optionsOf(begun);
  const made = await credential(() =>
    navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: options.excludeCredentials?.map(descriptor),
      },
    }),
  );
  const response = made.response as AuthenticatorAttestationResponse;
  await write('post', '/api/v1/session/passkey/register/finish', {
    attempt: begun.attempt,
    name,
    credential: {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject) },
    },
  });
}

/** Signs in with a passkey, or proves anew who one is. */
export async function loginWithPasskey(): Promise<Session> {
  const begun = await write<Begun<RequestOptions>>('post', '/api/v1/session/passkey/login/begin', {});
  const options = optionsOf(begun);
  const made = await credential(() =>
    navigator.credentials.get({
      publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: options.allowCredentials?.map(descriptor) },
    }),
  );
  const response = made.response as AuthenticatorAssertionResponse;
  await write('post', '/api/v1/session/passkey/login/finish', {
    attempt: begun.attempt,
    credential: {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(response.clientDataJSON),
        authenticatorData: text(response.authenticatorData),
        signature: text(response.signature),
        userHandle: response.userHandle ? text(response.userHandle) : null,
      },
    },
  });
  return read<Session>('/api/v1/session');
}
