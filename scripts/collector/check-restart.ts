import type { Backend } from './backend.ts';
import { newTraceId, tracesBody } from './bodies.ts';
import type { Collector } from './collector.ts';
import { type Row, same } from './rows.ts';
import { waitUntil } from './wait-until.ts';

const traces = 200;
const arriveMs = 30_000;

/** Failed calls that come while Jaeger is down arrive, though the collector ends before it is back. */
export async function restartRows(collector: Collector, backend: Backend): Promise<Row[]> {
  return [
    await survived('ended with SIGTERM and started again', collector, backend, () => collector.stop()),
    await survived('killed and started again', collector, backend, () => collector.kill()),
  ];
}

async function survived(
  how: string,
  collector: Collector,
  backend: Backend,
  end: () => Promise<void>,
): Promise<Row> {
  await backend.down();
  const ids = Array.from({ length: traces }, newTraceId);
  for (let at = 0; at < ids.length; at += 50) {
    const spans = ids.slice(at, at + 50).map((traceId) => ({ name: 'failed', traceId, error: true }));
    await collector.send('traces', tracesBody(spans));
  }
  // Judged and put on disk: a few tens of milliseconds after it was taken in.
  await waitUntil(async () => sampled(await collector.self()) >= traces, arriveMs);
  await end();
  await collector.start();
  await backend.up();
  const wanted = new Set(ids);
  const there = (): number => backend.spans.filter(({ traceId }) => wanted.has(traceId)).length;
  await waitUntil(() => there() >= traces, arriveMs);
  return same(`failed traces, Jaeger down, the collector ${how}`, traces, there());
}

/** Counted since the collector was last started. */
function sampled(self: {
  sum(name: string, passes: (labels: Record<string, string>) => boolean): number;
}): number {
  return self.sum(
    'otelcol_processor_tail_sampling_global_count_traces_sampled_total',
    ({ decision }) => decision === 'sampled',
  );
}
