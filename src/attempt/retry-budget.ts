import { checkNumber, checkObject } from '../check.ts';
import type { Clock } from '../clock.ts';

/**
 * What the retries of all calls together may add to the load on the provider: in any time, at most `ratio` for each call
 * that began in it, `minPerSecond` for each second of it, and `burst`. A retry for which there is none left is not made.
 */
export interface RetryBudgetOptions {
  /** Retries that each call adds. At least 0. @default 0.2 */
  readonly ratio?: number;
  /** Retries that each second adds, so that a client of few calls can retry at all. At least 0. @default 1 */
  readonly minPerSecond?: number;
  /** The most that can be saved up, and what there is at the start. At least 1. @default 100 */
  readonly burst?: number;
}

export interface BudgetPolicy {
  readonly ratio: number;
  readonly minPerSecond: number;
  readonly burst: number;
}

/** @throws TelltaleError `invalid_option` */
export function checkRetryBudget(path: string, given: unknown = {}): BudgetPolicy {
  const options = checkObject(path, given, ['ratio', 'minPerSecond', 'burst']);
  const { ratio = 0.2, minPerSecond = 1, burst = 100 } = options;
  return {
    ratio: checkNumber(`${path}.ratio`, ratio, { min: 0 }),
    minPerSecond: checkNumber(`${path}.minPerSecond`, minPerSecond, { min: 0 }),
    burst: checkNumber(`${path}.burst`, burst, { min: 1 }),
  };
}

/** A token bucket of retries. */
export class RetryBudget {
  readonly #policy: BudgetPolicy;
  readonly #clock: Pick<Clock, 'nowMs'>;
  #balance: number;
  #atMs: number;

  constructor(policy: BudgetPolicy, clock: Pick<Clock, 'nowMs'>) {
    this.#policy = policy;
    this.#clock = clock;
    this.#balance = policy.burst;
    this.#atMs = clock.nowMs();
  }

  /** Retries that could be made now. */
  get balance(): number {
    this.#refill();
    return this.#balance;
  }

  /** A call begins. */
  deposit(): void {
    this.#balance = Math.min(this.#policy.burst, this.#balance + this.#policy.ratio);
  }

  /** Takes one retry; false where there is none. */
  withdraw(): boolean {
    this.#refill();
    if (this.#balance < 1) return false;
    this.#balance -= 1;
    return true;
  }

  #refill(): void {
    const nowMs = this.#clock.nowMs();
    const { burst, minPerSecond } = this.#policy;
    this.#balance = Math.min(burst, this.#balance + ((nowMs - this.#atMs) / 1_000) * minPerSecond);
    this.#atMs = nowMs;
  }
}
