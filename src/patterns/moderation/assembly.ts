import { asArray, asCount, asObject, asText } from '../../json.ts';

/** Puts together the answer that a stream brings. */
export interface Assembly {
  /** @returns the text that it adds to what is shown */
  take(event: unknown): string;
  /** The answer as it would have come in one piece, as far as it is known; undefined where it is not yet. */
  answer(): unknown;
}

export function responseAssembly(): Assembly {
  let whole: unknown;
  return {
    take: (event) => {
      const { type, delta, response } = asObject(event) ?? {};
      if (type === 'response.output_text.delta') return asText(delta) ?? '';
      if (type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed')
        whole = response;
      return '';
    },
    answer: () => whole,
  };
}

type Fields = Record<string, unknown>;

export function chatAssembly(): Assembly {
  let head: Fields | undefined;
  const choices = new Map<number, Fields>();
  return {
    take: (chunk) => {
      const { choices: deltas, ...fields } = asObject(chunk) ?? {};
      head = { ...head, ...withoutNulls(fields) };
      let shown = '';
      for (const entry of asArray(deltas).map(asObject)) {
        const { index, delta, logprobs, ...said } = entry ?? {};
        const at = asCount(index) ?? 0;
        const choice = choices.get(at) ?? {
          index: at,
          message: { role: 'assistant', content: null, refusal: null },
        };
        choices.set(at, Object.assign(choice, withoutNulls(said)));
        merge(choice['message'] as Fields, asObject(delta) ?? {});
        if (at === 0) shown += asText(asObject(delta)?.['content']) ?? '';
      }
      return shown;
    },
    answer: () =>
      head && {
        ...head,
        object: 'chat.completion',
        choices: [...choices.values()].sort((a, b) => Number(a['index']) - Number(b['index'])),
      },
  };
}

function withoutNulls(fields: Readonly<Fields>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => isSaid(name, value)));
}

/** What is put into a prototype nobody would moderate. */
function isSaid(name: string, value: unknown): boolean {
  return value !== null && value !== undefined && name !== '__proto__';
}

/** Names of things, which come whole where they come twice. */
const whole = new Set(['role', 'id', 'type', 'index']);

/** Pieces of texts follow one another; of lists, entries with the same index are one. */
function merge(into: Fields, delta: Readonly<Fields>): void {
  for (const [name, value] of Object.entries(delta)) {
    if (!isSaid(name, value)) continue;
    const before = into[name];
    if (Array.isArray(value)) into[name] = mergeList(asArray(before) as Fields[], value);
    else if (typeof value === 'object') {
      const inner = { ...asObject(before) };
      into[name] = inner;
      merge(inner, value as Fields);
    } else if (typeof before === 'string' && typeof value === 'string' && !whole.has(name))
      into[name] = before + value;
    else into[name] = value;
  }
}

function mergeList(before: readonly Fields[], entries: readonly unknown[]): readonly Fields[] {
  const list = [...before];
  for (const entry of entries) {
    const fields = asObject(entry) ?? {};
    const same = list.find(({ index }) => index !== undefined && index === fields['index']);
    if (same) merge(same, fields);
    else list.push({ ...fields });
  }
  return list;
}
