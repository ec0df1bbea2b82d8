import type { Refusal, WholeAnswer } from '../answer.ts';
import { refuse } from '../error-bodies.ts';

/** An answer of JSON that no model is asked for; `commit` is what the provider remembers of it. */
export function json(value: object, commit?: () => void): WholeAnswer {
  const answer = {
    kind: 'whole',
    body: JSON.stringify(value),
    tokens: 0,
    usage: null,
    finishReason: null,
  } as const;
  return commit ? { ...answer, commit } : answer;
}

/** An answer of bytes. */
export function bytes(body: Buffer, contentType: string): WholeAnswer {
  return { kind: 'whole', body, contentType, tokens: 0, usage: null, finishReason: null };
}

/** Nothing of this kind has the id. `kind` as OpenAI names it: `File object`. */
export function unknownObject(kind: string, id: string): Refusal {
  return refuse(404, `No such ${kind}: ${id}`, 'id');
}

/** A field whose value is none of those that it may have. */
export function notOneOf(param: string, allowed: readonly string[], got: unknown): Refusal {
  const list = allowed.map((value) => `'${value}'`).join(', ');
  const message = `Invalid value: '${String(got)}'. Supported values are: ${list}.`;
  return refuse(400, message, param, 'invalid_value');
}
