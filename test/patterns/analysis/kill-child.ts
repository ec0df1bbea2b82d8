/** Analyses a document, and kills itself at the n-th of its steps. */
import { writeSync } from 'node:fs';
import { fileRecords } from '../../../src/patterns/index.ts';
import { analyseDoomed } from './doomed.ts';

const { TELLTALE_TEST_URL: baseURL = '', TELLTALE_TEST_STORE = '', TELLTALE_TEST_KILL_AT } = process.env;
let steps = 0;

await analyseDoomed(baseURL, fileRecords(TELLTALE_TEST_STORE), (what) => {
  steps += 1;
  if (steps !== Number(TELLTALE_TEST_KILL_AT)) return;
  writeSync(1, what);
  process.kill(process.pid, 'SIGKILL');
  // Nothing more happens, though the signal takes a moment.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000);
});
