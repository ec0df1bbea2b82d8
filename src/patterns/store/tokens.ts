import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../../clock.ts';

/** Less than a file system tells apart is no difference. */
const leastStepMs = 0.002;

/** Names that are given once, by whichever process. */
export class Tokens {
  readonly #clock: Clock;
  #count = 0;
  #stampMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): string {
    const { random, epochMs, nowMs } = this.#clock;
    this.#count += 1;
    const own = [hostname(), process.pid, this.#count, epochMs(), nowMs(), random(), random(), random()];
    return createHash('sha256').update(own.join(' ')).digest('hex').slice(0, 32);
  }

  /** Now, and later than the last time it was asked, so that what was written in one millisecond has an order. */
  stampMs(): number {
    this.#stampMs = Math.max(this.#clock.epochMs(), this.#stampMs + leastStepMs);
    return this.#stampMs;
  }
}
