import type { Clock } from '../clock.ts';
import type { BackgroundPlan } from './background-plan.ts';
import type { Batching } from './batch-options.ts';
import type { WebhookPlan } from './webhooks/webhook-plan.ts';

/** What a start of the mock sets for what its provider does by itself. */
export interface WorldPlan {
  readonly background: BackgroundPlan;
  readonly batches: Batching;
  /** Null where none are sent. */
  readonly webhooks: WebhookPlan | null;
}

/**
 * What the provider remembers from one request to the next: stored responses, conversations, files. Each start of the mock
 * begins with an empty one. A part is whatever its endpoints keep, made when it is first asked for.
 */
export class World {
  readonly seed: number;
  readonly clock: Clock;
  readonly plan: WorldPlan;
  readonly #startedMs: number;
  readonly #parts = new Map<unknown, unknown>();
  readonly #timers = new Set<() => void>();
  readonly #endings = new Set<() => void>();
  readonly #waiting: (() => void)[] = [];
  readonly #jobs = new Map<object, (() => void)[]>();
  #isOver = false;

  constructor(seed: number, clock: Clock, plan: WorldPlan) {
    this.seed = seed;
    this.clock = clock;
    this.plan = plan;
    this.#startedMs = clock.nowMs();
  }

  /** Milliseconds since its start, to the microsecond, as in the ledger. */
  elapsedMs(): number {
    return Math.round((this.clock.nowMs() - this.#startedMs) * 1_000) / 1_000;
  }

  /** Whether the mock was closed or started anew. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Work that goes on behind the requests, and whose end the ledger will know. */
  get jobs(): number {
    return this.#jobs.size;
  }

  /** Counts work that `request` has begun. Returns the function that says that it is over. */
  beginJob(request: object): () => void {
    if (this.#isOver) return () => {};
    const followers: (() => void)[] = [];
    this.#jobs.set(request, followers);
    return () => {
      if (!this.#jobs.delete(request)) return;
      for (const task of followers) task();
      this.#tell();
    };
  }

  /** Runs `task` once the work that `request` has begun is over: at once where there is none. */
  afterJob(request: object, task: () => void): void {
    const followers = this.#jobs.get(request);
    if (followers) followers.push(task);
    else task();
  }

  /** Resolves once no job runs. */
  idle(): Promise<void> {
    return this.#jobs.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    if (this.#jobs.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Runs `task` when the world ends. Returns the function that takes it back. */
  whenOver(task: () => void): () => void {
    this.#endings.add(task);
    return () => this.#endings.delete(task);
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
    for (const task of [...this.#endings]) task();
    this.#endings.clear();
    this.#jobs.clear();
    this.#tell();
  }
}
