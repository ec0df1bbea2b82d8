import type { BudgetAlert } from '../account/budget/budget.ts';
import { PriceBook } from '../account/price-book.ts';
import { createStatistics } from '../account/statistics.ts';
import { TokenEstimator } from '../admit/estimate-tokens.ts';
import { createLimiter } from '../admit/limiter.ts';
import { checkBreakerOptions } from '../attempt/breaker/breaker-options.ts';
import { Breakers } from '../attempt/breaker/breakers.ts';
import { checkFallback } from '../attempt/fallback/fallback-options.ts';
import { checkRetry } from '../attempt/retry-policy.ts';
import { invalidOption } from '../check.ts';
import { systemClock } from '../clock.ts';
import { TelltaleError } from '../errors.ts';
import { type ExporterHealth, runningExporter } from '../exporter-health.ts';
import { createBudgetAlertLog } from '../observe/alert-log.ts';
import { createCallLog } from '../observe/call-log.ts';
import { createTelemetry } from '../observe/telemetry.ts';
import { createToolTelemetry } from '../observe/tool-telemetry.ts';
import type { Observer } from '../observer.ts';
import type { ObserveOptions } from '../options.ts';
import { ownKeys } from '../own-keys.ts';
import { Admission } from './admission.ts';
import { BackgroundJobs } from './background-jobs.ts';
import { BatchBook } from './batch-book.ts';
import { batchCharger } from './batch-charge.ts';
import { createBudgeting } from './budgeting.ts';
import { Closing } from './closing.ts';
import { contentSettings } from './content-settings.ts';
import { type Core, createFaultReporter } from './core.ts';
import { type ServerAddress, serverOf } from './describe.ts';
import type { Doors } from './doors.ts';
import { withFallback } from './fallback.ts';
import { observeFetch } from './fetch-door.ts';
import { gatesOf } from './gates.ts';
import { createHandle, type TelltaleHandle } from './handle.ts';
import { healthChecks } from './health-checks.ts';
import { hide } from './hide.ts';
import { observedMakeRequest, observedParse } from './hooks.ts';
import { ListenerBoard } from './listener-board.ts';
import { isObservable, observedMark } from './observable.ts';
import { OpenCalls } from './open-calls.ts';
import { checkOptions, estimatorOptions, isLikeClient, limiterOptions, optionsKey } from './options.ts';
import { observePrepareRequest } from './plain-path.ts';
import { observedRetryRequest, observedShouldRetry } from './retry-hooks.ts';
import { Retrier } from './retrying.ts';
import { findRunTools, observedRunTools } from './run-tools.ts';
import { createWatch } from './watch.ts';

/** What hangs on an observed client. Its core can be exchanged, so that a clone joins the client it came from. */
interface Observation {
  core: Core;
  handle: TelltaleHandle;
  readonly options: string;
}

const observations = new WeakMap<object, Observation>();

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
  const breakers =
    checked.breaker &&
    new Breakers(checkBreakerOptions('options.breaker', checked.breaker), clock, board.breakerChanged);
  const retrier =
    checked.retry &&
    new Retrier(checkRetry('options.retry', checked.retry, checked.deadlineMs), clock, client.maxRetries);
  const prices = new PriceBook(checked.prices);
  const logAlert = createBudgetAlertLog({ log: checked.log, report }, clock.epochMs);
  const onAlert = (alert: BudgetAlert): void => {
    logAlert(alert);
    board.alerted(alert);
  };
  const budgeting = createBudgeting(checked, { prices, clock, onAlert, report });
  const budgets = budgeting?.budgets;
  const admission = limiter && new Admission(limiter, new TokenEstimator(estimatorOptions(checked)));
  const watch = createWatch(checked, { clock, limiter, board, report });
  const exporter = (): ExporterHealth | undefined => checked.exporter ?? runningExporter();
  const { metricTags } = checked;
  const measured = { limiter, breakers, budgets, alerts: watch.alerts, exporter };
  const core: Core = {
    clock,
    observers: decorate([
      createTelemetry({ openCalls: () => open.count, isLogged: callLog.isOn, metricTags, ...measured }),
      callLog.observer,
      statistics.observer,
      ...watch.observers,
      ...(budgets ? [batchCharger(budgets)] : []),
      board.observer,
    ]),
    prices,
    streamUsage: checked.streamUsage ?? 'as-is',
    content: contentSettings(checked),
    refusesStreamOptions: new Set(),
    open,
    jobs: new BackgroundJobs(clock),
    batches: new BatchBook(),
    gates: gatesOf(admission, breakers, budgeting),
    retrier,
    deadlineMs: checked.deadlineMs,
    streamIdleMs: checked.streamIdleMs,
    fallback:
      checked.fallback &&
      checkFallback('options.fallback', checked.fallback, client, (other) => isLikeClient(other, client)),
    errorEnds:
      checked.onTruncated === 'error' || checked.onEmpty === 'error'
        ? { truncated: checked.onTruncated === 'error', empty: checked.onEmpty === 'error' }
        : undefined,
    tools: createToolTelemetry(),
    report,
  };
  const ownLimiter = checked.limiter ? undefined : limiter;
  const closing = new Closing({ clock, open, ownLimiter, watch, budgets });
  const isClosed = (): boolean => closing.isClosed && ownLimiter !== undefined;
  const health = healthChecks({ ...watch, limiter, breakers, budgets, exporter, isClosed });
  const parts = { statistics, board, open, limiter, breakers, retrier, budgets, closing };
  const { jobs, batches } = core;
  const handle = createHandle({ ...parts, audit: watch.audit, prices, jobs, batches, health, report });
  const others = strangersOf(core);
  attach(client, { core, handle, options: identity });
  for (const other of others)
    attach(other, {
      core: { ...core, gates: gatesOf(undefined, undefined, budgeting), fallback: undefined },
      handle,
      options: '',
    });
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

/**
 * The clients of a fallback that nobody observes yet.
 *
 * @throws TelltaleError `invalid_option` where one cannot be
 */
function strangersOf({ fallback = [] }: Core): readonly Doors[] {
  const clients = fallback.flatMap(({ targets }) => targets.flatMap(({ client }) => client ?? []));
  return [...new Set(clients)].filter((client): client is Doors => {
    if (observations.has(client)) return false;
    if (!isObservable(client))
      throw invalidOption('options.fallback', 'of clients that can be observed', client);
    return true;
  });
}

function attach(client: Doors, observation: Observation): void {
  const core = (): Core => observation.core;
  // A model of this name would be told before a request has left.
  if (typeof client.apiKey === 'string') ownKeys.add(client.apiKey);
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
  const observed = observedMakeRequest(client, core, makeRequest, server, isPlain);
  hide(client, 'makeRequest', withFallback(client, core, server, observed));
  hide(client, 'retryRequest', observedRetryRequest(client, core, retryRequest));
  if (typeof shouldRetry === 'function')
    hide(client, 'shouldRetry', observedShouldRetry(client, core, shouldRetry));
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
