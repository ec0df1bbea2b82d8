import { happeningsOf } from '../happenings.ts';
import type { World } from '../world.ts';
import type { Settling } from './resource.ts';
import { shelfOf } from './shelf.ts';

/** Lets the object at a path come to its end, if nothing else has ended it before. */
export function settle(world: World, path: string, { from, afterMs, to, event }: Settling): void {
  const before = shelfOf(world).get(path);
  if (before?.['status'] !== from) return;
  world.later(afterMs, () => {
    const shelf = shelfOf(world);
    const object = shelf.get(path);
    // What was changed meanwhile has its own end to come.
    if (object !== before) return;
    shelf.set(path, { ...object, ...to(object, Math.floor(world.clock.epochMs() / 1_000)) });
    happeningsOf(world).tell({ type: event, data: { id: String(object['id']) } });
  });
}
