import type { Refusal, WholeAnswer } from '../answer.ts';
import { malformedJson, refuse } from '../error-bodies.ts';
import { parseBody } from '../fields.ts';
import type { OpenEntry } from '../ledger.ts';

/** An answer of JSON that no model is asked for; `commit` is what the provider remembers of it once it is let through. */
export function json(value: object, commit?: (entry: OpenEntry) => void): WholeAnswer {
  const answer = { kind: 'whole', body: JSON.stringify(value), ...withoutModel } as const;
  return commit ? { ...answer, effect: { begin: commit } } : answer;
}

const withoutModel = { tokens: 0, usage: null, finishReason: null };

/** An answer of bytes. */
export function bytes(body: Buffer, contentType: string): WholeAnswer {
  return { kind: 'whole', body, contentType, ...withoutModel };
}

/** Where a body may be left out, one that is there must still be JSON. */
export function bodyProblem(raw: Buffer): Refusal | undefined {
  return raw.length === 0 || parseBody(raw.toString('utf8')) ? undefined : malformedJson;
}

export function isRefusal<T extends object>(value: T | Refusal): value is Refusal {
  return 'kind' in value && value.kind === 'refusal';
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
