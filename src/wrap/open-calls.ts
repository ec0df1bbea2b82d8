import type { Clock } from '../clock.ts';
import type { CallRun } from './call-run.ts';

/** A body that nobody has touched for this long is closed as abandoned: openai's own default timeout. */
export const idleDeadlineMs = 10 * 60_000;
const sweepEveryMs = 30_000;

/**
 * The calls that have not ended. A body that is never read to its end would keep its call open for ever: it is closed
 * when nobody has touched it for the idle deadline, and a stream also when the garbage collector finds that nobody can
 * read it any more.
 */
export class OpenCalls {
  readonly #clock: Clock;
  readonly #runs = new Set<CallRun>();
  readonly #unreachable = new FinalizationRegistry<CallRun>((run) => run.abandon());
  #sweeping = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#runs.size;
  }

  add(run: CallRun): void {
    this.#runs.add(run);
  }

  /** Starts to watch over a body; `response` is held weakly. */
  watch(run: CallRun, response: object | undefined): void {
    if (response) this.#unreachable.register(response, run, run);
    this.#sweepLater();
  }

  remove(run: CallRun): void {
    this.#runs.delete(run);
    if (run.call.request.streamed) this.#unreachable.unregister(run);
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#clock.schedule(() => this.#sweep(), sweepEveryMs, 'housekeeping');
  }

  #sweep(): void {
    this.#sweeping = false;
    const deadlineMs = this.#clock.nowMs() - idleDeadlineMs;
    let watched = 0;
    for (const run of this.#runs) {
      if (run.bodyTouchedMs === undefined) continue;
      // A body that openai 7 is reading is under the client's own timeout, which may be longer.
      if (run.bodyTouchedMs < deadlineMs && !run.parsing) run.abandon();
      else watched++;
    }
    if (watched > 0) this.#sweepLater();
  }
}
