import { type Clock, longestTimerMs } from '../../clock.ts';

/** A sleep that can be ended early. A wake while nobody sleeps ends the next sleep at once. */
export class Wake {
  readonly #clock: Clock;
  #isWoken = false;
  #end: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async sleep(delayMs: number): Promise<void> {
    if (!this.#isWoken && delayMs > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.schedule(resolve, Math.min(delayMs, longestTimerMs), 'work');
        this.#end = () => {
          cancel();
          resolve();
        };
      });
      this.#end = undefined;
    }
    this.#isWoken = false;
  }

  wake(): void {
    this.#isWoken = true;
    this.#end?.();
  }
}
