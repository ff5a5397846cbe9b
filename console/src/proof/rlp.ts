/** The fields of an RLP list of byte strings, such as a block header; `undefined` if the bytes are no such list. */
export function listOf(bytes: Uint8Array): Uint8Array[] | undefined {
  const outer = item(bytes, 0);
  if (!outer?.list || outer.end !== bytes.length) return undefined;
  const fields: Uint8Array[] = [];
  let at = outer.start;
  while (at < outer.end) {
    const inner = item(bytes, at);
    if (!inner || inner.end > outer.end) return undefined;
    fields.push(bytes.subarray(inner.start, inner.end));
    at = inner.end;
  }
  return fields;
}

function item(bytes: Uint8Array, at: number): { list: boolean; start: number; end: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { list: false, start: at, end: at + 1 };
  const list = first >= 0xc0;
  const base = list ? 0xc0 : 0x80;
  let start = at + 1;
  let length = first - base;
  if (length > 55) {
    const width = length - 55;
    if (width > 4) return undefined;
    length = 0;
    for (let index = 0; index < width; index += 1) length = length * 256 + (bytes[start + index] ?? 0);
    start += width;
  }
  const end = start + length;
  return end <= bytes.length ? { list, start, end } : undefined;
}
