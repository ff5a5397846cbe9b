/** Functions of an ABI, for forms: what to ask for, and how what a person types becomes an argument. */

export interface Parameter {
  name: string;
  type: string;
  components?: Parameter[];
}
export interface AbiFunction {
  name: string;
  inputs: Parameter[];
  outputs: Parameter[];
  payable: boolean;
  signature: string;
}

const typeOf = (parameter: Parameter): string =>
  parameter.type.startsWith('tuple') ? `(${(parameter.components ?? []).map(typeOf).join(',')})${parameter.type.slice(5)}` : parameter.type;

function parameters(value: unknown): Parameter[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter((each): each is Record<string, unknown> => typeof each === 'object' && each !== null && typeof each.type === 'string')
    .map((each) => ({
      name: String(each.name ?? ''),
      type: String(each.type),
      components: each.components ? parameters(each.components) : undefined,
    }));
}

/** The functions of an ABI, those that only read apart from those that change something. */
export function functionsOf(abi: unknown): { reads: AbiFunction[]; writes: AbiFunction[] } {
  const reads: AbiFunction[] = [];
  const writes: AbiFunction[] = [];
  for (const entry of Array.isArray(abi) ? abi : []) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { type, name, inputs, outputs, stateMutability } = entry as Record<string, unknown>;
    if (type !== 'function' || typeof name !== 'string') continue;
    const parsed = parameters(inputs);
    const made = {
      name,
      inputs: parsed,
      outputs: parameters(outputs),
      payable: stateMutability === 'payable',
      signature: `${name}(${parsed.map(typeOf).join(',')})`,
    };
    (stateMutability === 'view' || stateMutability === 'pure' ? reads : writes).push(made);
  }
  return { reads, writes };
}

/** The parameters of a signature such as `transfer(address,uint256)`; `undefined` if it is none. Structs are not taken apart. */
export function parametersOf(signature: string): Parameter[] | undefined {
  const found = /^\s*[A-Za-z_$][\w$]*\(([^()]*)\)\s*$/.exec(signature);
  if (!found) return undefined;
  const types = (found[1] ?? '').split(',').map((type) => type.trim());
  if (types.length === 1 && types[0] === '') return [];
  return types.every((type) => /^(address|bool|string|bytes\d*|u?int\d*)(\[\d*\])*$/.test(type))
    ? types.map((type) => ({ name: '', type }))
    : undefined;
}

/** What a person typed, as the API takes it; throws the name of the rule that it breaks (`rules.*` of the texts). */
export function argumentOf(parameter: Parameter, text: string): unknown {
  const { type } = parameter;
  const typed = text.trim();
  if (type.endsWith(']') || type.startsWith('tuple')) return structured(typed);
  if (type === 'string') return text;
  if (type === 'bool') {
    if (typed !== 'true' && typed !== 'false') throw new Rule('bool');
    return typed === 'true';
  }
  if (type === 'address') {
    if (!/^0x[0-9a-fA-F]{40}$/.test(typed)) throw new Rule('address');
    return typed;
  }
  if (type.startsWith('bytes')) {
    const size = Number(type.slice(5));
    if (!/^0x([0-9a-fA-F]{2})*$/.test(typed) || (size > 0 && typed.length !== 2 + size * 2)) throw new Rule('bytes');
    return typed;
  }
  if (!/^(-?\d+|0x[0-9a-fA-F]+)$/.test(typed) || (type.startsWith('u') && typed.startsWith('-'))) throw new Rule('number');
  return BigInt(typed).toString();
}

export class Rule extends Error {}

function structured(text: string): unknown {
  try {
    // Large numbers must not pass through a floating-point number: they are read as strings.
    return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d{15,}(?![\d.eE])/g, (token) => (token.startsWith('"') ? token : `"${token}"`)));
  } catch {
    throw new Rule('json');
  }
}
