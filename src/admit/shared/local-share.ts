import { TelltaleError } from '../../errors.ts';
import type { Meter } from '../meter.ts';
import type { FleetView } from './fleet-view.ts';
import type { WhenDown } from './options.ts';

/** What a process may do alone, while the store is gone. */
export class LocalShare {
  readonly whenDown: WhenDown;
  readonly #view: FleetView;
  #divided = new Set<Meter>();

  constructor(view: FleetView, whenDown: WhenDown) {
    this.#view = view;
    this.whenDown = whenDown;
  }

  /**
   * Every meter holds its share from now on, of which as much is spent as this process has used itself, or its share of
   * what all had used, whichever is more: so all shares together leave no more than the fleet had left.
   */
  begin(meters: Iterable<Meter>, nowMs: number): void {
    if (this.whenDown !== 'local-share') return;
    const instances = this.#view.liveInstances;
    for (const meter of meters) {
      if (this.#divided.has(meter)) continue;
      this.#divided.add(meter);
      meter.divide(instances, nowMs);
      const missing = Math.ceil(this.#view.used(meter, nowMs) / instances - meter.used(nowMs));
      if (missing > 0) meter.take(missing, nowMs);
    }
  }

  end(meters: Iterable<Meter>, nowMs: number): void {
    this.#divided = new Set();
    for (const meter of meters) meter.divide(1, nowMs);
  }

  error(): TelltaleError {
    return new TelltaleError(
      'store_unavailable',
      "The store that holds this limiter's limits does not answer, and `whenDown` is 'closed'.",
    );
  }
}
