import type { AuditQuery, AuditRow } from '../account/audit/audit-query.ts';
import type { BudgetSnapshot } from '../account/budget/budget-figures.ts';
import type { Budgets } from '../account/budget/budgets.ts';
import { type Health, type HealthContributor, healthOf } from '../account/health/health.ts';
import type { PriceBook } from '../account/price-book.ts';
import type { Statistics } from '../account/statistics.ts';
import type { Limiter, LimiterStats } from '../admit/limiter.ts';
import type { BreakerFigures, Breakers } from '../attempt/breaker/breakers.ts';
import { checkFunction, checkNumber, checkObject, checkOneOf, checkString, invalidOption } from '../check.ts';
import { longestTimerMs } from '../clock.ts';
import { TelltaleError } from '../errors.ts';
import { asObject, asString } from '../json.ts';
import type { BackgroundJobs } from './background-jobs.ts';
import type { BatchBook } from './batch-book.ts';
import { batchCostUsd } from './batch-cost.ts';
import type { Closing } from './closing.ts';
import type { FaultReporter } from './core.ts';
import type { ListenerBoard, TelltaleEvents } from './listener-board.ts';
import { type Retrier, type RetryStats, retryStats } from './retrying.ts';

/** What an observed client can be asked. Clients made by `withOptions` share it. */
export interface TelltaleHandle {
  /**
   * Figures of all calls so far: outcomes, attempts, percentiles, tokens and cost, in all and by model. What a response in
   * the background used is booked once, with the first call of this handle that brings it: its `create`, or a `retrieve` or
   * `cancel` that comes within a day and 10,000 others. What a batch used is booked with the first call that brings it after
   * the batch has ended: a `batches.retrieve`, say.
   */
  stats(): Statistics;
  /** Figures of the limiter: who waits, how long, what was refused, and how full each limit is. Undefined without limits. */
  limits(): LimiterStats | undefined;
  /** The circuit breakers: of which model and endpoint each is, and how it is. Undefined without `breaker`. */
  breakers(): readonly BreakerFigures[] | undefined;
  /** Figures of the retry policy, and what is left of its budget. Undefined where none is set. */
  retries(): RetryStats | undefined;
  /** What is spent and reserved of each budget, as this process knows it. Undefined without budgets. */
  budget(): BudgetSnapshot | undefined;
  /**
   * What a batch cost, by the `usage` and `model` that `batches.retrieve` gives once it is completed, at the prices of
   * batches: USD. Asking books nothing: `batches.retrieve` itself did, for a batch that was made or is expected here. Undefined
   * where the provider says no usage, where there is no such price, or where a price depends on the length of each prompt and
   * all of them together are longer than that.
   *
   * @throws TelltaleError `invalid_option` for something that is no object
   *
   * @example
   * ```ts
   * const usd = telltale(openai).batchCostUsd(await openai.batches.retrieve(batchId));
   * ```
   */
  batchCostUsd(batch: object): number | undefined;
  /**
   * Says that a response in the background exists which another process began, so that what it used is booked by the first
   * call here that brings it, as if it had been begun here. Whoever says so sees to it that no other process books it too.
   * What it was to cost at most is not reserved in budgets again, and what it did cost is not charged to them.
   *
   * @param request what it was begun with, of which the price depends on `model` and `prompt_cache_options`
   * @throws TelltaleError `invalid_option`
   *
   * @example
   * ```ts
   * telltale(openai).expectResponse(job.responseId, { model: 'gpt-5' });
   * const response = await openai.responses.retrieve(job.responseId);
   * ```
   */
  expectResponse(responseId: string, request: object): void;
  /**
   * Says that a batch exists which another process made, so that what it used is booked by the first call here that brings it
   * once it has ended, as if it had been made here: in `stats()`, metrics, audit and budgets. Whoever says so sees to it that
   * no other process books it too. Saying it again changes nothing.
   *
   * @throws TelltaleError `invalid_option`
   *
   * @example
   * ```ts
   * telltale(openai).expectBatch(batchId);
   * const batch = await openai.batches.retrieve(batchId);
   * ```
   */
  expectBatch(batchId: string): void;
  /** Calls that have started and not ended. */
  openCalls(): number;
  /**
   * Waits until no call is open, and tells of those that are still open after `waitMs` as `abandoned` with the error
   * type `flushed`. The calls themselves are not touched. Call it before an OpenTelemetry SDK of your own is shut down,
   * so that calls in flight are in what it exports; `start()` of `telltale/node` does so when the process ends. What the
   * audit has counted is written, and what was spent is told to the store of budgets, too.
   *
   * @param options.waitMs milliseconds to wait for open calls, from 0 to 2147483647. @default 0
   * @returns how many calls were still open
   * @throws TelltaleError `invalid_option`
   *
   * @example
   * ```ts
   * await telltale(openai).flush({ waitMs: 5_000 });
   * await sdk.shutdown();
   * ```
   */
  flush(options?: { readonly waitMs?: number }): Promise<number>;
  /**
   * Ends the use of the client in good order, for the shutdown of a process. The limiter that `observe` made from `limits`
   * is closed first: who waits in it is refused with `limiter_closed`, as is every call that comes later, and what was
   * leased from a shared store goes back; a limiter that was given as `limiter` stays open. Then it does what `flush` does,
   * with the same `waitMs`. Alerts are not judged any more. Without `limits`, calls that come later work as before.
   * Further calls of `close` give the same promise.
   *
   * @param options.waitMs milliseconds to wait for open calls, from 0 to 2147483647. @default 0
   * @returns how many calls were still open
   * @throws TelltaleError `invalid_option`
   *
   * @example
   * ```ts
   * process.once('SIGTERM', async () => {
   *   server.close();
   *   await telltale(openai).close({ waitMs: 10_000 });
   * });
   * ```
   */
  close(options?: { readonly waitMs?: number }): Promise<number>;
  /**
   * How the client is, in a form that a readiness probe can return: its recent calls, the exporters of telemetry, and,
   * where there are any, limiter, store, breakers, budgets, alerts and audit. Nothing is sent for it. What makes each of
   * them degraded or down is in docs/operations.md.
   *
   * @example
   * ```ts
   * app.get('/ready', (_request, response) => {
   *   const health = telltale(openai).health();
   *   response.status(health.status === 'down' ? 503 : 200).json(health);
   * });
   * ```
   */
  health(): Health;
  /**
   * Usage and cost, as asked. Only with the option `audit`. `toCsv` and `toJson` make a text of it.
   *
   * @throws TelltaleError `invalid_option`, also without the option; where a file cannot be read, Node's own error
   *
   * @example
   * ```ts
   * const rows = await telltale(openai).audit({ from: '2026-11-01', to: '2026-11-30', by: ['user', 'model'] });
   * ```
   */
  audit(query?: AuditQuery): Promise<readonly AuditRow[]>;
  /**
   * Listens to ended calls, attempts, backoffs and waits for limits, to circuit breakers, and to alerts, also of budgets. A listener that throws is reported once and never reaches the call.
   *
   * @returns the function that takes the listener off again
   * @throws TelltaleError `invalid_option` for an unknown event
   *
   * @example
   * ```ts
   * const off = telltale(openai).on('call', (call) => console.log(call.outcome, call.costUsd));
   * ```
   */
  on<Name extends keyof TelltaleEvents>(
    name: Name,
    listener: (event: TelltaleEvents[Name]) => void,
  ): () => void;
}

