import type { SpanRecord } from '../../loadtest/otlp/spans.ts';
import type { Backend } from './backend.ts';
import type { Collector } from './collector.ts';
import type { LoadBooks } from './load.ts';
import { type MustKeep, mustKeep, ordinary } from './must-keep.ts';
import { type Row, same, sameSome, some, within } from './rows.ts';
import { waitUntil } from './wait-until.ts';

const client = 'SPAN_KIND_CLIENT';
const calls = 'traces_span_metrics_calls_total';
const durations = 'traces_span_metrics_duration_milliseconds';
/** A queue that sends again what it could not send waits up to a second here, see `overrides` of main.ts. */
const arriveMs = 30_000;

/** While the load runs: Jaeger is missing at first, comes, and goes again until the run is over. */
export async function troubleBackend(
  backend: Backend,
  collector: Collector,
  over: () => boolean,
): Promise<Row[]> {
  const queued = async (): Promise<boolean> =>
    over() || (await collector.self()).sum('otelcol_exporter_queue_size') > 0;
  await waitUntil(queued, 60_000);
  const waited = (await collector.self()).sum('otelcol_exporter_queue_size');
  await backend.up();
  await waitUntil(() => over() || backend.spans.length >= 50, 60_000);
  const before = backend.spans.length;
  await backend.down();
  return [
    some('bytes that wait while Jaeger is missing at the start', waited),
    some('spans in Jaeger when it went away again', before),
  ];
}

/** Looks at the page of metrics again and again: an exemplar is on it for one interval only. */
export async function watchExemplars(collector: Collector, over: () => boolean): Promise<Set<string>> {
  const traceIds = new Set<string>();
  await waitUntil(async () => {
    for (const { name, exemplarTraceId } of (await collector.metrics()).samples)
      if (name === `${durations}_bucket` && exemplarTraceId !== undefined) traceIds.add(exemplarTraceId);
    return over();
  }, 300_000);
  return traceIds;
}

/** What the collector counted and sent on, against the books of the load run. */
export async function loadRows(input: {
  readonly books: LoadBooks;
  readonly collector: Collector;
  readonly backend: Backend;
  readonly exemplars: ReadonlySet<string>;
  readonly keepPercent: number;
}): Promise<Row[]> {
  const { books, collector, backend, exemplars, keepPercent } = input;
  const { spans, requests } = books;
  const must = mustKeep(spans, requests);
  const mustIds = new Set([...must.failed, ...must.retried, ...must.waited]);
  await waitUntil(() => hasAll(backend.spans, mustIds, spans), arriveMs);
  await waitUntil(async () => (await collector.metrics()).sum(calls) >= spans.length, arriveMs);
  const page = await collector.metrics();
  const self = await collector.self();
  const attempts = requests.filter(({ callId }) => spans.some(({ traceId }) => traceId === callId));
  const isAttempt = (name: string | undefined): boolean => /^[A-Z]+ \//.test(name ?? '');
  const ids = new Set(spans.map(({ traceId }) => traceId));
  return [
    same('spans taken in', spans.length, self.sum('otelcol_receiver_accepted_spans_total')),
    same('spans refused or not sent on', 0, lost(self)),
    sameSome(
      'calls counted, and calls of k6',
      books.calls,
      page.sum(calls, ({ span_kind, span_name }) => span_kind === client && !isAttempt(span_name)),
    ),
    sameSome(
      'attempts counted, and requests at the provider',
      attempts.length,
      page.sum(calls, ({ span_kind, span_name }) => span_kind === client && isAttempt(span_name)),
    ),
    sameSome('spans counted, by kind and name', spans.length, page.sum(calls)),
    sameSome('spans timed, by kind and name', spans.length, page.sum(`${durations}_count`)),
    sameSome(
      'calls of the application’s own metrics',
      books.calls,
      page.sum('gen_ai_client_operation_duration_seconds_count'),
    ),
    sameSome('exemplars that name a trace of the run', exemplars.size, count(exemplars, ids)),
    sameSome('lines of calls in the output', books.logRecords, linesOfCalls(collector.output)),
    ...arrivedRows(spans, must, backend.spans, keepPercent),
  ];
}

function arrivedRows(
  sent: readonly SpanRecord[],
  must: MustKeep,
  arrived: readonly SpanRecord[],
  keepPercent: number,
): Row[] {
  const ids = new Set(arrived.map(({ traceId }) => traceId));
  const rest = ordinary(sent, must);
  return [
    sameSome('traces with a failed request or call, in Jaeger', must.failed.size, count(must.failed, ids)),
    sameSome('traces with a retry, in Jaeger', must.retried.size, count(must.retried, ids)),
    sameSome('traces with a wait for a limit, in Jaeger', must.waited.size, count(must.waited, ids)),
    within(
      `of ${rest.size} other traces, ${keepPercent} %`,
      binomial(rest.size, keepPercent / 100),
      count(rest, ids),
    ),
    sameSome(
      'spans of all traces in Jaeger: each is whole',
      sent.filter(({ traceId }) => ids.has(traceId)).length,
      arrived.length,
    ),
  ];
}

/** Where a count of `n` tries lies that each succeed with this chance, but for one run in many millions. */
function binomial(n: number, chance: number): readonly [number, number] {
  const spread = 6 * Math.sqrt(n * chance * (1 - chance));
  return [Math.max(0, Math.floor(n * chance - spread)), Math.min(n, Math.ceil(n * chance + spread))];
}

/** All spans of the traces that must arrive. */
function hasAll(
  arrived: readonly SpanRecord[],
  mustIds: ReadonlySet<string>,
  sent: readonly SpanRecord[],
): boolean {
  const isMust = ({ traceId }: SpanRecord): boolean => mustIds.has(traceId);
  return arrived.filter(isMust).length >= sent.filter(isMust).length;
}

function count(wanted: ReadonlySet<string>, there: ReadonlySet<string>): number {
  return [...wanted].filter((id) => there.has(id)).length;
}

function linesOfCalls(output: string): number {
  return output.split('\n').filter((line) => line.includes('telltale.outcome=')).length;
}

/** What the collector says that it did not pass on. */
export function lost(self: { sum(name: string): number }): number {
  return [
    'otelcol_receiver_refused_spans_total',
    'otelcol_receiver_failed_spans_total',
    'otelcol_processor_refused_spans_total',
    'otelcol_exporter_send_failed_spans_total',
    'otelcol_exporter_enqueue_failed_spans_total',
  ].reduce((sum, name) => sum + self.sum(name), 0);
}
