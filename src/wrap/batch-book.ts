import type { CallRequest } from '../call.ts';

/** So many batches that were made and not booked are remembered, and so many that were booked; the oldest go first. */
const mostBatches = 10_000;

/**
 * The batches that calls of one handle have made, until their usage is known, so that each is booked exactly once, however
 * often it is fetched. What is forgotten is never booked.
 */
export class BatchBook {
  /** Ids of those that are not booked yet, the oldest first; true where one is known to have ended without saying its usage. */
  readonly #open = new Map<string, boolean>();
  readonly #booked = new Set<string>();

  /** One that was made here, or by an earlier process. What is known stays as it is. */
  expect(id: string): void {
    if (this.#open.has(id) || this.#booked.has(id)) return;
    this.#open.set(id, false);
    forgetOldest(this.#open);
  }

  isOpen(id: string | undefined): id is string {
    return id !== undefined && this.#open.has(id);
  }

  /** Takes it out, for the one call that books it. */
  book(id: string): void {
    this.#open.delete(id);
    this.#booked.add(id);
    forgetOldest(this.#booked);
  }

  /** It has ended, and nobody says what it used; another answer may still say. True the first time. */
  end(id: string): boolean {
    const isFirst = this.#open.get(id) === false;
    if (isFirst) this.#open.set(id, true);
    return isFirst;
  }
}

function forgetOldest(ids: Map<string, unknown> | Set<string>): void {
  const [oldest] = ids.keys();
  if (ids.size > mostBatches && oldest !== undefined) ids.delete(oldest);
}

export function makesBatch({ method, route }: CallRequest): boolean {
  return method === 'POST' && route === '/batches';
}

/** Whether a call asks how one batch is, or stops it. */
export function asksOfBatch({ method, route }: CallRequest): boolean {
  return method === 'GET' ? route === '/batches/{id}' : route === '/batches/{id}/cancel';
}
