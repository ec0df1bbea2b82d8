import { Breaker, type BreakerChange, type BreakerTicket } from '../../../src/attempt/breaker/breaker.ts';
import { type BreakerOptions, checkBreakerOptions } from '../../../src/attempt/breaker/breaker-options.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';

/** A change of state, and when it happened. */
export interface Told extends BreakerChange {
  readonly atMs: number;
}

/** A breaker under a clock and a chance that stand still until they are told to move. */
export function newWorld(given: BreakerOptions = {}) {
  const chance = { next: 1 };
  const clock = { ...createFakeClock(), random: () => chance.next };
  const options = checkBreakerOptions('breaker', given);
  const told: Told[] = [];
  const breaker = new Breaker(options, clock, (change) => told.push({ ...change, atMs: clock.nowMs() }));
  return { chance, clock, options, breaker, told };
}

export type World = ReturnType<typeof newWorld>;

/** Leave for an attempt; undefined where it may not go. */
export function ask({ breaker }: World): BreakerTicket | undefined {
  const answer = breaker.admit();
  return 'report' in answer ? answer : undefined;
}

export function fail(world: World, times: number): void {
  for (let time = 0; time < times; time++) ask(world)?.report('ill');
}
