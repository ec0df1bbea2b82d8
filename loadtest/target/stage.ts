import { childEnv } from '../child-env.ts';
import { type ProviderBook, takeBook } from '../mock-client.ts';
import { type MetricTotal, MetricTotals } from '../otlp/metrics.ts';
import { openRawBook } from '../otlp/raw-book.ts';
import type { ReceivedTelemetry } from '../otlp/received.ts';
import { startOtlpReceiver } from '../otlp/receiver.ts';
import { readSpans, type SpanRecord } from '../otlp/spans.ts';
import { startService } from '../processes.ts';
import { RunFailure } from '../run-failure.ts';
import { pause, within } from '../within.ts';
import type { TargetOptions } from './options.ts';

/** What stands behind and beside the service: the mock provider, and where its telemetry goes. */
export interface TargetStage {
  readonly mockUrl: URL;
  readonly otlpUrl: string;
  /** Resolves with a sentence when the mock dies before it is told to end. */
  readonly died: Promise<string>;
  /** Undefined when the mock died, and its ledger with it. */
  provider(): Promise<ProviderBook | undefined>;
  /** Waits until no telemetry comes any more; `isRunning` where the service is, and may have some to send. */
  quiet(isRunning: boolean): Promise<void>;
  telemetry(): { spans: readonly SpanRecord[]; metrics: readonly MetricTotal[] };
  points(): number;
  /** What came there, and what of it could not be read. */
  received(): ReceivedTelemetry;
  close(): Promise<void>;
}

export interface TargetStageOptions {
  readonly options: Pick<TargetOptions, 'seed' | 'mockPort' | 'otlpPort'>;
  readonly env: NodeJS.ProcessEnv;
  readonly outDirectory: string;
}

const quietMs = 3_000;
const longestQuietMs = 20_000;

export async function openTargetStage({
  options,
  env,
  outDirectory,
}: TargetStageOptions): Promise<TargetStage> {
  const { seed, mockPort, otlpPort } = options;
  const raw = openRawBook(outDirectory);
  const spans: SpanRecord[] = [];
  const totals = new MetricTotals();
  let lastMs = performance.now();
  const receiver = await startOtlpReceiver({
    port: otlpPort,
    take(signal, body, json) {
      if (signal === 'metrics') totals.add(body);
      else if (signal === 'traces') for (const span of readSpans(body)) spans.push(span);
      if (signal === 'traces') lastMs = performance.now();
      raw.write(signal, json);
    },
  }).catch(async (error: NodeJS.ErrnoException) => {
    await raw.close();
    if (error.code !== 'EADDRINUSE') throw error;
    throw new RunFailure(
      `Port ${otlpPort} is in use, perhaps by a collector: give another with \`--otlp-port\`, and to the service.`,
    );
  });
  const closeReceiver = async (): Promise<void> => {
    await receiver.close();
    await raw.close();
  };
  const mock = await startService({
    name: 'mock provider',
    file: 'src/mock/main.ts',
    args: ['--seed', String(seed), '--port', String(mockPort), '--exit-with-parent'],
    env: childEnv(env, {}),
  }).catch(async (error: unknown) => {
    await closeReceiver();
    throw error;
  });
  return {
    mockUrl: mock.url,
    otlpUrl: receiver.url,
    died: mock.ended.then((how) => `the mock provider ${how}`),
    async provider() {
      if ((await within(mock.ended, 0)) !== 'late') return undefined;
      return await takeBook(mock.url.origin).catch(() => undefined);
    },
    async quiet(isRunning) {
      if (!isRunning || spans.length === 0) return;
      const until = performance.now() + longestQuietMs;
      while (performance.now() - lastMs < quietMs && performance.now() < until) await pause(100);
    },
    telemetry: () => ({ spans, metrics: totals.all }),
    points: () => totals.points,
    received: () => receiver.received(),
    async close() {
      await mock.stop();
      await closeReceiver();
    },
  };
}
