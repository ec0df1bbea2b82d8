import { roleOf } from '../../loadtest/books/telemetry.ts';
import type { SpanRecord } from '../../loadtest/otlp/spans.ts';
import type { LedgerEntry } from '../../src/mock/ledger.ts';

/** Ids of traces that have to arrive, by what the provider and the client say of the calls: not by the collector's rules. */
export interface MustKeep {
  /** The provider turned one of the call's requests down, or the call did not end well. */
  readonly failed: ReadonlySet<string>;
  /** The provider was asked more than once. */
  readonly retried: ReadonlySet<string>;
  /** The call waited for a limit. */
  readonly waited: ReadonlySet<string>;
}

/** A call's id in the ledger is the id of its trace. */
export function mustKeep(spans: readonly SpanRecord[], requests: readonly LedgerEntry[]): MustKeep {
  const traces = new Set(spans.map(({ traceId }) => traceId));
  const known = requests.filter(({ callId }) => traces.has(callId));
  const badEnd = spans.filter(
    (span) => span.error || (roleOf(span) === 'call' && span.attributes['telltale.outcome'] !== 'ok'),
  );
  return {
    failed: new Set([
      ...known.filter(({ status }) => status !== null && status >= 400).map(({ callId }) => callId),
      ...badEnd.map(({ traceId }) => traceId),
    ]),
    retried: new Set(known.filter(({ attempt }) => attempt > 0).map(({ callId }) => callId)),
    waited: new Set(spans.filter((span) => roleOf(span) === 'throttle').map(({ traceId }) => traceId)),
  };
}

/** Slow ones are kept too; as long as a call takes no longer than this it need not be. */
export const slowMs = 3_000;

/** Ids of traces of which only a share has to arrive. */
export function ordinary(spans: readonly SpanRecord[], must: MustKeep): Set<string> {
  const kept = new Set([...must.failed, ...must.retried, ...must.waited]);
  const slow = spans.filter(({ startMs, endMs }) => endMs - startMs >= slowMs).map(({ traceId }) => traceId);
  for (const id of slow) kept.add(id);
  return new Set(spans.map(({ traceId }) => traceId).filter((id) => !kept.has(id)));
}
