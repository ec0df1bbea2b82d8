import { defaultBackground } from '../../../src/mock/background-plan.ts';
import { defaultBatching } from '../../../src/mock/batch-options.ts';
import { World } from '../../../src/mock/world.ts';
import { createFakeClock } from '../fake-clock.ts';

/** The memory of a provider, without a provider around it. */
export function worldForTest(clock = createFakeClock()): World {
  return new World(1, clock, { background: defaultBackground, batches: defaultBatching, webhooks: null });
}
