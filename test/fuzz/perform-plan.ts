import { systemClock } from '../../src/clock.ts';
import {
  type Attempt,
  type Backoff,
  type Call,
  type Clock,
  type ObserveOptions,
  observe,
  telltale,
} from '../../src/index.ts';
import { plainText, portrait } from '../contract/normalize.ts';
import type { World } from '../contract/worlds.ts';
import { LockstepServer, type SeenRequest, turns } from './lockstep-server.ts';
import type { Plan } from './plan.ts';
import { Site } from './site.ts';
import { use } from './use.ts';

/** What the caller, the server, the log and the process saw of one run. */
export interface Run {
  readonly seen: readonly string[];
  readonly requests: readonly SeenRequest[];
  readonly log: readonly string[];
  readonly unhandled: readonly string[];
  readonly clientError: unknown;
  readonly readToEnd: boolean;
  readonly stopped: boolean;
  readonly aborted: boolean;
  /** Something was still awaited when the test gave up waiting, and aborted. */
  readonly pending: boolean;
  /** Of an observed client: what its listeners were told. */
  readonly calls: readonly Readonly<Call>[];
  readonly attempts: readonly Readonly<Attempt>[];
  readonly backoffs: readonly Readonly<Backoff>[];
  /** Calls that had not ended when everything was over and the idle deadline had passed. */
  readonly openForGood: number;
}

/** Rejections that nobody handled, while a run lasts. */
let unhandled: string[] = [];

/** Takes the place of the test runner's own listener, for which one of the bare client's would be a failure. */
export function catchUnhandled(): () => void {
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => unhandled.push(portrait(reason)));
  return () => {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  };
}

/** A real clock whose housekeeping is done when the test says so, as if ten minutes had passed. */
function sweptClock(): { clock: Clock; sweep: () => void } {
  let offsetMs = 0;
  let tasks: (() => void)[] = [];
  return {
    clock: {
      ...systemClock,
      nowMs: () => systemClock.nowMs() + offsetMs,
      schedule: (task, delayMs, kind) => {
        if (kind === 'work') return systemClock.schedule(task, delayMs, kind);
        tasks.push(task);
        return () => {
          tasks = tasks.filter((other) => other !== task);
        };
      },
    },
    sweep: () => {
      offsetMs += 11 * 60_000;
      const due = tasks;
      tasks = [];
      for (const task of due) task();
    },
  };
}

/** Performs a plan with a fresh server and a fresh client, bare or observed. */
export async function performPlan(
  plan: Plan,
  { OpenAI }: World,
  observed: false | ObserveOptions,
): Promise<Run> {
  const server = await LockstepServer.start(plan.answers);
  const log: string[] = [];
  const { abort: point } = plan;
  const line =
    (level: string) =>
    (message: string, ...rest: unknown[]) => {
      log.push(`${level} ${plainText(message)} ${rest.map((part) => portrait(part)).join(' ')}`);
      if (point?.at === 'backoff' && /retrying/.test(message)) setImmediate(() => site.abort.abort());
    };
  const made = new OpenAI({
    apiKey: 'sk-test',
    baseURL: `${server.origin}/v1`,
    maxRetries: plan.maxRetries,
    logger: { error: line('error'), warn: line('warn'), info: line('info'), debug: line('debug') },
    logLevel: plan.logLevel,
  });
  // What has no Retry-After is tried again at once, with either client.
  Object.assign(made, { calculateDefaultRetryTimeoutMillis: () => (point ? 30 : 1) });
  const { clock, sweep } = sweptClock();
  const client = observed ? observe(made, { clock, ...observed }) : made;
  const site = new Site(client, server);
  const calls: Readonly<Call>[] = [];
  const attempts: Readonly<Attempt>[] = [];
  const backoffs: Readonly<Backoff>[] = [];
  const handle = observed ? telltale(client) : undefined;
  handle?.on('call', (call) => calls.push(call));
  handle?.on('attempt', (attempt) => attempts.push(attempt));
  handle?.on('backoff', (backoff) => backoffs.push(backoff));
  server.onProgress = (request, piece) => {
    if (point?.at === 'request' && piece === 'arrived' && request === point.request) site.abort.abort();
    if (point?.at === 'piece' && piece === point.piece && request === point.request) site.abort.abort();
  };
  unhandled = [];
  // openai 6 writes what it cannot parse in an event of a thread there, past its logger.
  const { error } = console;
  console.error = (...parts: unknown[]) => void log.push(`console ${portrait(parts)}`);
  if (point?.at === 'start') site.abort.abort();
  try {
    await use(site, plan);
    await server.quiet();
  } finally {
    console.error = error;
  }
  if (point?.at === 'end') site.abort.abort();
  await turns(40);
  const run = {
    seen: [...site.seen],
    requests: server.requests.map((request) => ({ ...request })),
    log: [...log],
    unhandled: [...unhandled],
    clientError: site.clientError,
    readToEnd: site.readToEnd,
    stopped: site.stopped,
    aborted: site.abort.signal.aborted,
    pending: site.seen.some((line) => / is pending$/.test(line)),
  };
  // What nobody reads any more is closed at the idle deadline; what still waits for its headers, by an abort.
  if ((handle?.openCalls() ?? 0) > 0) {
    // An answer of no bytes is closed by a timer of no delay.
    await new Promise((resolve) => setTimeout(resolve, 3));
    sweep();
  }
  site.abort.abort();
  await turns(40);
  const openForGood = handle?.openCalls() ?? 0;
  const told = { calls: [...calls], attempts: [...attempts], backoffs: [...backoffs], openForGood };
  await server.close();
  return { ...run, ...told };
}
