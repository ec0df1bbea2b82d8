import type { ToldUse as Told } from '../learn/learner.ts';
import type { Meter } from '../meter.ts';
import type { FleetView } from './fleet-view.ts';
import type { StoreMeter, StoreTold } from './store.ts';

/** What the provider says is used of limits, until the store has been told: of each the last word. */
export class ToldUse {
  readonly #pending = new Map<string, { readonly meter: Meter; readonly told: Told }>();

  readonly #view: FleetView;

  constructor(view: FleetView) {
    this.#view = view;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** False where the store is known to have counted as much. */
  add(meter: Meter, told: Told): boolean {
    const known = Math.max(this.#view.used(meter, told.nowMs), meter.used(told.nowMs));
    if (told.told - told.remaining <= known) return false;
    this.#pending.set(`${meter.limit.name}\n${meter.owner}`, { meter, told });
    return true;
  }

  /** Everything, as it is at this time: what the provider counts goes down evenly. It is told once, and does not last. */
  next(
    shape: (meter: Meter) => StoreMeter,
    nowMs: number,
  ): readonly { readonly meter: Meter; readonly told: StoreTold }[] {
    const all = [...this.#pending.values()].flatMap(({ meter, told }) => {
      const { limit, windowMs, told: quota, remaining, nowMs: heardMs } = told;
      const back = Math.min(remaining + ((nowMs - heardMs) * limit) / windowMs, limit);
      const atLeast = Math.floor(quota - back);
      if (atLeast <= 0) return [];
      return [
        { meter, told: { meter: shape(meter), atLeast, leavesInMs: ((limit - back) * windowMs) / limit } },
      ];
    });
    this.#pending.clear();
    return all;
  }
}
