// Makes many calls of every ending and prints, as JSON, what is left of them. It has to end by itself.
// `node --expose-gc many-calls.ts CALLS [bare] [sdk] [plant]`; `plant` keeps 100 bytes of each call, as a leak would.
import { getEventListeners } from 'node:events';
import OpenAI from 'openai';
import { type Clock, systemClock } from '../../src/clock.ts';
import { observe, telltale } from '../../src/index.ts';
import { endings } from './endings.ts';
import { fakeFetch } from './fake-provider.ts';

const [calls = '1000', ...flags] = process.argv.slice(2);
const has = (flag: string): boolean => flags.includes(flag);
const checkpoints = 10;
const inFlight = 50;

const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`));
process.on('unhandledRejection', (reason) => warnings.push(`unhandled: ${String(reason)}`));

/** Housekeeping is done at each checkpoint, as if ten minutes had passed. */
let offsetMs = 0;
let housekeeping: (() => void)[] = [];
const clock: Clock = {
  ...systemClock,
  nowMs: () => systemClock.nowMs() + offsetMs,
  schedule: (task, delayMs, kind) => {
    if (kind === 'work') return systemClock.schedule(task, delayMs, kind);
    housekeeping.push(task);
    return () => {};
  },
};

const spans = { started: 0, ended: 0 };
const sdk = has('sdk') ? await startSdk() : undefined;
const bare = new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:9/v1', fetch: fakeFetch, logLevel: 'off' });
const client = has('bare') ? bare : observe(bare, { clock });
const outcomes: Record<string, number> = {};
const planted: string[] = [];
if (!has('bare')) {
  telltale(client).on('call', ({ outcome = 'none' }) => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (has('plant')) planted.push(Buffer.alloc(84, planted.length).toString('latin1'));
  });
}

const shared = new AbortController();
const heapBytes: number[] = [];
const listeners: number[] = [];
const kinds = Object.values(endings);
let made = 0;
for (let checkpoint = 1; checkpoint <= checkpoints; checkpoint++) {
  const until = Math.round((Number(calls) * checkpoint) / checkpoints);
  await Promise.all(Array.from({ length: inFlight }, () => callUntil(until)));
  await settle();
  heapBytes.push(process.memoryUsage().heapUsed);
  listeners.push(getEventListeners(shared.signal, 'abort').length);
}
const openCalls = has('bare') ? 0 : telltale(client).openCalls();
const stats = has('bare') ? undefined : telltale(client).stats();
await sdk?.shutdown();
console.log(
  JSON.stringify({ made, heapBytes, listeners, openCalls, outcomes, spans, warnings, calls: stats?.calls }),
);

async function callUntil(last: number): Promise<void> {
  while (made < last) await kinds[made++ % kinds.length]?.(client, shared.signal);
}

/** Lets go of everything that can be let go of. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  offsetMs += 11 * 60_000;
  const due = housekeeping;
  housekeeping = [];
  for (const task of due) task();
  globalThis.gc?.();
}

async function startSdk(): Promise<{ shutdown: () => Promise<void> }> {
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const { AggregationTemporality, InMemoryMetricExporter, PeriodicExportingMetricReader } = await import(
    '@opentelemetry/sdk-metrics'
  );
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const node = new NodeSDK({
    spanProcessors: [
      {
        onStart: () => void spans.started++,
        onEnd: () => void spans.ended++,
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
    metricReaders: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    logRecordProcessors: [],
    autoDetectResources: false,
    instrumentations: [],
  });
  node.start();
  return node;
}
