import type { Clock } from '../../clock.ts';
import { Alarm } from '../alarm.ts';
import type { Meter } from '../meter.ts';
import type { QuotaGroup } from '../quota-group.ts';
import { Corrections } from './corrections.ts';
import type { Ledger } from './fleet-holding.ts';
import type { StoreMeter } from './store.ts';

/** What is to be told waits for the next question, but not longer. */
export const tellMs = 50;

/** Notes what the store has to be told, and sees to it that it is told soon. */
export class StoreLedger implements Ledger {
  readonly corrections = new Corrections();
  readonly #clock: Clock;
  readonly shape: (meter: Meter) => StoreMeter;
  readonly #alarm: Alarm;

  constructor(clock: Clock, shape: (meter: Meter) => StoreMeter, tell: () => void) {
    this.#clock = clock;
    this.shape = shape;
    this.#alarm = new Alarm(clock, 'housekeeping', tell);
  }

  correct(meter: Meter, takenMs: number, difference: number, isRelease: boolean): void {
    this.corrections.add(this.shape(meter), takenMs, difference, isRelease);
    this.tellSoon();
  }

  /** The store holds so many calls that were never made. */
  giveBack(group: QuotaGroup, count: number, tokens: number, stampMs: number): void {
    for (const meter of group.meters)
      this.correct(meter, stampMs, -(meter.ofRequests ? count : tokens), true);
  }

  tellSoon(): void {
    const nowMs = this.#clock.nowMs();
    if (!this.corrections.isEmpty) this.#alarm.armEarlier(nowMs + tellMs, nowMs);
  }

  tellAt(atMs: number, nowMs: number): void {
    this.#alarm.armEarlier(atMs, nowMs);
  }

  stop(): void {
    this.#alarm.disarm();
  }
}
