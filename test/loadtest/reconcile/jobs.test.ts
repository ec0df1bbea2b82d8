import { describe, expect, it } from 'vitest';
import { callIdOf } from '../../../loadtest/k6/call-id.ts';
import {
  changeCallSpan,
  changeEntry,
  costUsd,
  find,
  k6Call,
  ledgerEntry,
  metricsOf,
  type OpenBooks,
  recount,
  spansOf,
  usage,
} from './example-books.ts';

const id = 'resp_1';
const start = callIdOf(2, 'json', 0);
const polls = [callIdOf(2, 'json', 1), callIdOf(2, 'json', 2), callIdOf(2, 'json', 3)] as const;
const [early, first, second] = polls;

const tokens = {
  'gen_ai.usage.input_tokens': usage.inputTokens,
  'gen_ai.usage.cache_read.input_tokens': usage.cachedTokens,
  'gen_ai.usage.output_tokens': usage.outputTokens,
  'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
  'telltale.cost.usd': costUsd,
};
const none = Object.fromEntries(Object.keys(tokens).map((name) => [name, 0]));
const booked = { ...tokens, 'telltale.usage.source': 'provider' };
const unbooked = { ...none, 'telltale.usage.source': 'unknown' };

/** A job that was started and polled three times; the second poll was told first that it was over. */
function addJob(books: OpenBooks): void {
  for (const [at, callId] of [start, ...polls].entries()) {
    books.calls.push(k6Call(callId, 'ok'));
    books.iterations++;
    const spans = spansOf(callId, [200]);
    books.spans.push(...spans.map((span) => ({ ...span, endMs: span.endMs + at })));
    books.ledger?.push({ ...ledgerEntry(callId, 0, 200), usage: null, usageSent: false });
    changeCallSpan(books, callId, { 'gen_ai.response.id': id, ...(callId === first ? booked : unbooked) });
  }
  changeEntry(books, start, {
    usage: { ...usage },
    usageSent: true,
    job: { id, status: 'completed', endedAtMs: 9 },
  });
  recount(books);
}

function i6(spoil: (books: OpenBooks) => void) {
  const { difference, examples } = find('I6', (books) => {
    addJob(books);
    spoil(books);
    books.metrics = metricsOf(books.spans);
  });
  return { difference, says: examples.join() };
}

describe('what a background response used', () => {
  it('is on the call that was told first, and on no other', () => {
    expect(i6(() => {}).difference).toBe(0);
  });

  it('may be on the call that began it', () => {
    const { difference } = i6((books) => {
      changeCallSpan(books, first, unbooked);
      changeCallSpan(books, start, booked);
    });
    expect(difference).toBe(0);
  });

  it('must not be on two', () => {
    expect(i6((books) => changeCallSpan(books, second, booked)).difference).toBeGreaterThan(0);
    expect(i6((books) => changeCallSpan(books, early, booked)).difference).toBeGreaterThan(0);
  });

  it('must not be on none, unless nobody was told', () => {
    const lost = i6((books) => changeCallSpan(books, first, unbooked));
    expect(lost.difference).toBe(1);
    expect(lost.says).toContain(id);
    const untold = i6((books) => {
      changeCallSpan(books, first, unbooked);
      changeEntry(books, start, { usageSent: false });
    });
    expect(untold.difference).toBe(0);
  });

  it('must not be estimated where it is only begun', () => {
    const guessed = { 'telltale.usage.source': 'estimated', 'gen_ai.usage.input_tokens': 90 };
    expect(i6((books) => changeCallSpan(books, start, guessed)).difference).toBe(1);
  });

  it('must be to the token and the nano-dollar', () => {
    const more = { 'gen_ai.usage.output_tokens': usage.outputTokens + 1 };
    expect(i6((books) => changeCallSpan(books, first, more)).difference).toBe(1);
    const dearer = { 'telltale.cost.usd': costUsd + 1e-9 };
    expect(i6((books) => changeCallSpan(books, first, dearer)).difference).toBe(1);
  });
});
