import type { K6Phase } from './k6/config.ts';
import { phaseOf } from './k6/phase-of.ts';
import type { K6Call } from './k6/record.ts';

/** What the line shows, asked for at each update. */
export interface ProgressSource {
  readonly calls: () => readonly K6Call[];
  readonly retries: () => number;
  readonly offeredPerSecond: number;
}

/** Where it is shown: a terminal, or a file or pipe that has no cursor. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  cursorTo?(column: number): unknown;
  clearLine?(direction: 0): unknown;
}

/** Shows how the run goes: one line that renews itself on a terminal, else a line every five seconds. */
export class Progress {
  readonly #out: Screen;
  readonly #source: ProgressSource;
  readonly #phases: readonly K6Phase[];
  #timer: NodeJS.Timeout | undefined;
  #counted = 0;
  #failed = 0;

  constructor(out: Screen, phases: readonly K6Phase[], source: ProgressSource) {
    this.#out = out;
    this.#phases = phases;
    this.#source = source;
  }

  start(): void {
    const startedMs = performance.now();
    const everyMs = this.#out.isTTY ? 250 : 5_000;
    this.#timer = setInterval(() => this.#show(performance.now() - startedMs), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
  }

  #show(elapsedMs: number): void {
    const calls = this.#source.calls();
    for (; this.#counted < calls.length; this.#counted++) {
      if (calls[this.#counted]?.outcome !== 'ok') this.#failed++;
    }
    const totalMs = this.#phases.at(-1)?.toMs ?? 0;
    const shownMs = Math.min(elapsedMs, totalMs);
    const offered = Math.round((shownMs / 1_000) * this.#source.offeredPerSecond);
    const line = [
      `${Math.round(elapsedMs / 1_000)}/${totalMs / 1_000} s`,
      elapsedMs > totalMs ? 'finishing' : phaseOf(this.#phases, elapsedMs).name,
      `offered ${offered}`,
      `ok ${calls.length - this.#failed}`,
      `failed ${this.#failed}`,
      `retries ${this.#source.retries()}`,
    ].join('   ');
    this.#clear();
    this.#out.write(this.#out.isTTY ? line : `${line}\n`);
  }

  #clear(): void {
    if (!this.#out.isTTY) return;
    this.#out.cursorTo?.(0);
    this.#out.clearLine?.(0);
  }
}
