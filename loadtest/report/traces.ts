import { roleOf, textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import type { MadeCall } from './made-calls.ts';
import type { ErrorRow, RunReport, Span, Trace } from './model.ts';

const kept = 5;
const keptFailures = 12;

/** The traces worth a look: the slowest, of the others those with the most attempts, and the example of each error. */
export function notableTraces(calls: readonly MadeCall[], errors: readonly ErrorRow[]): RunReport['traces'] {
  const traced = calls.filter(({ entries }) => entries.gateway.length > 0 || entries.calls.length > 0);
  const slowest = traced.toSorted((a, b) => b.seen.durationMs - a.seen.durationMs).slice(0, kept);
  const mostRetried = traced
    .filter((call) => !slowest.includes(call) && call.entries.attempts.length > 1)
    .sort(byAttemptsThenSuccess)
    .slice(0, kept);
  const byId = new Map(traced.map((call) => [call.entries.callId, call]));
  const failed = [...new Set(errors.map(({ example }) => example))].flatMap((id) => byId.get(id) ?? []);
  return {
    slowest: slowest.map(traceOf),
    mostRetried: mostRetried.map(traceOf),
    failed: failed.slice(0, keptFailures).map(traceOf),
  };
}

/** A call that got through at last says more than one that did not. */
function byAttemptsThenSuccess(a: MadeCall, b: MadeCall): number {
  return (
    b.entries.attempts.length - a.entries.attempts.length ||
    Number(b.seen.outcome === 'ok') - Number(a.seen.outcome === 'ok') ||
    b.seen.durationMs - a.seen.durationMs
  );
}

function traceOf({ seen, entries }: MadeCall): Trace {
  const { gateway, calls, attempts, backoffs, throttles, others } = entries;
  const spans = [...gateway, ...calls, ...attempts, ...backoffs, ...throttles, ...others].sort(
    (a, b) => a.startMs - b.startMs,
  );
  const startMs = spans[0]?.startMs ?? 0;
  const [call] = calls;
  return {
    traceId: entries.callId,
    callId: entries.callId,
    phase: seen.phase,
    durationMs: seen.durationMs,
    attempts: attempts.length,
    outcome: (call && textOf(call, attr.outcome)) ?? 'not told',
    spans: spans.map((span) => drawnSpan(span, startMs)),
  };
}

/** A span as it is drawn, in a trace that began at `startMs`. */
export function drawnSpan(span: SpanRecord, startMs: number): Span {
  const { name, spanId, parentSpanId, kind, error, attributes } = span;
  return {
    name,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    kind: kind === 'server' || kind === 'client' ? kind : 'internal',
    role: roleOf(span),
    fromMs: span.startMs - startMs,
    toMs: span.endMs - startMs,
    error,
    attributes,
  };
}
