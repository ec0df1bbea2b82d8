import type { Holding } from '../permit.ts';
import type { QuotaGroup } from '../quota-group.ts';
import type { FleetHolding } from './fleet-holding.ts';

/** What a permit holds that was given before the store took anything for it. What became of the call waits for that. */
export class ShadowHolding implements Holding {
  readonly group: QuotaGroup;
  #taken: FleetHolding | undefined;
  #ended: ((taken: FleetHolding) => void) | undefined;

  constructor(group: QuotaGroup) {
    this.group = group;
  }

  get inFlight(): number {
    return this.group.inFlight;
  }

  set inFlight(count: number) {
    this.group.inFlight = count;
  }

  taken(holding: FleetHolding): void {
    this.#taken = holding;
    this.#ended?.(holding);
  }

  settle(difference: number, takenMs: number, nowMs: number): void {
    this.#end((taken) => taken.settle(difference, takenMs, nowMs));
  }

  release(tokens: number, takenMs: number, nowMs: number): void {
    this.#end((taken) => taken.release(tokens, takenMs, nowMs));
  }

  /** A permit ends once. */
  #end(act: (taken: FleetHolding) => void): void {
    if (this.#taken) act(this.#taken);
    else this.#ended = act;
  }
}
