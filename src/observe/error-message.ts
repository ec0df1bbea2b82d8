import type { Attempt, Call } from '../call.ts';
import { providerWords, systemCodes } from './error-words.ts';

/** Puts into words what went wrong with a call; undefined where there is nothing to add to its error type. */
export type ErrorMessage = (call: Call, attempt: Attempt | undefined) => string | undefined;

/**
 * A message that can hold nothing of a request or an answer. The provider's own messages repeat pieces of both, so
 * this one is put together from the HTTP status and from words that are known beforehand.
 */
export const closedErrorMessage: ErrorMessage = (call, attempt) => {
  if (call.outcome !== 'error') return undefined;
  const status = failedStatus(call.error) ?? failedStatus(attempt);
  const type = knownWord(call.error, 'type', providerWords);
  const code = knownWord(call.error, 'code', providerWords) ?? systemCode(call.error ?? attempt?.error);
  const parts = [
    status === undefined ? undefined : `HTTP ${status}`,
    type === undefined ? undefined : `type ${type}`,
    code === undefined ? undefined : `code ${code}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
};

function failedStatus(from: unknown): number | undefined {
  const status = property(from, 'status');
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 600
    ? status
    : undefined;
}

function knownWord(from: unknown, name: string, words: ReadonlySet<string>): string | undefined {
  const word = property(from, name);
  return typeof word === 'string' && words.has(word) ? word : undefined;
}

/** `ECONNREFUSED` and the like stand on a cause of the error, or on a cause of that. */
function systemCode(error: unknown): string | undefined {
  let from = error;
  for (let depth = 0; depth < 5 && from !== undefined; depth++) {
    const code = knownWord(from, 'code', systemCodes);
    if (code !== undefined) return code;
    const errors = property(from, 'errors');
    from = property(from, 'cause') ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return undefined;
}

function property(from: unknown, name: string): unknown {
  return typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined;
}
