import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import {
  analyseDocument,
  backgroundJobs,
  type RecordHold,
  type RecordStore,
} from '../../../src/patterns/index.ts';
import { chapters } from './chapters.ts';

/**
 * Analyses a document of two parts, and tells of each step: a request to the provider before and after it, or a write.
 *
 * @param death once it aborts, nothing has any effect any more, and what was held is free
 */
export async function analyseDoomed(
  baseURL: string,
  inner: RecordStore,
  step: (what: string) => void,
  death?: AbortSignal,
): Promise<void> {
  const alive = (): void => death?.throwIfAborted();
  const holds: RecordHold[] = [];
  const client = observe(
    new OpenAI({
      baseURL,
      apiKey: 'mock',
      maxRetries: 0,
      fetch: async (...request) => {
        alive();
        const creates = request[1]?.method?.toUpperCase() === 'POST';
        step(creates ? 'before a create' : 'before a poll');
        alive();
        const response = await fetch(...request);
        const body = await response.text();
        alive();
        step(creates ? 'after a create' : 'after a poll');
        alive();
        return new Response(body, response);
      },
    }),
  );
  const store: RecordStore = {
    ...inner,
    read: async (id) => {
      alive();
      return await inner.read(id);
    },
    write: async (id, value, revision) => {
      alive();
      const written = await inner.write(id, value, revision);
      alive();
      step('after a write');
      alive();
      return written;
    },
    delete: async (id) => {
      alive();
      return await inner.delete(id);
    },
    list: async (prefix) => {
      alive();
      return await inner.list(prefix);
    },
    hold: async (id, options) => {
      alive();
      const hold = await inner.hold(id, options);
      holds.push(hold);
      return hold;
    },
  };
  const jobs = backgroundJobs({ client, store, delaysMs: [20] });
  const died = new Promise<never>((_, reject) => {
    death?.addEventListener('abort', () => reject(death.reason));
  });
  const analysis = analyseDocument(chapters(2), {
    client,
    store,
    jobs,
    model: 'gpt-5-mini',
    partTokens: 500,
    concurrency: 1,
  });
  try {
    await Promise.race([analysis, died]);
  } finally {
    await jobs.close();
    await Promise.all(holds.map((hold) => hold.release()));
  }
}
