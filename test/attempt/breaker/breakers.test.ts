import { expect, test } from 'vitest';
import { checkBreakerOptions } from '../../../src/attempt/breaker/breaker-options.ts';
import { type BreakerEvent, Breakers } from '../../../src/attempt/breaker/breakers.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';

const chat = {
  endpoint: 'chat',
  operation: 'chat',
  serverAddress: 'api.openai.com',
  serverPort: 443,
} as const;

function newBreakers() {
  const clock = { ...createFakeClock(), random: () => 1 };
  const events: BreakerEvent[] = [];
  const options = checkBreakerOptions('breaker', { minCalls: 1 });
  return { clock, events, breakers: new Breakers(options, clock, (event) => events.push(event)) };
}

function fail(breakers: Breakers, of: Parameters<Breakers['of']>[0]): void {
  const answer = breakers.of(of).admit();
  if ('report' in answer) answer.report('ill');
}

test('a model, an endpoint and a server have a breaker of their own', () => {
  const { breakers, events } = newBreakers();
  fail(breakers, { ...chat, model: 'gpt-5' });
  const states = [
    { ...chat, model: 'gpt-5' },
    { ...chat, model: 'gpt-5-mini' },
    { ...chat, model: 'gpt-5', endpoint: 'responses' as const },
    { ...chat, model: 'gpt-5', serverAddress: 'eu.example' },
    { ...chat, model: 'gpt-5', serverPort: 8443 },
    chat,
  ].map((subject) => breakers.of(subject).state);
  expect(states).toEqual(['open', 'closed', 'closed', 'closed', 'closed', 'closed']);
  expect(events).toEqual([
    {
      model: 'gpt-5',
      endpoint: 'chat',
      operation: 'chat',
      serverAddress: 'api.openai.com',
      from: 'closed',
      to: 'open',
      reason: 'failure_rate',
      retryInMs: 1_000,
    },
  ]);
});

test('figures tell of each at this moment', () => {
  const { breakers, clock } = newBreakers();
  const answer = breakers.of({ ...chat, model: 'a' }).admit();
  if ('report' in answer) answer.report('good');
  fail(breakers, { ...chat, model: 'b' });
  clock.advance(400);
  expect(breakers.snapshot()).toMatchObject([
    { model: 'a', state: 'closed', retryInMs: 0, good: 1, ill: 0 },
    { model: 'b', state: 'open', retryInMs: 600, good: 0, ill: 0 },
  ]);
  clock.advance(600);
  expect(breakers.snapshot()[1]).toMatchObject({ model: 'b', state: 'half_open', retryInMs: 0 });
});

test('there are at most 101, of which the last is for all that came later', () => {
  const { breakers } = newBreakers();
  for (let model = 0; model < 1_000; model++) breakers.of({ ...chat, model: `model-${model}` });
  expect(breakers.snapshot()).toHaveLength(101);
  fail(breakers, { ...chat, model: 'model-500' });
  expect(breakers.of({ ...chat, model: 'model-999' }).state).toBe('open');
  expect(breakers.of({ ...chat, model: 'model-99' }).state).toBe('closed');
  expect(breakers.snapshot().at(-1)).toMatchObject({ model: '_other', endpoint: '_other', state: 'open' });
});

test('one that nobody has asked for a quarter of an hour is forgotten', () => {
  const { breakers, clock } = newBreakers();
  fail(breakers, { ...chat, model: 'a' });
  clock.advance(10 * 60_000);
  fail(breakers, { ...chat, model: 'b' });
  clock.advance(5 * 60_000);
  expect(breakers.snapshot().map(({ model }) => model)).toEqual(['b']);
  clock.advance(15 * 60_000);
  // Those that are forgotten make room for others.
  for (let model = 0; model < 100; model++) breakers.of({ ...chat, model: `model-${model}` });
  expect(breakers.snapshot().some(({ model }) => model === '_other')).toBe(false);
});
