/** Analyses a document, and kills itself at the n-th step: a request to the provider before or after it, or a write. */
import { writeSync } from 'node:fs';
import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import {
  analyseDocument,
  backgroundJobs,
  fileRecords,
  type RecordStore,
} from '../../../src/patterns/index.ts';
import { chapters } from './chapters.ts';

const { TELLTALE_TEST_URL: baseURL = '', TELLTALE_TEST_STORE = '', TELLTALE_TEST_KILL_AT } = process.env;
const killAt = Number(TELLTALE_TEST_KILL_AT);
let steps = 0;

function step(what: string): void {
  steps += 1;
  if (steps !== killAt) return;
  writeSync(1, what);
  process.kill(process.pid, 'SIGKILL');
  // Nothing more happens, though the signal takes a moment.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000);
}

const client = observe(
  new OpenAI({
    baseURL,
    apiKey: 'mock',
    maxRetries: 0,
    fetch: async (...request) => {
      const creates = request[1]?.method?.toUpperCase() === 'POST';
      step(creates ? 'before a create' : 'before a poll');
      const response = await fetch(...request);
      const body = await response.text();
      step(creates ? 'after a create' : 'after a poll');
      return new Response(body, response);
    },
  }),
);
const files = fileRecords(TELLTALE_TEST_STORE);
const store: RecordStore = {
  ...files,
  read: (id) => files.read(id),
  write: async (id, value, revision) => {
    const written = await files.write(id, value, revision);
    step('after a write');
    return written;
  },
  delete: (id) => files.delete(id),
  list: (prefix) => files.list(prefix),
  hold: (id, options) => files.hold(id, options),
};
const jobs = backgroundJobs({ client, store, delaysMs: [20] });
await analyseDocument(chapters(2), {
  client,
  store,
  jobs,
  model: 'gpt-5-mini',
  partTokens: 500,
  concurrency: 1,
});
await jobs.close();
process.stdout.write(`done ${steps}`);
