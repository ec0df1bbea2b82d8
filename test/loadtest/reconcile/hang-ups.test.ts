import { describe, expect, it } from 'vitest';
import type { SpanRecord } from '../../../loadtest/otlp/spans.ts';
import {
  addTo,
  broken,
  changeCallSpan,
  changeEntry,
  find,
  isAttempt,
  k6Call,
  type OpenBooks,
  ok,
  usage,
} from './example-books.ts';

/** The caller of a good call hung up 100 ms after it asked. */
function hangUp(books: OpenBooks): void {
  books.calls = books.calls.map((call) =>
    call.callId === ok ? { ...call, outcome: 'cancelled', httpStatus: 0, leftAfterMs: 100 } : call,
  );
}

/** The wrapper says that it was cancelled, and how its tokens are known. */
function tellCancelled(books: OpenBooks, source: string, withStatus: boolean): void {
  hangUp(books);
  changeCallSpan(books, ok, {
    'telltale.outcome': 'cancelled',
    'error.type': 'cancelled',
    'telltale.usage.source': source,
    'gen_ai.usage.input_tokens': 0,
    'gen_ai.usage.cache_read.input_tokens': 0,
    'gen_ai.usage.output_tokens': 0,
    'gen_ai.usage.reasoning.output_tokens': 0,
    'telltale.cost.usd': 0,
  });
  books.spans = books.spans.map((span) => {
    if (span.traceId !== ok || !isAttempt(span) || withStatus) return span;
    const {
      'http.response.status_code': _status,
      'telltale.request_id': _id,
      ...attributes
    } = span.attributes;
    return { ...span, attributes: { ...attributes, 'error.type': 'cancelled' } };
  });
  for (const type of ['input', 'cached', 'output', 'reasoning'] as const) {
    const tokens = usage[`${type}Tokens`];
    books.metrics = books.metrics.map((total) =>
      total.attributes['gen_ai.token.type'] === type ? { ...total, sum: total.sum - tokens } : total,
    );
  }
  addTo(books, 'telltale.cost', { sum: -80_500 / 1e9 });
  // One of the ends that were good is one of a caller who went, and its attempt may have had no status.
  moveOne(
    books,
    'gen_ai.client.operation.duration',
    { 'telltale.outcome': 'ok' },
    { 'telltale.outcome': 'cancelled' },
  );
  if (!withStatus) moveOne(books, 'telltale.attempts', { 'http.response.status_code': 200 }, {});
}

type Attributes = Readonly<Record<string, string | number>>;

/** One that a metric counted under these attributes is counted under others. */
function moveOne(books: OpenBooks, name: string, from: Attributes, to: Attributes): void {
  const isFrom = (attributes: object): boolean =>
    Object.entries(from).every(([key, value]) => (attributes as Attributes)[key] === value);
  const source = books.metrics.find((total) => total.name === name && isFrom(total.attributes));
  if (!source) throw new Error(`There is no such ${name}`);
  const isCounted = source.count !== undefined;
  const less = isCounted ? { count: (source.count ?? 0) - 1 } : { sum: source.sum - 1 };
  books.metrics = books.metrics.map((total) => (total === source ? { ...total, ...less } : total));
  books.metrics.push({ ...source, attributes: to, ...(isCounted ? { sum: 0, count: 1 } : { sum: 1 }) });
}

describe('a caller who hung up', () => {
  it('as the whole answer was on its way is a race, and counted', () => {
    expect(broken(hangUp)).toEqual([]);
    expect(find('I2', hangUp).notes).toEqual(['1 × the caller hung up while its answer came: a race']);
    expect(find('I1', hangUp).notes).toEqual(['1 × an abort crossed a whole answer: both books are right']);
  });

  it('does not excuse a caller who stayed', () => {
    const stayed = (books: OpenBooks): void => {
      hangUp(books);
      books.calls = books.calls.map(({ leftAfterMs: _left, ...call }) => call);
    };
    expect(broken(stayed)).toEqual(['I2']);
  });

  it('before the first of an answer came may leave it unread, and so what it cost', () => {
    const unread = (books: OpenBooks): void => {
      tellCancelled(books, 'unknown', false);
      changeEntry(books, ok, { end: 'client-closed', usageSent: false });
    };
    expect(broken(unread)).toEqual([]);
    expect(find('I6', unread).notes[0]).toBe(
      '1 × an abort crossed the answer: what it cost was sent and not read',
    );
  });

  it('after an answer had begun must be billed for it', () => {
    const read = (books: OpenBooks): void => {
      tellCancelled(books, 'unknown', true);
      changeEntry(books, ok, { end: 'client-closed', usageSent: false });
    };
    expect(broken(read)).toEqual(['I6']);
  });
});

describe('a caller who hung up before the gateway had read what it asked', () => {
  const stranger = 'f'.repeat(32);
  const gateway = (madeCall: boolean): SpanRecord => ({
    traceId: stranger,
    spanId: 'aaaaaaaaaaaaaaaa',
    parentSpanId: stranger.slice(16),
    name: 'POST /chat',
    kind: 'server',
    scope: 'gateway',
    startMs: 0,
    endMs: 1,
    error: true,
    attributes: { 'gateway.made_call': madeCall },
  });
  const left = (...spans: SpanRecord[]) =>
    broken((books) => {
      books.calls.push({ ...k6Call(stranger, 'cancelled'), leftAfterMs: 40 });
      books.iterations++;
      books.spans.push(...spans);
    });

  it('has no call, and needs none', () => {
    expect(left()).toEqual([]);
    expect(left(gateway(false))).toEqual([]);
  });

  it('has one where the gateway says that it made it', () => {
    expect(left(gateway(true))).toEqual(['I7']);
  });
});
