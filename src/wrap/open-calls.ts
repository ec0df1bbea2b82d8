import type { Call } from '../call.ts';
import type { Clock } from '../clock.ts';

/** What is watched over. */
export interface OpenCall {
  readonly call: Call;
  /** When a watched body was last touched; undefined while there is none. */
  readonly bodyTouchedMs: number | undefined;
  /** True while openai 7 reads a JSON body and may still decide to ask again. */
  readonly parsing: boolean;
  abandon(): void;
  /** The chain of open calls, which only `OpenCalls` touches. */
  previousOpen: OpenCall | undefined;
  nextOpen: OpenCall | undefined;
}

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
  /** The first of a chain through the calls themselves: a set would hash every call in and out again. */
  #first: OpenCall | undefined;
  #count = 0;
  readonly #unreachable = new FinalizationRegistry<OpenCall>((run) => run.abandon());
  #sweeping = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#count;
  }

  add(run: OpenCall): void {
    this.#count++;
    run.nextOpen = this.#first;
    if (this.#first) this.#first.previousOpen = run;
    this.#first = run;
  }

  /** Starts to watch over a body; `response` is held weakly. */
  watch(run: OpenCall, response: object | undefined): void {
    if (response) this.#unreachable.register(response, run, run);
    this.#sweepLater();
  }

  /** Once for each call that was added. */
  remove(run: OpenCall): void {
    const { previousOpen, nextOpen } = run;
    this.#count--;
    if (previousOpen) previousOpen.nextOpen = nextOpen;
    else this.#first = nextOpen;
    if (nextOpen) nextOpen.previousOpen = previousOpen;
    run.previousOpen = undefined;
    run.nextOpen = undefined;
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
    let next: OpenCall | undefined;
    for (let run = this.#first; run; run = next) {
      // Abandoning takes it out of the chain.
      next = run.nextOpen;
      if (run.bodyTouchedMs === undefined) continue;
      // A body that openai 7 is reading is under the client's own timeout, which may be longer.
      if (run.bodyTouchedMs < deadlineMs && !run.parsing) run.abandon();
      else watched++;
    }
    if (watched > 0) this.#sweepLater();
  }
}
