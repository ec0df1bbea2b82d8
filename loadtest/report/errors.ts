import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { textOf } from '../books/telemetry.ts';
import type { K6Call } from '../k6/record.ts';
import { attr } from '../otlp/names.ts';
import type { ErrorRow } from './model.ts';
import { sourceOf } from './source.ts';

/**
 * What went wrong, by what became of the call that met it: a 429 that a retry got over counts under `ok`. A call that
 * failed without any attempt of its own failing counts by its own error. Each row has the first call that met it.
 */
export function errorRows(joined: JoinedBooks): ErrorRow[] {
  const source = sourceOf(joined);
  const tally = new Tally();
  for (const entries of joined.byCall.values()) {
    if (source === 'telemetry') noteSpans(tally, entries);
    else noteLedger(tally, entries);
  }
  return tally.rows();
}

class Tally {
  readonly #rows = new Map<
    string,
    { calls: Set<string>; attempts: number; errorType: string; outcome: string }
  >();

  note(errorType: string, outcome: string, callId: string | undefined, attempts: number): void {
    const key = JSON.stringify([errorType, outcome]);
    const row = this.#rows.get(key) ?? { calls: new Set<string>(), attempts: 0, errorType, outcome };
    this.#rows.set(key, row);
    if (callId !== undefined) row.calls.add(callId);
    row.attempts += attempts;
  }

  rows(): ErrorRow[] {
    return [...this.#rows.values()]
      .map(({ calls, ...row }) => ({ ...row, calls: calls.size, example: [...calls][0] ?? '' }))
      .sort((a, b) => b.attempts - a.attempts || b.calls - a.calls);
  }
}

function noteSpans(tally: Tally, { callId, calls, attempts }: CallEntries): void {
  const [call] = calls;
  const outcome = (call && textOf(call, attr.outcome)) ?? 'not told';
  const failed = attempts.flatMap((span) => textOf(span, attr.errorType) ?? []);
  for (const errorType of failed) tally.note(errorType, outcome, callId, 1);
  const own = call && textOf(call, attr.errorType);
  if (failed.length === 0 && own !== undefined) tally.note(own, outcome, callId, 0);
}

/** Of a client that told nothing: what the provider answered, and what the caller got. */
function noteLedger(tally: Tally, { callId, k6: [seen], ledger }: CallEntries): void {
  const failed = ledger.flatMap((entry) => errorAtProvider(entry) ?? []);
  // A request that is nobody's is no call, and became nobody knows what.
  for (const errorType of failed)
    tally.note(errorType, seen?.outcome ?? 'not known', seen ? callId : undefined, 1);
  if (seen && seen.outcome !== 'ok' && failed.length === 0)
    tally.note(errorOfCaller(seen), seen.outcome, callId, 0);
}

function errorAtProvider({ status, fault, end }: LedgerEntry): string | undefined {
  if (status !== null && status >= 400) return String(status);
  return end === 'complete' ? undefined : (fault ?? end);
}

function errorOfCaller({ errorClass, status, httpStatus }: K6Call): string {
  return errorClass ?? (httpStatus === 0 ? 'no answer' : `HTTP ${status ?? httpStatus}`);
}
