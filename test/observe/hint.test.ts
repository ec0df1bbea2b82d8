import { expect, it } from 'vitest';
import type { Call, CallRequest } from '../../src/call.ts';
import { hintFor } from '../../src/observe/hint.ts';
import { exampleCall } from './example-call.ts';

interface Ended {
  readonly outcome: NonNullable<Call['outcome']>;
  readonly endpoint?: CallRequest['endpoint'];
  readonly body?: Record<string, unknown>;
  readonly finish?: string;
}

function hint({ outcome, endpoint = 'chat', body = {}, finish }: Ended): string | undefined {
  const call = exampleCall();
  return hintFor({
    ...call,
    outcome,
    request: { ...call.request, endpoint, body },
    response: finish === undefined ? {} : { finishReasons: [finish] },
  });
}

it.each<[Ended, string]>([
  [
    { outcome: 'empty', body: { max_completion_tokens: 10 }, finish: 'length' },
    'The whole allowance went into reasoning: raise `max_completion_tokens`, or lower `reasoning_effort`.',
  ],
  [
    { outcome: 'empty', body: { max_tokens: 10 }, finish: 'length' },
    'The whole allowance went into reasoning: raise `max_tokens`, or lower `reasoning_effort`.',
  ],
  [
    {
      outcome: 'empty',
      endpoint: 'responses',
      body: { max_output_tokens: 10 },
      finish: 'max_output_tokens',
    },
    'The whole allowance went into reasoning: raise `max_output_tokens`, or lower `reasoning.effort`.',
  ],
  [
    { outcome: 'empty', finish: 'length' },
    'Everything that the model may write went into reasoning: lower `reasoning_effort`.',
  ],
  [
    { outcome: 'empty', finish: 'stop' },
    'The model ended by itself with nothing to show: ask again, or lower `reasoning_effort`.',
  ],
  [
    { outcome: 'empty', finish: 'content_filter' },
    'The content filter of the provider took the answer away.',
  ],
  [
    { outcome: 'ok', body: { max_completion_tokens: 10 }, finish: 'length' },
    'The answer was cut at its allowance: raise `max_completion_tokens`.',
  ],
  [
    { outcome: 'ok', endpoint: 'responses', finish: 'max_output_tokens' },
    'The answer was cut at the most that the model may write: ask for less at a time.',
  ],
])('%j: %s', (ended, expected) => {
  expect(hint(ended)).toBe(expected);
});

it('a stream without a finish cannot be helped by a parameter, and the hint says so', () => {
  expect(hint({ outcome: 'truncated', body: { max_completion_tokens: 10 } })).toMatch(/ask again.*proxy/);
});

it.each<Ended>([
  { outcome: 'ok', finish: 'stop' },
  { outcome: 'ok', finish: 'completed', endpoint: 'responses' },
  { outcome: 'ok', endpoint: 'embeddings' },
  { outcome: 'ok', endpoint: 'other', finish: 'length' },
  { outcome: 'error', finish: 'length' },
  { outcome: 'cancelled' },
])('%j needs none', (ended) => {
  expect(hint(ended)).toBeUndefined();
});
