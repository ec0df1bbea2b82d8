/** A process that works on a batch, and is killed at a step: after something came back from the provider, or was stored. */
import { appendFileSync } from 'node:fs';
import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import { batch } from '../../../src/patterns/batch/batch.ts';
import type { RecordStore } from '../../../src/patterns/index.ts';
import { fileRecords } from '../../../src/patterns/store/file/file-records.ts';
import { killedRun } from './killed-run.ts';

const [baseURL = '', folder = '', id = '', outFile = '', killAt = ''] = process.argv.slice(2);

let steps = 0;
function step(): void {
  steps += 1;
  if (steps === Number(killAt)) process.kill(process.pid, 'SIGKILL');
}

const client = observe(
  new OpenAI({
    baseURL,
    apiKey: 'test',
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      step();
      return response;
    },
  }),
);

const files = fileRecords(folder);
const store: RecordStore = {
  ...files,
  write: async (...args) => {
    const revision = await files.write(...args);
    step();
    return revision;
  },
};

const run = await batch({ ...killedRun, client, store, id });
for await (const { customId, error } of run.results())
  appendFileSync(outFile, `${customId} ${error?.code ?? 'ok'}\n`);
await run.done;
