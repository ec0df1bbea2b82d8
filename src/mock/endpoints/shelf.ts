import type { Body } from '../answer.ts';
import { hexadecimal } from '../seeded.ts';
import type { World } from '../world.ts';

/** Beyond it the object that was made first is forgotten, of whatever kind. */
const MOST_OBJECTS = 10_000;

/**
 * The objects that the API makes, shows, changes and forgets, by their paths: what stands under `/vaults/v1` is gone when
 * that is.
 */
export class Shelf {
  readonly #seed: number;
  readonly #objects = new Map<string, Body>();
  readonly #filled = new Set<string>();
  #made = 0;

  constructor(world: World) {
    this.#seed = world.seed;
  }

  /** An id that nothing has yet. */
  newId(prefix: string): string {
    return `${prefix}${hexadecimal(this.#seed, `object ${this.#made++}`, 24)}`;
  }

  get(path: string): Body | undefined {
    return this.#objects.get(path);
  }

  /** One that is there keeps its place. */
  set(path: string, object: Body): void {
    this.#objects.set(path, object);
    if (this.#objects.size <= MOST_OBJECTS) return;
    const [oldest = ''] = this.#objects.keys();
    this.delete(oldest);
  }

  /** What stands right under a path, in the order in which it was made. */
  list(path: string): Body[] {
    const found: Body[] = [];
    for (const [key, object] of this.#objects)
      if (key.startsWith(`${path}/`) && !key.includes('/', path.length + 1)) found.push(object);
    return found;
  }

  /** With all that stands under it. */
  delete(path: string): void {
    this.#objects.delete(path);
    for (const key of this.#objects.keys()) if (key.startsWith(`${path}/`)) this.#objects.delete(key);
    for (const key of this.#filled) if (key.startsWith(`${path}/`)) this.#filled.delete(key);
  }

  /** Says whether it is asked for the first time: what is there without anybody's doing is put there then. */
  isNew(path: string): boolean {
    const { size } = this.#filled;
    return this.#filled.add(path).size > size;
  }
}

function createShelf(world: World): Shelf {
  return new Shelf(world);
}

export function shelfOf(world: World): Shelf {
  return world.part(createShelf);
}
