import { expect, test } from 'vitest';
import type { Limit } from '../../src/admit/limit.ts';
import { createLimiter } from '../../src/admit/limiter.ts';
import { createFakeClock } from '../mock/fake-clock.ts';

const perUser: Limit = { requests: 1, per: 'minute', scope: 'user' };
const perProject: Limit = { requests: 1, per: 'minute', scope: 'project' };
const perModel: Limit = { requests: 1, per: 'hour', models: ['gpt-5*'] };

/** What each of these calls, one after the other, was held by; undefined where it went. */
async function heldBy(
  limits: readonly Limit[],
  calls: readonly { project?: string; user?: string; model?: string }[],
) {
  const limiter = createLimiter({ limits, clock: createFakeClock() });
  const held: (string | undefined)[] = [];
  for (const call of calls) {
    const went = limiter.acquire({ ...call, deadlineMs: 0 });
    held.push(
      await went.then(
        () => undefined,
        (error: { limit?: string }) => error.limit,
      ),
    );
  }
  return held;
}

test('each user has a quota of their own, in every model, and so has each project', async () => {
  const calls = [
    { user: 'a', model: 'x' },
    { user: 'b', model: 'x' },
    { user: 'a', model: 'y' },
  ];
  expect(await heldBy([perUser], calls)).toEqual([undefined, undefined, 'requests/minute per user']);
  const projects = calls.map(({ user, model }) => ({ project: user, model }));
  expect(await heldBy([perProject], projects)).toEqual([undefined, undefined, 'requests/minute per project']);
});

test('those who name nobody share a quota', async () => {
  expect(await heldBy([perUser], [{}, { user: 'a' }, {}])).toEqual([
    undefined,
    undefined,
    'requests/minute per user',
  ]);
});

test('the models of a limit share it, and others go past it', async () => {
  const calls = [{ model: 'gpt-5' }, { model: 'o5' }, {}, { model: 'gpt-5-mini' }];
  expect(await heldBy([perModel], calls)).toEqual([undefined, undefined, undefined, 'requests/hour gpt-5*']);
});

test('names that look alike when put one after the other are not the same', async () => {
  const limits = [perUser, perProject];
  const calls = [
    { project: 'a\nb', user: 'c' },
    { project: 'a', user: 'b\nc' },
    { project: 'd\n1 e', user: 'f' },
    { project: 'd', user: 'e\n0 f' },
  ];
  expect(await heldBy(limits, calls)).toEqual([undefined, undefined, undefined, undefined]);
  const strange = [
    { project: 'p', user: 'u\n1 p' },
    { project: 'p\n1 p', user: 'u' },
  ];
  expect(await heldBy(limits, strange)).toEqual([undefined, undefined]);
});
