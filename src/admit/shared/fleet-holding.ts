import type { Meter } from '../meter.ts';
import type { Holding } from '../permit.ts';
import type { QuotaGroup } from '../quota-group.ts';

/** Told of what was taken at a time of the store and turned out otherwise. */
export interface Ledger {
  correct(meter: Meter, takenMs: number, difference: number, isRelease: boolean): void;
}

/** What one permit holds in the store, and beside it in this process, which goes by that when the store is gone. */
export class FleetHolding implements Holding {
  readonly #group: QuotaGroup;
  /** The store's time. */
  readonly #stampMs: number;
  readonly #ledger: Ledger;

  constructor(group: QuotaGroup, stampMs: number, ledger: Ledger) {
    this.#group = group;
    this.#stampMs = stampMs;
    this.#ledger = ledger;
  }

  get group(): QuotaGroup {
    return this.#group;
  }

  get inFlight(): number {
    return this.#group.inFlight;
  }

  set inFlight(count: number) {
    this.#group.inFlight = count;
  }

  settle(difference: number, takenMs: number, nowMs: number): void {
    this.#group.settle(difference, takenMs, nowMs);
    for (const meter of this.#group.meters)
      if (!meter.ofRequests) this.#ledger.correct(meter, this.#stampMs, difference, false);
  }

  release(tokens: number, takenMs: number, nowMs: number): void {
    this.#group.release(tokens, takenMs, nowMs);
    for (const meter of this.#group.meters)
      this.#ledger.correct(meter, this.#stampMs, -meter.amountOf(tokens), true);
  }

  /** It went without the store, which has to hear of it. */
  charge(tokens: number): void {
    for (const meter of this.#group.meters)
      this.#ledger.correct(meter, this.#stampMs, meter.amountOf(tokens), false);
  }
}
