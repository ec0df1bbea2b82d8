import type { Priority } from '../call.ts';
import { checkNumber, checkObject, checkOneOf, checkString, invalidOption } from '../check.ts';
import { systemClock } from '../clock.ts';
import type { LearningFigures } from './learn/learner.ts';
import { checkAnswer, type ProviderAnswer } from './learn/provider-answer.ts';
import { checkLimiterOptions, type LimiterOptions } from './limiter-options.ts';
import type { LimiterFigures, StoreFigures } from './limiter-statistics.ts';
import type { Permit } from './permit.ts';
import { priorities } from './priority.ts';
import { Scheduler } from './scheduler.ts';

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
  /**
   * Learns from what the provider answered, be it good or bad. Nothing is ever raised above what was configured.
   *
   * - `x-ratelimit-*`: a limit of the same unit and window that is smaller than configured holds from now on, until a later
   *   answer names another; what the provider has counted beyond what was counted here is counted here too, and
   *   leaves as it leaves there.
   * - 429 for the rate: nothing that the same limits hold goes until `Retry-After`, or the time in the message. The limit
   *   that refused (each, where that is not said) then holds seven tenths of what it held, but 5 % of its quota at least, and
   *   gets back 5 % of it with each sixtieth of its window (at least a second) after that.
   * - `slow_down`: the same, from seven tenths of what goes now, and by at most half as much again in 15 minutes; of limits
   *   with a window of up to a minute.
   * - 429 for money or for size, and 503, are counted and close nothing.
   *
   * A provider limits each model apart. A limit without `models` is for all of them, so what is said of one model holds for
   * all that it holds: name the models in the limits where that matters. What makes no sense is ignored and counted.
   *
   * @throws TelltaleError `invalid_option`
   *
   * @example
   * ```ts
   * const permit = await limiter.acquire({ tokens: 1_200, model: 'gpt-5' });
   * try {
   *   const { data, response } = await openai.responses.create({ model: 'gpt-5', input: 'Hello' }).withResponse();
   *   limiter.learn({ permit, headers: response.headers });
   *   permit.settle({ tokens: data.usage?.total_tokens });
   * } catch (error) {
   *   limiter.learn({ permit, error });
   *   permit.settle();
   * }
   * ```
   */
  learn(answer: ProviderAnswer): void;
  /** Figures at this moment. */
  stats(): LimiterStats;
  /**
   * Refuses whoever waits, and whoever comes, with `limiter_closed`. Permits that are out may be settled all the same. With a
   * `store` it resolves when that has been told what is given back, or does not answer in its time.
   */
  close(): Promise<void>;
}

/** What `limiter.stats()` gives. */
export interface LimiterStats extends LimiterFigures {
  /** From what the provider answered. */
  readonly learning: LearningFigures;
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
const isKnown: ReadonlySet<string> = new Set(known);

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
  const { clock = systemClock } = checked;
  const scheduler = checked.store?.schedule(checked, clock) ?? new Scheduler(checked, clock);
  const countsTokens = checked.limits.some(({ unit }) => unit === 'tokens');
  return {
    acquire(request = {}) {
      try {
        return scheduler.acquire(checkRequest(request, countsTokens));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    learn: (answer) => scheduler.learn(checkAnswer(answer)),
    stats: () => scheduler.stats(),
    close: async () => scheduler.close(),
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
  if (typeof request !== 'object' || request === null) checkObject('request', request, known);
  const { tokens, priority = 'medium', model, project, user, deadlineMs, signal } = request;
  for (const key in request) {
    if (!isKnown.has(key)) checkObject('request', request, known);
  }
  if (tokens === undefined && countsTokens)
    throw invalidOption('request.tokens', 'an integer of at least 0, because a limit counts tokens', tokens);
  if (tokens !== undefined && !(Number.isInteger(tokens) && tokens >= 0))
    checkNumber('request.tokens', tokens, { min: 0, integer: true });
  const place = priorities.indexOf(priority);
  if (place === -1) checkOneOf('request.priority', priority, priorities);
  if (model !== undefined) checkString('request.model', model);
  if (project !== undefined) checkString('request.project', project);
  if (user !== undefined) checkString('request.user', user);
  if (deadlineMs !== undefined) checkNumber('request.deadlineMs', deadlineMs, { min: 0 });
  if (
    signal !== undefined &&
    (typeof signal?.addEventListener !== 'function' || typeof signal.removeEventListener !== 'function')
  )
    throw invalidOption('request.signal', 'an AbortSignal', signal);
  return { tokens: tokens ?? 0, priority: place, request };
}
