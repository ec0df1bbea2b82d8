import { checkNumber, checkObject, checkOneOf, checkString, invalidOption } from '../check.ts';
import { systemClock } from '../clock.ts';
import { checkLimiterOptions, type LimiterOptions } from './limiter-options.ts';
import type { LimiterFigures, StoreFigures } from './limiter-statistics.ts';
import type { Permit } from './permit.ts';
import { type Priority, priorities } from './priority.ts';
import { Scheduler } from './scheduler.ts';
import { SharedScheduler } from './shared/shared-scheduler.ts';

/** A call that asks to go. */
export interface AcquireRequest {
  /** To reserve. An integer of at least 0; needed where a limit counts tokens. */
  readonly tokens?: number;
  /** @default 'medium' */
  readonly priority?: Priority;
  /** For limits that name `models`. */
  readonly model?: string;
  /** For limits per project. */
  readonly project?: string;
  /** For limits per user. */
  readonly user?: string;
  /** Takes the call out of the queue; `acquire` rejects with its reason. */
  readonly signal?: AbortSignal;
  /** The longest to wait, in milliseconds, at least 0. A call that would wait longer is refused at once. */
  readonly deadlineMs?: number;
}

/** Lets calls go as limits allow. */
export interface Limiter {
  /**
   * Waits until every limit has room, and takes from all of them. Settle the permit when the call is over.
   *
   * @throws TelltaleError `oversize` (it asks for more than a limit holds), `deadline_exceeded`, `wait_too_long`,
   * `queue_full`, `limiter_closed`, `store_unavailable`, each with `limit` and `retryAfterMs` where they are known; `invalid_option`.
   * The signal's reason, when that aborts
   *
   * @example
   * ```ts
   * const permit = await limiter.acquire({ tokens: 1_200, priority: 'low', model: 'gpt-5' });
   * const answer = await openai.responses.create({ model: 'gpt-5', input: 'Hello' });
   * permit.settle({ tokens: answer.usage?.total_tokens });
   * ```
   */
  acquire(request?: AcquireRequest): Promise<Permit>;
  /** Figures at this moment. */
  stats(): LimiterStats;
  /** Refuses whoever waits, and whoever comes, with `limiter_closed`. Permits that are out may be settled all the same. */
  close(): Promise<void>;
}

/** What `limiter.stats()` gives. */
export interface LimiterStats extends LimiterFigures {
  /** With `shadow`: what would have happened. Undefined without. */
  readonly shadow: { readonly wouldWait: number; readonly wouldRefuse: number } | undefined;
  /** With `store`. Undefined without. */
  readonly store: StoreFigures | undefined;
}

const known = [
  'tokens',
  'priority',
  'model',
  'project',
  'user',
  'signal',
  'deadlineMs',
] as const satisfies readonly (keyof AcquireRequest)[];

/**
 * Makes a limiter that holds its limits within this process, or with others that share its `store`.
 *
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const limiter = createLimiter({ limits: [{ requests: 500, per: 'minute', burst: 10 }, { tokens: 200_000, per: 'minute' }] });
 * ```
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const checked = checkLimiterOptions(options);
  const { store, clock = systemClock } = checked;
  const scheduler = store ? new SharedScheduler(checked, clock, store) : new Scheduler(checked, clock);
  const countsTokens = checked.limits.some(({ unit }) => unit === 'tokens');
  return {
    acquire(request = {}) {
      try {
        return scheduler.acquire(checkRequest(request, countsTokens));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    stats: () => scheduler.stats(),
    async close() {
      scheduler.close();
    },
  };
}

/** A request that was checked. */
export interface CheckedRequest {
  readonly tokens: number;
  /** Place in `priorities`. */
  readonly priority: number;
  readonly request: AcquireRequest;
}

function checkRequest(request: AcquireRequest, countsTokens: boolean): CheckedRequest {
  const { tokens, priority = 'medium' } = request;
  for (const key in request) {
    if (!(known as readonly string[]).includes(key)) checkObject('request', request, known);
  }
  if (tokens === undefined && countsTokens)
    throw invalidOption('request.tokens', 'an integer of at least 0, because a limit counts tokens', tokens);
  if (tokens !== undefined && !(Number.isInteger(tokens) && tokens >= 0))
    checkNumber('request.tokens', tokens, { min: 0, integer: true });
  const place = priorities.indexOf(priority);
  if (place === -1) checkOneOf('request.priority', priority, priorities);
  for (const name of ['model', 'project', 'user'] as const) {
    if (request[name] !== undefined) checkString(`request.${name}`, request[name]);
  }
  if (request.deadlineMs !== undefined) checkNumber('request.deadlineMs', request.deadlineMs, { min: 0 });
  const { signal } = request;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw invalidOption('request.signal', 'an AbortSignal', signal);
  return { tokens: tokens ?? 0, priority: place, request };
}
