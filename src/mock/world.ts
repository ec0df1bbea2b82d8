import type { Clock } from '../clock.ts';

/**
 * What the provider remembers from one request to the next: stored responses, conversations, files. Each start of the mock
 * begins with an empty one. A part is whatever its endpoints keep, made when it is first asked for.
 *
 * @example
 * const files = world.part(() => new Map<string, StoredFile>()); // with a function that is one, for the parts are found by it
 */
export class World {
  readonly seed: number;
  readonly clock: Clock;
  readonly #parts = new Map<unknown, unknown>();
  readonly #timers = new Set<() => void>();
  #isOver = false;

  constructor(seed: number, clock: Clock) {
    this.seed = seed;
    this.clock = clock;
  }

  /** The part that `make` made; the same one for the same function. */
  part<T>(make: (world: World) => T): T {
    if (!this.#parts.has(make)) this.#parts.set(make, make(this));
    return this.#parts.get(make) as T;
  }

  /** Runs `task` after `delayMs`, unless the world ends before. Returns the function that cancels it. */
  later(delayMs: number, task: () => void): () => void {
    if (this.#isOver) return () => {};
    const cancelTimer = this.clock.schedule(
      () => {
        this.#timers.delete(cancel);
        task();
      },
      delayMs,
      'work',
    );
    const cancel = () => {
      cancelTimer();
      this.#timers.delete(cancel);
    };
    this.#timers.add(cancel);
    return cancel;
  }

  /** Nothing happens in it any more: the mock was closed or started anew. */
  end(): void {
    this.#isOver = true;
    for (const cancel of [...this.#timers]) cancel();
  }
}
