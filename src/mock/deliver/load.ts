import type { Exchange } from '../exchange.ts';
import type { World } from '../world.ts';

/** How many requests a model works at. */
function loadIn(_world: World): { atWork: number } {
  return { atWork: 0 };
}

/** Counts a request as one at work until it ends, and says how many there are. */
export function beginWork({ run, whenEnded }: Exchange): number {
  const load = run.world.part(loadIn);
  load.atWork++;
  whenEnded(() => load.atWork--);
  return load.atWork;
}
