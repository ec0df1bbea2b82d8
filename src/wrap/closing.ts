import type { Limiter } from '../admit/limiter.ts';
import type { Clock } from '../clock.ts';

interface Closed {
  readonly clock: Clock;
  readonly open: { flush(waitMs: number): Promise<number> };
  /** The limiter that `observe` made; one that was given belongs to whoever gave it. */
  readonly ownLimiter: Limiter | undefined;
  readonly watch: { flush(): Promise<void>; close(): void };
  readonly budgets: { flush(): Promise<void> } | undefined;
}

/** The orderly end of a client: nothing new goes, what is open ends, and everything is told. */
export class Closing {
  readonly #closed: Closed;
  #closing: Promise<number> | undefined;

  constructor(closed: Closed) {
    this.#closed = closed;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  async flush(waitMs: number): Promise<number> {
    const { open, watch, budgets } = this.#closed;
    const count = await open.flush(waitMs);
    await Promise.all([watch.flush(), budgets?.flush()]);
    return count;
  }

  /** The same promise every time. */
  close(waitMs: number): Promise<number> {
    this.#closing ??= this.#close(waitMs);
    return this.#closing;
  }

  async #close(waitMs: number): Promise<number> {
    const { clock, ownLimiter, watch } = this.#closed;
    watch.close();
    if (ownLimiter) {
      await ownLimiter.close();
      // So that those who waited are told of as refused, which they are, and not as flushed.
      await new Promise<void>((resolve) => clock.schedule(resolve, 0, 'work'));
    }
    return await this.flush(waitMs);
  }
}
