import { type ObserveOptions, observe, telltale } from '../../src/index.ts';
import type { ContractCase, Site } from './contract-case.ts';
import { errorPortrait, plainText, portrait } from './normalize.ts';
import { type Exchange, ScriptedServer } from './scripted-server.ts';
import type { World } from './worlds.ts';

/** All that the caller, the server and the logs can tell of one run. */
export interface Performance {
  readonly result: unknown;
  readonly error: unknown;
  readonly exchanges: readonly Exchange[];
  readonly log: readonly string[];
  readonly unhandled: readonly string[];
}

export interface Observed extends Performance {
  readonly openCalls: number;
  readonly traceparents: readonly (string | undefined)[];
  readonly baggage: readonly string[];
}

/** Performs a case with a fresh server and a fresh client, observed or not. */
export async function perform(
  contractCase: Pick<ContractCase, 'script' | 'options' | 'create' | 'run'>,
  world: World,
  observed: boolean,
  observeOptions?: ObserveOptions,
): Promise<Observed> {
  const server = await ScriptedServer.start(contractCase.script);
  const log: string[] = [];
  const watches: { pattern: RegExp; act: () => void }[] = [];
  const line =
    (level: string) =>
    (message: string, ...rest: unknown[]) => {
      log.push(`${level} ${plainText(message)} ${rest.map((part) => portrait(part)).join(' ')}`);
      const hits = watches.filter(({ pattern }) => pattern.test(message));
      for (const hit of hits) {
        watches.splice(watches.indexOf(hit), 1);
        hit.act();
      }
    };
  const options = {
    apiKey: 'sk-test',
    baseURL: `${server.origin}/v1`,
    logger: { error: line('error'), warn: line('warn'), info: line('info'), debug: line('debug') },
    logLevel: 'debug' as const,
    ...contractCase.options,
  };
  const made = contractCase.create?.(world, options, server) ?? new world.OpenAI(options);
  // What has no Retry-After is tried again at once, with either client.
  Object.assign(made, { calculateDefaultRetryTimeoutMillis: () => 1 });
  const client = observed ? observe(made, observeOptions) : made;
  const unhandled: string[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(portrait(reason));
  process.on('unhandledRejection', onUnhandled);
  const site: Site = {
    world,
    client,
    server,
    abort: new AbortController(),
    onLog: (pattern, act) => void watches.push({ pattern, act }),
  };
  let result: unknown;
  let error: unknown;
  try {
    result = await contractCase.run(site);
  } catch (thrown) {
    error = errorPortrait(thrown, client);
  }
  await server.settle();
  const openCalls = observed ? await callsLeftOpen(client) : 0;
  // Rejections are reported as unhandled only after the microtasks have run.
  await new Promise((resolve) => setImmediate(resolve));
  await server.close();
  process.off('unhandledRejection', onUnhandled);
  const { exchanges, traceparents, baggage } = server;
  return { result, error, exchanges, log, unhandled, openCalls, traceparents, baggage };
}

async function callsLeftOpen(client: object): Promise<number> {
  const handle = telltale(client);
  // A call that has ended holds no permit of a limiter.
  const left = (): number => handle.openCalls() + (handle.limits()?.inFlight ?? 0);
  for (let turn = 0; turn < 50 && left() > 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return left();
}
