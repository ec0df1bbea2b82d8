interface Waiter {
  readonly model: string;
  readonly tokens: number;
  readonly letIn: () => void;
}

/** Gives back what was taken of a quota. Only the first time counts. */
export type GiveBack = () => void;

/** How many tokens of prompts the batches of one model hold at the provider, and who waits until there is room, in order. */
export class QueueQuota {
  readonly #mostOf: (model: string) => number;
  readonly #onRoom: (model: string) => void;
  readonly #held = new Map<string, number>();
  #waiters: Waiter[] = [];

  /**
   * @param mostOf the quota of a model
   * @param onRoom is told of a model whose batch has ended
   */
  constructor(mostOf: (model: string) => number, onRoom: (model: string) => void) {
    this.#mostOf = mostOf;
    this.#onRoom = onRoom;
  }

  /** Waits for room. More than the whole quota is let in alone. */
  async take(model: string, tokens: number, signal: AbortSignal): Promise<GiveBack> {
    signal.throwIfAborted();
    if (!this.hasRoom(model, tokens)) await this.#wait(model, tokens, signal);
    return this.hold(model, tokens);
  }

  /** Whether it would be let in at once. */
  hasRoom(model: string, tokens: number): boolean {
    return !this.#waiters.some((waiter) => waiter.model === model) && this.#fits(model, tokens);
  }

  /** Of a batch that is there already. */
  hold(model: string, tokens: number): GiveBack {
    this.#add(model, tokens);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#add(model, -tokens);
      this.#letIn(model);
      this.#onRoom(model);
    };
  }

  #fits(model: string, tokens: number): boolean {
    const held = this.#held.get(model) ?? 0;
    return held === 0 || held + tokens <= this.#mostOf(model);
  }

  #add(model: string, tokens: number): void {
    this.#held.set(model, (this.#held.get(model) ?? 0) + tokens);
  }

  async #wait(model: string, tokens: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        signal.removeEventListener('abort', aborted);
      };
      const aborted = (): void => {
        leave();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        model,
        tokens,
        letIn: () => {
          leave();
          resolve();
        },
      };
      this.#waiters.push(waiter);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Whoever is let in takes at once, before the next one is looked at. */
  #letIn(model: string): void {
    const first = this.#waiters.find((waiter) => waiter.model === model);
    if (!first || !this.#fits(model, first.tokens)) return;
    first.letIn();
    queueMicrotask(() => queueMicrotask(() => this.#letIn(model)));
  }
}
