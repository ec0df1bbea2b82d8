import { type GatewayLeft, leftInAll } from './books/left.ts';
import { childEnv } from './child-env.ts';
import type { GatewaySample } from './gateway/settings.ts';
import { type GatewayProcess, gatewayEnv, startGatewayProcess } from './gateway-process.ts';
import { type ProviderBook, takeBook } from './mock-client.ts';
import type { LoadTestOptions } from './options.ts';
import { type Collector, createForwarder } from './otlp/forward.ts';
import { type MetricTotal, MetricTotals } from './otlp/metrics.ts';
import { openRawBook } from './otlp/raw-book.ts';
import { Receipts, type ReceivedTelemetry } from './otlp/received.ts';
import { type OtlpReceiver, type Signal, startOtlpReceiver } from './otlp/receiver.ts';
import { readSpans, type SpanRecord } from './otlp/spans.ts';
import { type Service, startService } from './processes.ts';
import type { RedisServer } from './redis.ts';
import type { RunFailure } from './run-failure.ts';
import type { GatewayOptions, StageAct } from './scenarios/scenario.ts';
import { within } from './within.ts';

/** All that k6 runs against, and what it tells of itself. */
export interface Stage {
  readonly gatewayUrls: readonly URL[];
  readonly mockUrl: URL;
  /** Resolves with a sentence when a part of the stage dies before it is told to end. */
  readonly died: Promise<string>;
  /** Attempts after a call's first, so far. */
  retries(): number;
  /** Does something to it on purpose; resolves when it is done. */
  act(act: StageAct): Promise<void>;
  /** What the gateways measured of themselves, in order of time. */
  samples(): readonly GatewaySample[];
  /** Lets the gateways finish their calls and send their telemetry; what they hold then, undefined when one died. */
  drain(): Promise<GatewayLeft | undefined>;
  /** Undefined when the mock died, and its ledger with it. */
  provider(): Promise<ProviderBook | undefined>;
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
  /** How often the gateways measure themselves; not at all where this is undefined. */
  readonly sampleEveryMs: number | undefined;
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
  function take(signal: Signal, body: unknown, json: string): void {
    if (signal === 'metrics') totals.add(body);
    else if (signal === 'traces') for (const span of readSpans(body)) spans.push(span);
    raw.write(signal, json);
    forwarder?.forward(`/v1/${signal}`, json);
  }
  // Of all the receivers there will have been, where one is stopped midway.
  const receipts = new Receipts();
  let receiver: OtlpReceiver | undefined = await startOtlpReceiver({ take, receipts });
  const receiverUrl = receiver.url;
  async function closeReceiver(): Promise<void> {
    const closing = receiver;
    receiver = undefined;
    await closing?.close();
  }
  /** On the port that the gateways know. */
  async function openReceiver(): Promise<void> {
    if (receiver) return;
    receiver = await startOtlpReceiver({ take, receipts, port: Number(new URL(receiverUrl).port) });
  }
  const services: Service[] = [];
  async function close(): Promise<void> {
    await Promise.all(services.map((service) => service.stop()));
    await forwarder?.flush(forwardMs);
    await closeReceiver();
    await raw.close();
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
        gatewayEnv(env, receiverUrl, index, {
          providerUrl: mock.url.href,
          options: input.observe,
          ...(redis && { store: { redisUrl: redis.url, key: redis.key } }),
          ...(input.sampleEveryMs === undefined ? {} : { sampleEveryMs: input.sampleEveryMs }),
          ...(options.sabotage === undefined ? {} : { sabotage: options.sabotage }),
        }),
      );
      gateways.push(gateway);
      services.unshift(gateway.service);
    }
    const killed = new Set<Service>();
    const alive = (): GatewayProcess[] => gateways.filter(({ service }) => !killed.has(service));
    return {
      gatewayUrls: gateways.map(({ service }) => service.url),
      mockUrl: mock.url,
      died: new Promise((resolve) => {
        for (const service of services) {
          void service.ended.then((how) => {
            if (!killed.has(service)) resolve(`the ${service.name} ${how}`);
          });
        }
      }),
      retries: () => gateways.reduce((sum, gateway) => sum + gateway.retries(), 0),
      async act(act) {
        if (act.kind === 'receiver-down') return await closeReceiver();
        if (act.kind === 'receiver-up') return await openReceiver();
        const service = gateways[act.gateway]?.service;
        if (!service) throw new RangeError(`There is no gateway ${act.gateway}.`);
        killed.add(service);
        await service.kill();
      },
      samples: () =>
        gateways.flatMap((gateway) => gateway.samples()).sort((a, b) => a.atEpochMs - b.atEpochMs),
      async drain() {
        // A run that was cut short may not have come to where it listens again.
        await openReceiver();
        const left = await within(Promise.all(alive().map((gateway) => gateway.drain())), drainMs);
        return left === 'late' ? undefined : leftInAll(left);
      },
      async provider() {
        if ((await within(mock.ended, 0)) !== 'late') return undefined;
        return await takeBook(mock.url.origin).catch((error: RunFailure) => {
          say(error.message);
          return undefined;
        });
      },
      telemetry: () => ({ spans, metrics: totals.all, points: totals.points, received: receipts.all }),
      close,
      exportFailures: () => forwarder?.failures() ?? 0,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
