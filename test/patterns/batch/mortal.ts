import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import type { RecordStore } from '../../../src/patterns/index.ts';

/** What a process has of the world, until it dies. */
export interface Mortal {
  readonly client: OpenAI;
  readonly store: RecordStore;
  /** Goes on only while it lives. */
  readonly alive: () => Promise<void>;
  /** Resolves when it dies. */
  readonly death: Promise<void>;
}

/**
 * Dies at a step: before or after something is sent to the provider, stored or deleted. As with a process that is killed,
 * nothing of what it would do comes after, no cleaning up either: whatever it waits for never comes.
 */
export function mortal(baseURL: string, records: RecordStore, dieAt: number): Mortal {
  let steps = 0;
  let isDead = false;
  let die = (): void => undefined;
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  const alive = async (): Promise<void> => {
    if (isDead) await new Promise(() => undefined);
  };
  const step = async (): Promise<void> => {
    await alive();
    steps += 1;
    isDead = steps === dieAt;
    if (isDead) die();
    await alive();
  };
  const between = async <T>(work: () => Promise<T>): Promise<T> => {
    await step();
    const result = await work();
    await step();
    return result;
  };
  const client = new OpenAI({
    baseURL,
    apiKey: 'test',
    fetch: async (url, init) => await between(async () => await fetch(url, init)),
  });
  const store: RecordStore = {
    ...records,
    read: async (...args) => {
      await alive();
      return await records.read(...args);
    },
    write: async (...args) => await between(async () => await records.write(...args)),
    delete: async (...args) => await between(async () => await records.delete(...args)),
    // A lock dies with its process.
    hold: async () => ({ release: async () => undefined }),
  };
  return { client: observe(client), store, alive, death };
}
