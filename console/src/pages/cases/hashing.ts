/** Keccak-256 of documents, in the browser: they never leave it. */

/** Bytes of a file that is hashed, at most: it is read whole. */
export const FILE_BYTES_MAX = 256 * 1024 * 1024;

export async function hashOfBytes(bytes: Uint8Array): Promise<`0x${string}`> {
  const [{ keccak_256 }, { bytesToHex }] = await Promise.all([import('@noble/hashes/sha3.js'), import('@noble/hashes/utils.js')]);
  return `0x${bytesToHex(keccak_256(bytes))}`;
}

export const hashOfText = (text: string) => hashOfBytes(new TextEncoder().encode(text));

/** Hands a text over as a file, byte by byte as it was hashed. */
export function download(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
