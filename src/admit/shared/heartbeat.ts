import type { Clock } from '../../clock.ts';
import { Alarm } from '../alarm.ts';
import { beatMs } from './store.ts';

/** How often a process says that it is there, where nothing else is to be said. */
const idleMs = 5_000;

/** When a process says that it is there. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  /** When the last one was sent that was heard. */
  #heardMs = Number.NEGATIVE_INFINITY;
  isStarted = false;
  #isStopped = false;

  constructor(clock: Clock, beat: () => void) {
    this.#clock = clock;
    this.#alarm = new Alarm(clock, 'housekeeping', () => {
      this.#arm();
      beat();
    });
  }

  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    this.#arm();
  }

  /** Whether what is sent now should say it too. */
  isDue(nowMs: number): boolean {
    return !this.#isStopped && nowMs - this.#heardMs >= beatMs;
  }

  heard(sentMs: number): void {
    this.#heardMs = sentMs;
  }

  stop(): void {
    this.#isStopped = true;
    this.#alarm.disarm();
  }

  #arm(): void {
    const nowMs = this.#clock.nowMs();
    this.#alarm.arm(nowMs + idleMs, nowMs);
  }
}