/** What the handle asks. What there is no option for is undefined. */
export interface HandleParts {
  readonly statistics: { snapshot(): Statistics };
  readonly board: ListenerBoard;
  readonly open: { readonly count: number };
  readonly limiter: Limiter | undefined;
  readonly breakers: Breakers | undefined;
  readonly retrier: Retrier | undefined;
  readonly budgets: Budgets | undefined;
  readonly audit: { query(query: AuditQuery): Promise<readonly AuditRow[]> } | undefined;
  readonly closing: Closing;
  readonly prices: PriceBook;
  readonly jobs: BackgroundJobs;
  readonly batches: BatchBook;
  readonly health: readonly HealthContributor[];
  readonly report: FaultReporter;
}

export function createHandle(parts: HandleParts): TelltaleHandle {
  const { statistics, board, open, limiter, breakers, retrier, budgets, audit, closing } = parts;
  const waitMsOf = (options: object): number => {
    const { waitMs = 0 } = checkObject('options', options, ['waitMs']);
    return checkNumber('options.waitMs', waitMs, { min: 0, max: longestTimerMs });
  };
  return {
    stats: () => statistics.snapshot(),
    limits: () => limiter?.stats(),
    breakers: () => breakers?.snapshot(),
    retries: () => retrier && retryStats(retrier),
    budget: () => budgets?.snapshot(),
    batchCostUsd: (batch) => batchCostUsd(parts.prices, batch),
    expectResponse: (responseId, request) => {
      const body = asObject(request);
      if (!body) throw invalidOption('request', 'an object', request);
      parts.jobs.expect(checkString('responseId', responseId), asString(body['model']), body);
    },
    expectBatch: (batchId) => parts.batches.expect(checkString('batchId', batchId)),
    openCalls: () => open.count,
    flush: async (options = {}) => await closing.flush(waitMsOf(options)),
    close: async (options = {}) => await closing.close(waitMsOf(options)),
    health: () => healthOf(parts.health, parts.report),
    audit: async (query = {}) => {
      if (audit) return await audit.query(query);
      throw new TelltaleError('invalid_option', 'This client keeps no audit. Give `audit: {}` to `observe`.');
    },
    on: (name, listener) => {
      checkOneOf('event', name, ['call', 'attempt', 'backoff', 'throttle', 'breaker', 'budget', 'alert']);
      checkFunction('listener', listener);
      return board.on(name, listener);
    },
  };
}
