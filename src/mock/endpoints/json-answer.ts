import type { Refusal, WholeAnswer } from '../answer.ts';
import { malformedJson } from '../error-bodies.ts';
import { parseBody } from '../fields.ts';

/** An answer that no model is asked for. */
export function jsonAnswer(value: object): WholeAnswer {
  return { kind: 'whole', body: JSON.stringify(value), tokens: 0, usage: null, finishReason: null };
}

/** Where a body may be left out, one that is there must still be JSON. */
export function bodyProblem(raw: Buffer): Refusal | undefined {
  return raw.length === 0 || parseBody(raw.toString('utf8')) ? undefined : malformedJson;
}

export function isRefusal<T extends object>(value: T | Refusal): value is Refusal {
  return 'kind' in value && value.kind === 'refusal';
}
