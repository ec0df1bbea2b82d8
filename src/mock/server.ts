import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { TelltaleError } from '../errors.ts';
import { serveApi } from './api.ts';
import { createPort } from './chaos/port.ts';
import { type MockState, serveControl } from './control.ts';
import type { Exchange } from './exchange.ts';
import type { Fault } from './faults.ts';
import type { LedgerEntry } from './ledger.ts';
import {
  type MockOptions,
  parseCourse,
  parseOptions,
  parsePlan,
  type ScheduleOptions,
  type StartOptions,
} from './options.ts';
import { createRun } from './run.ts';
import { parseFaults } from './schedule.ts';
import type { WebhookDelivery } from './webhooks/delivery.ts';
import { type MockEvent, sendEvent } from './webhooks/send-event.ts';
import type { WebhookPlan } from './webhooks/webhook-plan.ts';
import { webhooksOf } from './webhooks/webhooks.ts';

/** A running mock provider. */
export interface Mock {
  /** For the client's `baseURL`: `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  /** Copies of all entries since the start, in order of arrival. */
  ledger(): LedgerEntry[];
  /** Begins the schedule anew with an empty ledger. What is not given stays as it is. */
  start(options?: StartOptions): void;
  /** Follows another schedule from now on, its first phase beginning now, and keeps the ledger. What is not given stays. */
  setSchedule(options: ScheduleOptions): void;
  /**
   * From now on these faults alone may happen, whatever the schedule says; undefined goes back to the schedule, which
   * ran on meanwhile. A `start` goes back to it too. The ledger is kept, and calls the phase `by-hand`.
   */
  setFaults(faults: readonly Fault[] | undefined): void;
  state(): MockState;
  /** Resolves once no request, no background response and no batch runs: every entry of the ledger is then final. */
  settled(): Promise<void>;
  /** Copies of every attempt to deliver an event since the start, the last 10 000. */
  webhooks(): WebhookDelivery[];
  /** Sends an event to the receiver of the mock's `webhooks`, on request. Throws a `TelltaleError` where there is none. */
  sendWebhook(event: MockEvent): void;
  /** Stops listening and destroys open connections. */
  close(): Promise<void>;
}

/**
 * Starts a mock of the OpenAI API on this machine, for tests and load tests: seeded answers and latencies, a
 * schedule of faults, and a ledger of every request that arrived.
 *
 * @throws TelltaleError `invalid_option`; `port_in_use` where `port` is taken; `mock_failed` where it cannot listen
 *
 * @example
 * ```ts
 * const faults = [{ status: 429, rate: 1, retryAfterMs: 1_000 }];
 * const mock = await startMock({ schedule: [{ forMs: 10_000, faults }] });
 * const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
 * ```
 */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  const settings = parseOptions(options);
  let run = createRun(settings.plan, settings.clock);
  const connections = new Set<Socket>();
  const running = new Set<Exchange>();
  const waiting: (() => void)[] = [];

  function start(given: unknown): void {
    const plan = parsePlan(given, { ...run.plan, ...run.chaos.course });
    run.world.end();
    run = createRun(plan, settings.clock);
    port.follow(run);
  }

  function setSchedule(given: unknown): void {
    run.chaos.follow(parseCourse(given, run.chaos.course), run.elapsedMs());
    port.follow(run);
  }

  function setFaults(given: unknown): void {
    run.chaos.setByHand(given === undefined ? undefined : parseFaults('faults', given));
    port.follow(run);
  }

  function state(): MockState {
    const elapsedMs = run.elapsedMs();
    const phase = run.chaos.phaseAt(elapsedMs);
    const { byHand, course } = run.chaos;
    return {
      ...run.plan,
      ...course,
      ...(byHand ? { faults: byHand } : {}),
      webhooks: run.plan.webhooks && withoutSecret(run.plan.webhooks),
      startedAt: new Date(run.startedEpochMs).toISOString(),
      elapsedMs,
      phase: phase.name,
      phaseIndex: phase.index,
      requests: run.entries.length,
      running: running.size,
      jobs: run.world.jobs,
      connections: connections.size,
    };
  }

  async function settled(): Promise<void> {
    while (running.size > 0 || run.world.jobs > 0) {
      if (running.size > 0) await new Promise<void>((resolve) => waiting.push(resolve));
      await run.world.idle();
    }
  }

  const control = {
    start,
    setSchedule,
    setFaults,
    state,
    entries: () => run.entries,
    host: settings.host,
    webhooks: () => webhooksOf(run.world).log(),
    sendWebhook: (event: unknown) => sendEvent(run.world, event),
  };
  const server = createServer({ connectionsCheckingInterval: 1_000 }, (request, response) => {
    const url = request.url ?? '/';
    const [path = '/'] = url.split('?', 1);
    if (serveControl(request, response, path, control)) return;
    const exchange = serveApi(request, response, { path, query: url.slice(path.length + 1), run, settings });
    running.add(exchange);
    response.once('close', () => {
      running.delete(exchange);
      if (running.size === 0) for (const resolve of waiting.splice(0)) resolve();
    });
  });
  // An idle connection stays open and a slow request is waited for, as long as no client needs that means well: only the
  // schedule may make trouble.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 300_000;
  server.headersTimeout = 60_000;
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });

  const { host } = settings;
  const portNumber = await listen(server, settings.port, host);
  const port = createPort(server, settings.clock, () =>
    server.listen({ port: portNumber, host, backlog: BACKLOG }),
  );
  port.follow(run);
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${portNumber}/v1`,
    ledger: () => run.ledger(),
    start: (given = {}) => start(given),
    setSchedule,
    setFaults,
    state,
    settled,
    webhooks: control.webhooks,
    sendWebhook: control.sendWebhook,
    async close() {
      run.world.end();
      port.release();
      for (const exchange of running) exchange.destroy('after-data');
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await settled();
    },
  };
}

function withoutSecret({ secret: _secret, ...plan }: WebhookPlan): Omit<WebhookPlan, 'secret'> {
  return plan;
}

/** Room for a load test that opens its connections all at once. */
const BACKLOG = 4_096;

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(error, port, host));
    server.once('error', failed);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string): TelltaleError {
  if (error.code === 'EADDRINUSE') {
    const message = `Port ${port} on ${host} is in use. Stop what listens there, choose another port, or let port 0 find a free one.`;
    return new TelltaleError('port_in_use', message, { cause: error });
  }
  return new TelltaleError(
    'mock_failed',
    `The mock cannot listen on ${host} port ${port}: ${error.message}`,
    {
      cause: error,
    },
  );
}
