/**
 * The verifier of crate `light`, compiled to WebAssembly. It imports nothing, so it can only compute; it is loaded when the first
 * proof is asked for.
 */
import source from './light.wasm?url';

interface Exports {
  memory: WebAssembly.Memory;
  /** Room for a request of so many bytes; 0 if it is too long. */
  room(bytes: number): number;
  /** Answers the request in the room; gives the length of the answer. */
  answer(): number;
  /** Where the answer begins. */
  place(): number;
}

/** Asks the verifier; the answer is that of `crates/light/src/web.rs`. */
export type Verifier = (request: object) => unknown;

/** The verifier of a compiled module. */
export async function verifierOf(module: WebAssembly.Module): Promise<Verifier> {
  const instance = await WebAssembly.instantiate(module, {});
  const { memory, room, answer, place } = instance.exports as unknown as Exports;
  return (request) => {
    const text = new TextEncoder().encode(JSON.stringify(request));
    const at = room(text.length);
    if (at === 0) throw new Error('the proof is too long to be checked here');
    // A view of its own each time: the memory moves when it grows.
    new Uint8Array(memory.buffer, at, text.length).set(text);
    const length = answer();
    return JSON.parse(new TextDecoder().decode(new Uint8Array(memory.buffer, place(), length)));
  };
}

let loading: Promise<Verifier> | undefined;

/** Loads the verifier once; a load that failed is tried again by the next who asks. */
export function verifier(): Promise<Verifier> {
  loading ??= WebAssembly.compileStreaming(fetch(source))
    .then(verifierOf)
    .catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
  return loading;
}
