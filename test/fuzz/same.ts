import { expect } from 'vitest';
import type { World } from '../contract/worlds.ts';
import type { Run } from './perform-plan.ts';
import type { Plan } from './plan.ts';

/** The caller, the server, the log and the process could not tell the observed client from the bare one. */
export function expectSame(observed: Run, bare: Run, plan: Plan, { major }: World): void {
  expect(observed.seen).toEqual(bare.seen);
  expect(requestsOf(observed, plan)).toEqual(requestsOf(bare, plan));
  expect(observed.unhandled).toEqual(bare.unhandled);
  // openai 6 sleeps on after an abort, tries once more and gives up; the observed one ends at once.
  const sooner = major === 6 && plan.abort !== undefined;
  expect(observed.log).toEqual(sooner ? bare.log.slice(0, observed.log.length) : bare.log);
}

/** When a client leaves an encoded answer is not in step with the server: decompression has threads of its own. */
function requestsOf(run: Run, { answers }: Plan): readonly object[] {
  if (!answers.some(({ encoding }) => encoding)) return run.requests;
  return run.requests.map(({ pieces: _, end: __, ...request }) => request);
}

/** The same for an observed client that asked for usage: its request says so, and nothing else differs. */
export function expectSameButAsked(observed: Run, bare: Run, plan: Plan, world: World): void {
  const plain = (run: Run): Run => ({
    ...run,
    requests: run.requests.map((request) => ({
      ...request,
      body: request.body.replace(',"stream_options":{"include_usage":true}', ''),
      headers: request.headers.filter((header) => !header.startsWith('content-length:')),
    })),
  });
  expectSame(plain(observed), plain(bare), plan, world);
}
