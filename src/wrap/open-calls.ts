import type { Call } from '../call.ts';
import type { Clock } from '../clock.ts';

/** What is watched over. */
export interface OpenCall {
  readonly call: Call;
  /** When a watched body was last touched; undefined while there is none. */
  readonly bodyTouchedMs: number | undefined;
  /** True while openai 7 reads a JSON body and may still decide to ask again. */
  readonly parsing: boolean;
  /** Ends it, as far as is told of it. */
  abandon(errorType?: 'flushed'): void;
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
  /** Called when the last open call has ended. */
  #onNone: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    remember(this);
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
    if (this.#count > 0 || this.#onNone.length === 0) return;
    const waiting = this.#onNone;
    this.#onNone = [];
    for (const resume of waiting) resume();
  }

  /** Waits until none is open, for `waitMs` at the most, and ends what is open then. Gives how many that were. */
  async flush(waitMs: number): Promise<number> {
    if (this.#count > 0 && waitMs > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.schedule(resolve, waitMs, 'work');
        this.#onNone.push(() => {
          cancel();
          resolve();
        });
      });
    }
    return this.endAll();
  }

  /** Tells of every open call as it stands. The calls themselves go on, and are told of no more. */
  endAll(): number {
    const { count } = this;
    while (this.#first) this.#first.abandon('flushed');
    return count;
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

/** Every one of the process, as long as anybody uses it; for the end of the process. */
let everywhere: WeakRef<OpenCalls>[] = [];
let rememberedAfterPruning = 0;

function remember(calls: OpenCalls): void {
  everywhere.push(new WeakRef(calls));
  // An application may observe a client for each request: those that are gone are let go when they could be half of all.
  if (everywhere.length < 2 * rememberedAfterPruning + 16) return;
  everywhere = everywhere.filter((one) => one.deref() !== undefined);
  rememberedAfterPruning = everywhere.length;
}

/** The process is about to end, and with it every call that is open. */
export function endAllOpenCalls(): void {
  for (const one of everywhere) one.deref()?.endAll();
}
