import type { LedgerEntry } from '../src/mock/ledger.ts';
import { childEnv } from './child-env.ts';
import type { FromGateway, GatewaySettings, ToGateway } from './gateway/settings.ts';
import { takeLedger } from './mock-client.ts';
import type { LoadTestOptions } from './options.ts';
import { type Collector, createForwarder } from './otlp/forward.ts';
import { type MetricTotal, MetricTotals } from './otlp/metrics.ts';
import { openRawBook, type RawBook } from './otlp/raw-book.ts';
import type { ReceivedTelemetry } from './otlp/received.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp/receiver.ts';
import { readSpans, type SpanRecord } from './otlp/spans.ts';
import { type Service, startService } from './processes.ts';
import type { RedisServer } from './redis.ts';
import type { RunFailure } from './run-failure.ts';
import type { GatewayOptions } from './scenarios/scenario.ts';
import { within } from './within.ts';

/** All that k6 runs against, and what it tells of itself. */
export interface Stage {
  readonly gatewayUrls: readonly URL[];
  readonly mockUrl: URL;
  /** Resolves with a sentence when a part of the stage dies before it is told to end. */
  readonly died: Promise<string>;
  /** Attempts after a call's first, so far. */
  retries(): number;
  /** Lets the gateway finish its calls and send its telemetry; its open calls then, undefined when it died. */
  drain(): Promise<number | undefined>;
  /** Undefined when the mock died, and its ledger with it. */
  ledger(): Promise<readonly LedgerEntry[] | undefined>;
  telemetry(): {
    spans: readonly SpanRecord[];
    metrics: readonly MetricTotal[];
    points: number;
    received: ReceivedTelemetry;
  };
  /** Ends the processes and closes the ports and files. */
  close(): Promise<void>;
  /** Bodies of telemetry that the user's collector did not take. */
  exportFailures(): number;
}

export interface StageOptions {
  readonly options: Pick<LoadTestOptions, 'seed' | 'sabotage'>;
  /** Of `observe`; undefined leaves the gateways' clients bare. */
  readonly observe: GatewayOptions | undefined;
  /** Processes that share the load. */
  readonly gateways: number;
  /** Where the gateways hold their limits together. */
  readonly redis: RedisServer | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly outDirectory: string;
  readonly collector: Collector | undefined;
  readonly say: (message: string) => void;
}

const drainMs = 40_000;
const forwardMs = 5_000;

export async function openStage(input: StageOptions): Promise<Stage> {
  const { options, env, outDirectory, collector, redis, say } = input;
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
    const gateways: GatewayProcess[] = [];
    for (let index = 0; index < input.gateways; index++) {
      const name = input.gateways === 1 ? 'gateway' : `gateway ${index + 1}`;
      const gateway = await startGatewayProcess(
        name,
        gatewayEnv(env, receiver.url, index, {
          providerUrl: mock.url.href,
          options: input.observe,
          ...(redis && { store: { redisUrl: redis.url, key: redis.key } }),
          ...(options.sabotage === undefined ? {} : { sabotage: options.sabotage }),
        }),
      );
      gateways.push(gateway);
      services.unshift(gateway.service);
    }
    return {
      gatewayUrls: gateways.map(({ service }) => service.url),
      mockUrl: mock.url,
      died: Promise.race(services.map(({ name, ended }) => ended.then((how) => `the ${name} ${how}`))),
      retries: () => gateways.reduce((sum, gateway) => sum + gateway.retries(), 0),
      async drain() {
        const open = await within(Promise.all(gateways.map((gateway) => gateway.drain())), drainMs);
        if (open === 'late') return undefined;
        return open.reduce<number | undefined>(
          (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
          0,
        );
      },
      async ledger() {
        if ((await within(mock.ended, 0)) !== 'late') return undefined;
        return await takeLedger(mock.url.origin).catch((error: RunFailure) => {
          say(error.message);
          return undefined;
        });
      },
      telemetry: () => ({ spans, metrics: totals.all, points: totals.points, received: receiver.received() }),
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

/** A gateway, and what it tells over IPC. */
interface GatewayProcess {
  readonly service: Service;
  /** Attempts after a call's first, so far. */
  retries(): number;
  /** Its open calls once it has finished and sent everything; undefined when it died before. */
  drain(): Promise<number | undefined>;
}

async function startGatewayProcess(name: string, env: NodeJS.ProcessEnv): Promise<GatewayProcess> {
  let retries = 0;
  let hearDrained: (openCalls: number) => void = () => {};
  const drained = new Promise<number>((resolve) => {
    hearDrained = resolve;
  });
  const service = await startService({
    name,
    file: 'loadtest/gateway/main.ts',
    args: [],
    env,
    onMessage(message) {
      const told = message as FromGateway;
      if (told.type === 'progress') retries = told.retries;
      else hearDrained(told.openCalls);
    },
  });
  return {
    service,
    retries: () => retries,
    drain() {
      service.tell({ type: 'drain' } satisfies ToGateway);
      return Promise.race([drained, service.ended.then(() => undefined)]);
    },
  };
}

/** The gateway is set up as an application would be, through OpenTelemetry's own variables. */
function gatewayEnv(
  env: NodeJS.ProcessEnv,
  receiverUrl: string,
  index: number,
  settings: GatewaySettings,
): NodeJS.ProcessEnv {
  const identity = `service.instance.id=gateway-${index + 1}`;
  const given = env['OTEL_RESOURCE_ATTRIBUTES'];
  return childEnv(env, {
    OTEL_RESOURCE_ATTRIBUTES: given ? `${given},${identity}` : identity,
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
