import { expect, test } from 'vitest';
import { TelltaleError } from '../../../src/index.ts';
import type { Fault } from '../../../src/mock/index.ts';
import { always } from '../../mock/support.ts';
import { answers, badAnswer, guardForTest } from './support.ts';

const faults = [
  { status: 503, rate: 0.2 },
  { status: 429, rate: 0.15 },
  { kind: 'reset', rate: 0.1 },
  // The client takes a page for an answer, in which nothing is said.
  { kind: 'html-page', httpStatus: 200, rate: 0.1, endpoints: ['moderations'] },
] as const;

/** What each of many requests came to, while half of everything fails. */
async function runThrough(onFailure: 'closed' | 'open', mode: 'blocking' | 'parallel') {
  const { guard, mock } = await guardForTest({
    mock: { answers, seed: 5, schedule: always<Fault>(...faults) },
    guard: { mode, onFailure },
    observe: { retry: { maxAttempts: 1 } },
  });
  const inputs = Array.from({ length: 60 }, (_, index) => ['Hello', 'flag:violence', 'bad'][index % 3] ?? '');
  const ends = await Promise.all(
    inputs.map(async (input, index) => {
      const request = { model: 'gpt-5-mini', input };
      try {
        if (index % 2) return { input, text: (await guard.respond(request)).text };
        let text = '';
        for await (const piece of guard.stream(request)) text += piece;
        return { input, text };
      } catch (error) {
        return { input, error };
      }
    }),
  );
  await mock.settled();
  return ends;
}

test.each(['blocking', 'parallel'] as const)(
  'amid chaos nothing passes in mode %s that is closed',
  async (mode) => {
    const ends = await runThrough('closed', mode);
    const codes = ends.map(({ error }) =>
      error instanceof TelltaleError ? error.code : error ? 'client' : 'ok',
    );
    for (const [index, { input, text }] of ends.entries())
      if (codes[index] === 'ok') expect([input, text]).toEqual(['Hello', 'The wind is fair.']);
    // All of it happened, so the test has seen something.
    for (const code of ['ok', 'flagged', 'moderation_unavailable', 'client']) expect(codes).toContain(code);
  },
);

test('amid chaos, open lets through only what could not be moderated, and no error of moderation gets out', async () => {
  const ends = await runThrough('open', 'parallel');
  for (const { error } of ends) if (error instanceof TelltaleError) expect(error.code).toBe('flagged');
  expect(ends.some(({ text }) => text === badAnswer)).toBe(true);
  expect(ends.some(({ text }) => text === 'The wind is fair.')).toBe(true);
});
