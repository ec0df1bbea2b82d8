import type { Body } from '../answer.ts';
import { BoundedMap } from '../bounded-map.ts';
import type { BackgroundJob } from './background-job.ts';
import type { Item } from './item-page.ts';
import { contextItems } from './stored-items.ts';

/** A response that the provider remembers. */
export interface StoredResponse {
  readonly id: string;
  /** As it is now. */
  response(): Body;
  /** What it was made of, all that came before it included. */
  input(): readonly Item[];
  /** Where it runs, or ran, in the background. */
  readonly job: BackgroundJob | undefined;
}

/** The responses that are kept: the oldest go first, whether they have ended or not. */
export type ResponseStore = BoundedMap<StoredResponse>;

const MOST_RESPONSES = 10_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** The part of the world. */
export function createResponseStore(): ResponseStore {
  return new BoundedMap(MOST_RESPONSES, MOST_BYTES);
}

export function outputOf(stored: StoredResponse): readonly Item[] {
  const { output } = stored.response();
  return Array.isArray(output) ? output : [];
}

/** What a request that names it as its previous response is made of. */
export function historyOf(stored: StoredResponse): Item[] {
  return contextItems([...stored.input(), ...outputOf(stored)]);
}
