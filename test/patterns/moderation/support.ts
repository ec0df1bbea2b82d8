import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import type { Fault, Mock, MockOptions } from '../../../src/mock/index.ts';
import type { ObserveOptions } from '../../../src/options.ts';
import { type GuardOptions, guarded } from '../../../src/patterns/index.ts';
import { always, mockForTest } from '../../mock/support.ts';

export const modes = ['blocking', 'parallel', 'after'] as const;

/** Says what its moderation is to find, and nothing that a test must not meet elsewhere. */
export const secret = 'the lighthouse keeper';
/** What the model says to `bad`. */
export const badAnswer = `flag:hate ${secret} wrote this`;

export const answers: NonNullable<MockOptions['answers']> = [
  { match: { text: 'bad' }, answer: badAnswer },
  { match: { text: 'slow' }, answer: { text: 'Never seen.', delayMs: 600_000 } },
  { answer: 'The wind is fair.' },
];

export interface Setting {
  readonly mock?: MockOptions;
  /** What goes wrong with each moderation. */
  readonly moderation?: Partial<Fault>;
  readonly guard?: GuardOptions;
  readonly observe?: ObserveOptions;
  readonly Client?: typeof OpenAI;
  readonly fetch?: typeof fetch;
}

export async function guardForTest({
  mock: mockOptions = {},
  moderation,
  guard: options = {},
  observe: observeOptions = {},
  Client = OpenAI,
  fetch: ownFetch,
}: Setting = {}) {
  const mock = await mockForTest({
    answers,
    ...(moderation && {
      schedule: always({ endpoints: ['moderations'], rate: 1, ...moderation } as Fault),
    }),
    ...mockOptions,
  });
  const openai = observe(
    new Client({ apiKey: 'k', baseURL: mock.url, maxRetries: 0, ...(ownFetch && { fetch: ownFetch }) }),
    observeOptions,
  );
  return { mock, openai, guard: guarded(openai, options) };
}

/** What arrived at the provider, in order. */
export function arrived(mock: Mock): string[] {
  return mock.ledger().map(({ endpoint }) => endpoint);
}

/** Lets the answers of moderations be changed on their way. */
export function changingModerations(change: (answer: Record<string, unknown>) => unknown): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!String(input instanceof Request ? input.url : input).endsWith('/moderations')) return response;
    const answer = (await response.json()) as Record<string, unknown>;
    return new Response(JSON.stringify(change(answer)), { headers: { 'content-type': 'application/json' } });
  };
}
