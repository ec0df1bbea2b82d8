import type { World } from './world.ts';

/** Something that came about in the provider without a request, as a webhook tells it. */
export interface Happening {
  /** As OpenAI's webhooks name it: `batch.completed`. */
  readonly type: string;
  readonly data: { readonly id: string };
}

/** Tells whoever listens what comes about in a world. */
export class Happenings {
  readonly #listeners = new Set<(happening: Happening) => void>();

  /** Returns the function that ends it. */
  listen(listener: (happening: Happening) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(happening: Happening): void {
    for (const listener of this.#listeners) listener(happening);
  }
}

function createHappenings(): Happenings {
  return new Happenings();
}

export function happeningsOf(world: World): Happenings {
  return world.part(createHappenings);
}
