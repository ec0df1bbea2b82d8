import type { RunFacts, StageAct, StageEvent } from './scenarios/scenario.ts';

/** Does to the stage what a scenario says, when it says it, by the clock of the load. */
export class Director {
  readonly #stage: { act(act: StageAct): Promise<void> };
  readonly #plan: readonly StageEvent[];
  readonly #durationMs: number;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #done: RunFacts['events'][number][] = [];
  #fail: (why: string) => void = () => {};
  /** Resolves, with a sentence, when something could not be done: the run is then not what it was to be. */
  readonly failed = new Promise<string>((resolve) => {
    this.#fail = resolve;
  });

  constructor(stage: { act(act: StageAct): Promise<void> }, plan: readonly StageEvent[], durationMs: number) {
    this.#stage = stage;
    this.#plan = plan;
    this.#durationMs = durationMs;
  }

  /** When the load begins. */
  start(): void {
    const startedMs = performance.now();
    for (const { atShare, ...act } of this.#plan) {
      this.#timers.push(
        setTimeout(() => {
          const doing: Promise<void> = this.#stage
            .act(act)
            .then(() => void this.#done.push({ ...act, atMs: performance.now() - startedMs }))
            .catch((error: unknown) => this.#fail(`\`${act.kind}\` failed: ${String(error)}`))
            .finally(() => this.#underWay.delete(doing));
          this.#underWay.add(doing);
        }, atShare * this.#durationMs),
      );
    }
  }

  /** Does nothing more; resolves when what is under way is done. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#underWay);
  }

  /** What was done, in order, and when. */
  get events(): RunFacts['events'] {
    return this.#done;
  }
}
