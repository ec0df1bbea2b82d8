import { SharedScheduler } from './shared-scheduler.ts';
import { SharedShadow } from './shared-shadow.ts';
import { type SharedStore, sharedStoreMark } from './store.ts';

/**
 * Makes a store of what speaks to it. The store brings along what schedules calls by it, so that who has no store loads
 * nothing of that.
 */
export function markAsStore(given: Omit<SharedStore, typeof sharedStoreMark | 'schedule'>): SharedStore {
  const store: SharedStore = {
    ...given,
    [sharedStoreMark]: true,
    schedule: (options, clock) =>
      options.shadow ? new SharedShadow(options, clock, store) : new SharedScheduler(options, clock, store),
  };
  return store;
}
