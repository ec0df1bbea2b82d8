import type { JoinedBooks } from '../books/join.ts';
import type { GatewaySample } from '../gateway/settings.ts';
import { retriesKeepTheRules } from '../reconcile/i5-retries.ts';
import { percentile } from '../report/percentile.ts';
import { condition } from './condition.ts';
import { maxAttempts, resilient } from './resilience.ts';
import type { Judgement, Load, RunFacts, Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

/** From the second quarter of the run, when all is warm, to the last: the live heap, in part of what it was. */
const mostHeapGrowth = 0.1;
/** Below this a growth is the noise of what is in flight, whatever its part. */
const heapNoiseBytes = 4 * 1024 * 1024;
/** The whole process: V8 gives pages back when it likes, so more is allowed. */
const mostRssGrowth = 0.25;
const rssNoiseBytes = 48 * 1024 * 1024;
const mostHandleGrowth = 0.25;
const handleNoise = 20;

export const soak: Scenario = {
  says: 'a steady mixture of all kinds of trouble for half an hour: nothing may grow',
  phases: await shippedPhases('soak'),
  jsonPerSecond: 50,
  durationMs: 30 * 60_000,
  // Before that the process is still growing to its size.
  leastMs: 40_000,
  isSampled: true,
  options: () => ({ retry: { ...resilient.retry, maxAttempts }, deadlineMs: resilient.deadlineMs ?? 30_000 }),
  thresholds: () => ({ 'call_ok{phase:steady,settled:yes}': ['rate>=0.95'] }),
  judge,
};

function judge(books: JoinedBooks, _load: Load, { samples }: RunFacts): Judgement {
  const { early, late } = quarters(samples);
  const heap = grown(early, late, ({ heapBytes }) => heapBytes);
  const rss = grown(early, late, ({ rssBytes }) => rssBytes);
  const handles = grown(early, late, ({ handles: count }) => count);
  const mostBytes = Math.max(heapNoiseBytes, heap.early * mostHeapGrowth);
  const mostRssBytes = Math.max(rssNoiseBytes, rss.early * mostRssGrowth);
  const mostHandles = Math.max(handleNoise, handles.early * mostHandleGrowth);
  const isMeasured = early.length > 0 && late.length > 0;
  return {
    invariants: [retriesKeepTheRules(books, maxAttempts)],
    conditions: [
      condition(
        'live heap of the gateway, last quarter',
        `<= ${mebibytes(heap.early + mostBytes)}`,
        isMeasured ? mebibytes(heap.late) : 'not measured',
        isMeasured && heap.late - heap.early <= mostBytes,
      ),
      condition(
        'its resident memory, last quarter',
        `<= ${mebibytes(rss.early + mostRssBytes)}`,
        isMeasured ? mebibytes(rss.late) : 'not measured',
        isMeasured && rss.late - rss.early <= mostRssBytes,
      ),
      condition(
        'its open handles, last quarter',
        `<= ${Math.floor(handles.early + mostHandles)}`,
        isMeasured ? String(handles.late) : 'not measured',
        isMeasured && handles.late - handles.early <= mostHandles,
      ),
    ],
  };
}

function quarters(samples: readonly GatewaySample[]) {
  const quarter = Math.floor(samples.length / 4);
  return {
    early: samples.slice(quarter, 2 * quarter),
    late: quarter === 0 ? [] : samples.slice(-quarter),
  };
}

/** The medians: one sample in a burst says nothing. */
function grown(
  early: readonly GatewaySample[],
  late: readonly GatewaySample[],
  of: (sample: GatewaySample) => number,
) {
  return { early: percentile(early.map(of), 0.5), late: percentile(late.map(of), 0.5) };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
