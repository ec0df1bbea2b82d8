import type { GatewayLeft } from './books/left.ts';
import { childEnv } from './child-env.ts';
import type { FromGateway, GatewaySample, GatewaySettings, ToGateway } from './gateway/settings.ts';
import { type Service, startService } from './processes.ts';

/** A gateway, and what it tells over IPC. */
export interface GatewayProcess {
  readonly service: Service;
  /** Attempts after a call's first, so far. */
  retries(): number;
  /** What it holds once it has finished and sent everything; undefined when it died before. */
  drain(): Promise<GatewayLeft | undefined>;
  /** What it measured of itself so far. */
  samples(): readonly GatewaySample[];
}

export async function startGatewayProcess(name: string, env: NodeJS.ProcessEnv): Promise<GatewayProcess> {
  let retries = 0;
  const samples: GatewaySample[] = [];
  let hearDrained: (left: GatewayLeft) => void = () => {};
  const drained = new Promise<GatewayLeft>((resolve) => {
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
      else if (told.type === 'drained') hearDrained(told.left);
      else {
        const { type: _type, ...sample } = told;
        samples.push(sample);
      }
    },
  });
  return {
    service,
    retries: () => retries,
    samples: () => samples,
    drain() {
      service.tell({ type: 'drain' } satisfies ToGateway);
      return Promise.race([drained, service.ended.then(() => undefined)]);
    },
  };
}

/** How the telemetry names a gateway: the first has the index 0. */
export function instanceOf(index: number): string {
  return `gateway-${index + 1}`;
}

/** The gateway is set up as an application would be, through OpenTelemetry's own variables. */
export function gatewayEnv(
  env: NodeJS.ProcessEnv,
  receiverUrl: string,
  index: number,
  settings: GatewaySettings,
): NodeJS.ProcessEnv {
  const identity = `service.instance.id=${instanceOf(index)}`;
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
