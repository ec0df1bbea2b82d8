import { PriceBook } from '../account/price-book.ts';
import { createStatistics } from '../account/statistics.ts';
import { TokenEstimator } from '../admit/estimate-tokens.ts';
import { createLimiter } from '../admit/limiter.ts';
import { systemClock } from '../clock.ts';
import { TelltaleError } from '../errors.ts';
import { createCallLog } from '../observe/call-log.ts';
import { createTelemetry } from '../observe/telemetry.ts';
import { createToolTelemetry } from '../observe/tool-telemetry.ts';
import type { Observer } from '../observer.ts';
import type { ObserveOptions } from '../options.ts';
import { Admission } from './admission.ts';
import { Closing } from './closing.ts';
import { contentSettings } from './content-settings.ts';
import { type Core, createFaultReporter } from './core.ts';
import { type ServerAddress, serverOf } from './describe.ts';
import { type Doors, hasDoors, unsupportedMajor } from './doors.ts';
import { observeFetch } from './fetch-door.ts';
import { createHandle, type TelltaleHandle } from './handle.ts';
import { healthChecks } from './health-checks.ts';
import { observedMakeRequest, observedParse, observedRetryRequest, observedShouldRetry } from './hooks.ts';
import { ListenerBoard } from './listener-board.ts';
import { OpenCalls } from './open-calls.ts';
import { checkOptions, estimatorOptions, limiterOptions, optionsKey } from './options.ts';
import { observePrepareRequest } from './plain-path.ts';
import { findRunTools, observedRunTools } from './run-tools.ts';
import { createWatch } from './watch.ts';

/** What hangs on an observed client. Its core can be exchanged, so that a clone joins the client it came from. */
interface Observation {
  core: Core;
  handle: TelltaleHandle;
  readonly options: string;
}

const observations = new WeakMap<object, Observation>();
/** Seen by other copies of Telltale too, so that no client is observed twice. */
const observedMark = Symbol.for('telltale.observed');

/**
 * Observes an `openai` client: the same object comes back, and from now on every call and every attempt on it is
 * reported as OpenTelemetry spans, metrics and log records and counted in `telltale(client).stats()`. Results, errors,
 * retries and delays stay exactly what they were. Clients made from it by `withOptions` are observed with it.
 *
 * Observing a client again with the same options, or with none, does nothing.
 *
 * @throws TelltaleError `invalid_option` for an unknown or wrong option, and for something that is no client;
 * `already_observed` when the client is observed with other options already.
 *
 * @example
 * ```ts
 * import OpenAI from 'openai';
 * import { observe } from 'telltale';
 *
 * const openai = observe(new OpenAI());
 * ```
 */
export function observe<C extends object>(client: C, options?: ObserveOptions): C {
  return observeWith(client, options, (observers) => observers);
}

/** @internal `observe`, with a say in who listens: for the load test, which plants bugs there. */
export function observeWith<C extends object>(
  client: C,
  options: ObserveOptions | undefined,
  decorate: (observers: readonly Observer[]) => readonly Observer[],
): C {
  const checked = checkOptions(client, options);
  const identity = optionsKey(options);
  const before = observations.get(client);
  if (before) {
    if (options === undefined || identity === before.options) return client;
    throw new TelltaleError(
      'already_observed',
      'This client is already observed with other options. Observe it once, or observe a new client.',
    );
  }
  if (!isObservable(client)) return client;
  const clock = checked.clock ?? systemClock;
  const report = createFaultReporter();
  const open = new OpenCalls(clock);
  const statistics = createStatistics();
  const board = new ListenerBoard(report);
  const callLog = createCallLog({ log: checked.log, clock, report });
  const limiter =
    checked.limiter ?? (checked.limits === undefined ? undefined : createLimiter(limiterOptions(checked)));
  const watch = createWatch(checked, { clock, limiter, board, report });
  const core: Core = {
    clock,
    observers: decorate([
      createTelemetry({
        openCalls: () => open.count,
        isLogged: callLog.isOn,
        limiter,
        alerts: watch.alerts,
      }),
      callLog.observer,
      statistics.observer,
      ...watch.observers,
      board.observer,
    ]),
    prices: new PriceBook(checked.prices),
    streamUsage: checked.streamUsage ?? 'as-is',
    content: contentSettings(checked),
    refusesStreamOptions: new Set(),
    open,
    admission: limiter && new Admission(limiter, new TokenEstimator(estimatorOptions(checked)), report),
    tools: createToolTelemetry(),
    report,
  };
  const ownLimiter = checked.limiter ? undefined : limiter;
  const closing = new Closing({ clock, open, ownLimiter, watch });
  const isClosed = (): boolean => closing.isClosed && ownLimiter !== undefined;
  const health = healthChecks({ ...watch, limiter, isClosed });
  const handle = createHandle(statistics, board, open, limiter, {
    closing,
    health,
    audit: watch.audit,
    report,
  });
  attach(client, { core, handle, options: identity });
  return client;
}

