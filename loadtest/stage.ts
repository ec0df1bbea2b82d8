import type { LedgerEntry } from '../src/mock/ledger.ts';
import { childEnv } from './child-env.ts';
import type { FromGateway, GatewaySettings, ToGateway } from './gateway/settings.ts';
import { takeLedger } from './mock-client.ts';
import type { LoadTestOptions } from './options.ts';
import { type Collector, createForwarder } from './otlp/forward.ts';
import { type MetricTotal, MetricTotals } from './otlp/metrics.ts';
import { openRawBook, type RawBook } from './otlp/raw-book.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp/receiver.ts';
import { readSpans, type SpanRecord } from './otlp/spans.ts';
import { type Service, startService } from './processes.ts';
import type { RunFailure } from './run-failure.ts';
import { within } from './within.ts';

/** All that k6 runs against, and what it tells of itself. */
export interface Stage {
  readonly gatewayUrl: URL;
  readonly mockUrl: URL;
  /** Resolves with a sentence when a part of the stage dies before it is told to end. */
  readonly died: Promise<string>;
  /** Attempts after a call's first, so far. */
  retries(): number;
  /** Lets the gateway finish its calls and send its telemetry; its open calls then, undefined when it died. */
  drain(): Promise<number | undefined>;
  /** Undefined when the mock died, and its ledger with it. */
  ledger(): Promise<readonly LedgerEntry[] | undefined>;
  telemetry(): { spans: readonly SpanRecord[]; metrics: readonly MetricTotal[]; points: number };
  /** Ends the processes and closes the ports and files. */
  close(): Promise<void>;
  /** Bodies of telemetry that the user's collector did not take. */
  exportFailures(): number;
}

export interface StageOptions {
  readonly options: LoadTestOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly outDirectory: string;
  readonly collector: Collector | undefined;
  readonly say: (message: string) => void;
}

const drainMs = 40_000;
const forwardMs = 5_000;

export async function openStage(input: StageOptions): Promise<Stage> {
  const { options, env, outDirectory, collector, say } = input;
  const forwarder = collector && createForwarder({ ...collector, say });
  const raw = openRawBook(outDirectory);
  const spans: SpanRecord[] = [];
  const totals = new MetricTotals();
  const receiver = await startOtlpReceiver({
    take(signal, body, json) {
      if (signal === 'metrics') totals.add(body);
      else if (signal === 'traces') for (const span of readSpans(body)) spans.push(span);
      raw.write(signal, json);
      forwarder?.forward(`/v1/${signal}`, json);
    },
  });
  let retries = 0;
  let hear: (message: FromGateway) => void = () => {};
  const drained = new Promise<number>((resolve) => {
    hear = function hearGateway(message) {
      if (message.type === 'progress') retries = message.retries;
      else resolve(message.openCalls);
    };
  });

  const services: Service[] = [];
  async function close(): Promise<void> {
    await Promise.all(services.map((service) => service.stop()));
    await forwarder?.flush(forwardMs);
    await closeBooks(receiver, raw);
  }
  try {
    const mock = await startService({
      name: 'mock provider',
      file: 'src/mock/main.ts',
      args: ['--seed', String(options.seed), '--exit-with-parent'],
      env: childEnv(env, {}),
    });
    services.push(mock);
    const gateway = await startService({
      name: 'gateway',
      file: 'loadtest/gateway/main.ts',
      args: [],
      env: gatewayEnv(env, receiver.url, {
        providerUrl: mock.url.href,
        ...(options.sabotage === undefined ? {} : { sabotage: options.sabotage }),
      }),
      onMessage: (message) => hear(message as FromGateway),
    });
    services.unshift(gateway);
    return {
      gatewayUrl: gateway.url,
      mockUrl: mock.url,
      died: Promise.race([gateway, mock].map(({ name, ended }) => ended.then((how) => `the ${name} ${how}`))),
      retries: () => retries,
      async drain() {
        gateway.tell({ type: 'drain' } satisfies ToGateway);
        const open = await within(Promise.race([drained, gateway.ended.then(() => undefined)]), drainMs);
        return open === 'late' ? undefined : open;
      },
      async ledger() {
        if ((await within(mock.ended, 0)) !== 'late') return undefined;
        return await takeLedger(mock.url.origin).catch((error: RunFailure) => {
          say(error.message);
          return undefined;
        });
      },
      telemetry: () => ({ spans, metrics: totals.all, points: totals.points }),
      close,
      exportFailures: () => forwarder?.failures() ?? 0,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function closeBooks(receiver: OtlpReceiver, raw: RawBook): Promise<void> {
  await receiver.close();
  await raw.close();
}

/** The gateway is set up as an application would be, through OpenTelemetry's own variables. */
function gatewayEnv(
  env: NodeJS.ProcessEnv,
  receiverUrl: string,
  settings: GatewaySettings,
): NodeJS.ProcessEnv {
  return childEnv(env, {
    OTEL_SERVICE_NAME: env['OTEL_SERVICE_NAME'] ?? 'telltale-loadtest',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiverUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    // Every span and every log record is a line in a book: none may be dropped because a batch was under way.
    OTEL_BSP_MAX_QUEUE_SIZE: '100000',
    OTEL_BSP_SCHEDULE_DELAY: '500',
    OTEL_BLRP_MAX_QUEUE_SIZE: '100000',
    OTEL_BLRP_SCHEDULE_DELAY: '500',
    OTEL_METRIC_EXPORT_INTERVAL: '2000',
    OTEL_METRIC_EXPORT_TIMEOUT: '2000',
    TELLTALE_GATEWAY: JSON.stringify(settings),
  });
}
