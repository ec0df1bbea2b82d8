import type { CallEntries } from '../books/join.ts';
import { textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import type { ErrorRow } from './model.ts';

/**
 * What went wrong, by what became of the call that met it: a 429 that a retry got over counts under `ok`. A call that
 * failed without any attempt of its own failing counts by its own error. Each row has the first call that met it.
 */
export function errorRows(byCall: ReadonlyMap<string, CallEntries>): ErrorRow[] {
  const rows = new Map<
    string,
    { calls: Set<string>; attempts: number; errorType: string; outcome: string }
  >();
  function note(errorType: string, outcome: string, callId: string, attempts: number): void {
    const key = JSON.stringify([errorType, outcome]);
    const row = rows.get(key) ?? { calls: new Set<string>(), attempts: 0, errorType, outcome };
    rows.set(key, row);
    row.calls.add(callId);
    row.attempts += attempts;
  }
  for (const { callId, calls, attempts } of byCall.values()) {
    const [call] = calls;
    const outcome = (call && textOf(call, attr.outcome)) ?? 'not told';
    const failed = attempts.flatMap((span) => textOf(span, attr.errorType) ?? []);
    for (const errorType of failed) note(errorType, outcome, callId, 1);
    const own = call && textOf(call, attr.errorType);
    if (failed.length === 0 && own !== undefined) note(own, outcome, callId, 0);
  }
  return [...rows.values()]
    .map(({ calls, ...row }) => ({ ...row, calls: calls.size, example: [...calls][0] ?? '' }))
    .sort((a, b) => b.attempts - a.attempts || b.calls - a.calls);
}
