/** `npm run bench`: what observing costs, as CPU time per call, against the bare client in the same run. */

import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace';
import { observe } from '../src/index.ts';
import { floor } from './floor.ts';
import { inTurn } from './measure.ts';
import { chunksPerStream, client, oneCall, oneStream } from './subjects.ts';

const calls = { rounds: 15, times: 2000 };
const streams = { rounds: 15, times: 60 };

const bare = client();
const observed = observe(client());

const silent = await inTurn({ bare: () => oneCall(bare), observed: () => oneCall(observed) }, calls);

/** Takes every span and does nothing with it: exporting is the same work for everybody. */
const nowhere: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: async () => {},
};
const sdk = new NodeSDK({
  spanProcessors: [
    new BatchSpanProcessor({ exporter: nowhere, maxQueueSize: 1_000_000, scheduledDelayMillis: 200 }),
  ],
  metricReaders: [
    new PeriodicExportingMetricReader({
      exporter: new InMemoryMetricExporter(AggregationTemporality.DELTA),
      exportIntervalMillis: 3_600_000,
    }),
  ],
  logRecordProcessors: [],
});
sdk.start();
const straight = floor();
const full = await inTurn(
  { bare: () => oneCall(bare), floor: straight, observed: () => oneCall(observed) },
  calls,
);
const streamed = await inTurn({ bare: () => oneStream(bare), observed: () => oneStream(observed) }, streams);

const us = (value: number | undefined) => `${(value ?? Number.NaN).toFixed(1)} µs`.padStart(12);
const added = (full['observed'] ?? 0) - (full['bare'] ?? 0);
const rows: [string, string, string][] = [
  ['bare client, one JSON call', us(silent['bare']), ''],
  [
    '  added, no SDK registered',
    us((silent['observed'] ?? 0) - (silent['bare'] ?? 0)),
    'target: 10 µs or less',
  ],
  ['bare client, one JSON call', us(full['bare']), ''],
  ['  floor: the same spans and records', us(full['floor']), ''],
  [
    '  added, SDK registered',
    us(added),
    `${(added / (full['floor'] ?? 1)).toFixed(2)} × the floor; target: 1.6 or less`,
  ],
  [`bare client, stream of ${chunksPerStream} chunks`, us(streamed['bare']), ''],
  [
    '  observed, SDK registered',
    us(streamed['observed']),
    `${(((streamed['observed'] ?? 0) / (streamed['bare'] ?? 1) - 1) * 100).toFixed(1)} % more; target: 10 % or less`,
  ],
];
console.log(`CPU time per call, median of ${calls.rounds} rounds in turn, Node ${process.version}`);
for (const [name, value, note] of rows) console.log(`${name.padEnd(40)}${value}  ${note}`);
await sdk.shutdown();
