import { backoffMs } from '../attempt/backoff.ts';
import { RetryBudget } from '../attempt/retry-budget.ts';
import { type RetryPolicy, worstCaseWaitMs } from '../attempt/retry-policy.ts';
import type { Clock } from '../clock.ts';

/** Figures of a retry policy. */
export interface RetryStats {
  /** Attempts that were made again. */
  readonly retries: number;
  /** Attempts that were not made again because the budget had nothing left; the caller got the failure as it was. */
  readonly refusedByBudget: number;
  /** Retries that the budget would allow now. */
  readonly budgetLeft: number;
  /** The most milliseconds that one call waits between its attempts, where the server asks for no longer waits. */
  readonly worstCaseWaitMs: number;
}

/** A retry that is to be made. */
export interface RetryPlan {
  readonly delayMs: number;
  /** What the server asked for, if it did. */
  readonly serverMs: number | undefined;
}

/** The retries of all calls of one core. */
export class Retrier {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly budget: RetryBudget;
  /** The `maxRetries` of the client that was observed. One made from it with another number has that as a request's own. */
  readonly clientMaxRetries: unknown;
  retries = 0;
  refusedByBudget = 0;

  constructor(policy: RetryPolicy, clock: Clock, clientMaxRetries: unknown) {
    this.policy = policy;
    this.clock = clock;
    this.budget = new RetryBudget(policy.budget, clock);
    this.clientMaxRetries = clientMaxRetries;
  }

  /** A call begins. */
  begin(ofRequest: unknown, ofClient: unknown): CallRetries {
    this.budget.deposit();
    let most = this.policy.maxAttempts - 1;
    for (const own of [ofRequest, ofClient === this.clientMaxRetries ? undefined : ofClient]) {
      if (typeof own === 'number' && own >= 0) most = Math.min(most, Math.floor(own));
    }
    return new CallRetries(this, most);
  }
}

export function retryStats({ retries, refusedByBudget, budget, policy }: Retrier): RetryStats {
  return { retries, refusedByBudget, budgetLeft: budget.balance, worstCaseWaitMs: worstCaseWaitMs(policy) };
}

/** The retries of one call. */
export class CallRetries {
  /** Retries at most. */
  readonly most: number;
  readonly #retrier: Retrier;
  /** Attempts of the call that other models or clients had. */
  readonly #elsewhere: number;
  #made = 0;
  #plan: RetryPlan | undefined;

  constructor(retrier: Retrier, most: number, elsewhere = 0) {
    this.most = most;
    this.#retrier = retrier;
    this.#elsewhere = elsewhere;
  }

  get remaining(): number {
    return Math.max(0, this.most - this.#made);
  }

  /** The same for another model or client, which has failed at nothing yet. */
  anew(attempts: number): CallRetries {
    return new CallRetries(this.#retrier, this.most, attempts);
  }

  /**
   * Decides that there will be another attempt, or returns false where there must not be: too many were made, the server
   * asks for more time than there is, or the budget is empty.
   */
  plan(attempts: number, leftMs: number, serverMs: number | undefined): boolean {
    const { policy, clock, budget } = this.#retrier;
    if (Math.max(this.#made, attempts - this.#elsewhere - 1) >= this.most) return false;
    if (serverMs !== undefined && serverMs > policy.maxRetryAfterMs) return false;
    const delayMs = backoffMs(policy, this.#made, serverMs, clock.random);
    if (delayMs >= leftMs) return false;
    if (!budget.withdraw()) {
      this.#retrier.refusedByBudget++;
      return false;
    }
    this.#retrier.retries++;
    this.#made++;
    this.#plan = { delayMs, serverMs };
    return true;
  }

  /** What was decided, once. */
  take(): RetryPlan | undefined {
    const plan = this.#plan;
    this.#plan = undefined;
    return plan;
  }
}