/**
 * The handle of an observed client.
 *
 * @throws TelltaleError `invalid_option` when the client is not observed.
 *
 * @example
 * ```ts
 * console.log(telltale(openai).stats().durationMs.p95);
 * ```
 */
export function telltale(client: object): TelltaleHandle {
  const observation = observations.get(client);
  if (observation) return observation.handle;
  throw new TelltaleError('invalid_option', 'This client is not observed. Call `observe(client)` first.');
}

function isObservable(client: object): client is Doors {
  if (!hasDoors(client)) {
    warn(
      'This client has no `makeRequest` and `retryRequest`, which Telltale hooks in openai 6 and 7: it is left as it was, not observed.',
    );
    return false;
  }
  const major = unsupportedMajor(client);
  if (major !== undefined) {
    warn(
      `This is a client of openai ${major}, and Telltale knows openai 6 and 7: it is left as it was, not observed.`,
    );
    return false;
  }
  if (!Object.isExtensible(client)) {
    warn('This client is frozen, so it cannot be hooked: it is left as it was, not observed.');
    return false;
  }
  if (observedMark in client) {
    warn('This client is already observed by another copy of Telltale: it is left as it was.');
    return false;
  }
  return true;
}

function warn(message: string): void {
  process.emitWarning(message, { type: 'TelltaleWarning', code: 'TELLTALE_NOT_OBSERVED' });
}

function attach(client: Doors, observation: Observation): void {
  const core = (): Core => observation.core;
  const isAzure = 'apiVersion' in client;
  let address: { baseURL: string | undefined; server: ServerAddress } | undefined;
  const server = (): ServerAddress => {
    const { baseURL } = client;
    if (!address || address.baseURL !== baseURL) address = { baseURL, server: serverOf(baseURL, isAzure) };
    return address.server;
  };
  observations.set(client, observation);
  const fetchDoor = observeFetch(client);
  const { makeRequest, retryRequest, shouldRetry, withOptions, parseResponseWithTimeout } = client;
  const isPlain = observePrepareRequest(client, (name, value) => hide(client, name, value));
  hide(client, 'makeRequest', observedMakeRequest(client, core, makeRequest, server, isPlain));
  hide(client, 'retryRequest', observedRetryRequest(client, core, retryRequest));
  if (typeof shouldRetry === 'function')
    hide(client, 'shouldRetry', observedShouldRetry(client, shouldRetry));
  if (typeof parseResponseWithTimeout === 'function') {
    hide(client, 'parseResponseWithTimeout', observedParse(client, parseResponseWithTimeout));
  }
  const tools = findRunTools(client);
  if (tools) hide(tools.owner, 'runTools', observedRunTools(tools.owner, core, tools.runTools));
  if (typeof withOptions === 'function') {
    hide(client, 'withOptions', function observedWithOptions(options: object) {
      return join(
        fetchDoor.unobserved(() => withOptions.call(client, options)),
        observation,
      );
    });
  }
  hide(client, observedMark, true);
}

/** A client made from an observed one shares everything with it. */
function join(clone: object, parent: Observation): object {
  const own = observations.get(clone);
  if (own) {
    own.core = parent.core;
    own.handle = parent.handle;
  } else if (isObservable(clone)) {
    attach(clone, { core: parent.core, handle: parent.handle, options: parent.options });
  }
  return clone;
}

/** An own property that enumeration, spreading and JSON do not see. */
function hide(target: object, name: string | symbol, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
}
