import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import type { SpanRecord } from '../../../loadtest/otlp/spans.ts';
import { quotaIsKept } from '../../../loadtest/reconcile/i4-quota.ts';
import { retriesKeepTheRules } from '../../../loadtest/reconcile/i5-retries.ts';
import type { LedgerEntry, RateLimitRecord } from '../../../src/mock/ledger.ts';
import {
  addTo,
  booksOf,
  broken,
  changeCallSpan,
  changeEntry,
  exampleBooks,
  failed,
  find,
  isAttempt,
  isCallSpan,
  ledgerEntry,
  type OpenBooks,
  ok,
  recount,
  refusedThenOk,
  unanswered,
} from './example-books.ts';

type Spoil = (books: OpenBooks) => unknown;

/** Bugs that a wrapper could have and that leave most figures as they were. */
const bugs: readonly [id: string, bug: string, how: string | undefined, spoil: Spoil][] = [
  [
    'I1',
    'a caller gets the answer to another call',
    undefined,
    (books) => changeK6(books, ok, { requestId: `req_${refusedThenOk}_1` }),
  ],
  [
    'I1',
    'a caller is told another status than the provider’s',
    undefined,
    (books) => changeK6(books, failed, { status: 500 }),
  ],
  [
    'I1',
    'a caller is told that an answer is whole which the provider cut at its allowance',
    undefined,
    (books) => {
      changeEntry(books, ok, { finishReason: 'length' });
      changeK6(books, ok, { finishReason: 'stop' });
    },
  ],
  [
    'I2',
    'a call ends a second time, as something else, after its caller has been answered',
    '1 × ended more than once',
    (books) => {
      const span = callSpan(books, ok);
      books.spans.push({
        ...span,
        spanId: 'eeeeeeeeeeeeeeee',
        attributes: { ...span.attributes, 'telltale.outcome': 'abandoned' },
      });
      recount(books);
    },
  ],
  [
    'I2',
    'the metrics call a failure a success',
    '1 × ends that the metrics call otherwise',
    (books) => {
      const name = 'gen_ai.client.operation.duration';
      books.metrics = books.metrics.filter((total) => total.name !== name);
      books.metrics.push({ name, attributes: { 'telltale.outcome': 'ok' }, sum: 1, count: 3 });
    },
  ],
  [
    'I2',
    'the telemetry says that a failed call was refused',
    undefined,
    (books) => {
      changeCallSpan(books, failed, { 'telltale.outcome': 'refused' });
      recount(books);
    },
  ],
  [
    'I3',
    'two attempts of a call are told with each other’s status',
    '2 × attempts with another’s answer',
    (books) => {
      books.spans = books.spans.map((span) => {
        if (span.traceId !== refusedThenOk || !isAttempt(span)) return span;
        const other = span.attributes['http.response.status_code'] === 429 ? 200 : 429;
        return { ...span, attributes: { ...span.attributes, 'http.response.status_code': other } };
      });
    },
  ],
  [
    'I3',
    'an attempt is told with the answer of another call',
    '1 × attempts with another’s answer',
    (books) => changeAttempt(books, ok, { 'telltale.request_id': `req_${refusedThenOk}_1` }),
  ],
  [
    'I3',
    'the counter has an attempt under another status',
    '2 × attempts lost or made up',
    (books) => {
      addTo(books, 'telltale.attempts', { sum: 1 });
      books.metrics.push({
        name: 'telltale.attempts',
        attributes: { 'http.response.status_code': 200 },
        sum: -1,
      });
    },
  ],
  [
    'I3',
    'the counter of retries misses one',
    '1 × attempts lost or made up',
    (books) => addTo(books, 'telltale.retries', { sum: -1 }),
  ],
  [
    'I3',
    'an attempt is made up: it has neither an answer nor an error',
    '1 × attempts lost or made up',
    (books) => {
      const span = books.spans.find((one) => one.traceId === failed && isAttempt(one));
      if (!span) throw new Error('no attempt');
      const { 'error.type': _type, ...attributes } = unanswered(span, 'none').attributes;
      books.spans.push({ ...span, spanId: 'eeeeeeeeeeeeeeee', attributes });
      changeCallSpan(books, failed, { 'telltale.attempts': 4 });
      recount(books);
    },
  ],
  [
    'I3',
    'a call counts an attempt too few',
    '1 × attempts lost or made up',
    (books) => changeCallSpan(books, refusedThenOk, { 'telltale.attempts': 1 }),
  ],
  [
    'I6',
    'tokens are counted for another model',
    undefined,
    (books) => {
      books.metrics = books.metrics.map((total) =>
        total.name === 'telltale.tokens'
          ? { ...total, attributes: { ...total.attributes, 'gen_ai.request.model': 'gpt-5-nano' } }
          : total,
      );
    },
  ],
  [
    'I6',
    'money that was well spent is counted as wasted',
    '1 × wrong waste',
    (books) => {
      books.metrics = books.metrics.map((total) =>
        total.name === 'telltale.cost'
          ? { ...total, attributes: { ...total.attributes, 'telltale.wasted': true } }
          : total,
      );
    },
  ],
  [
    'I6',
    'cached tokens are billed like the others',
    '1 × wrong cost',
    (books) => {
      changeCallSpan(books, ok, { 'telltale.cost.usd': (100 * 250 + 30 * 2_000) / 1e9 });
      recount(books);
    },
  ],
  [
    'I6',
    'reasoning tokens are left out',
    '1 × wrong tokens',
    (books) => {
      changeCallSpan(books, ok, { 'gen_ai.usage.reasoning.output_tokens': 0 });
      recount(books);
    },
  ],
  [
    'I7',
    'a wait between attempts is told of by neither span nor metric',
    '1 × waits lost or made up',
    (books) => {
      books.spans = books.spans.filter((span) => span.traceId !== refusedThenOk || span.name !== 'backoff');
      recount(books);
    },
  ],
  [
    'I7',
    'a wait for a limit is told of by no span',
    '1 × waits lost or made up',
    (books) => changeCallSpan(books, ok, { 'telltale.throttle.ms': 40 }),
  ],
  [
    'I7',
    'an attempt goes on after its call has ended',
    '1 × spans out of time',
    (books) => changeTimes(books, isAttempt, { endMs: 1_300 }),
  ],
  [
    'I7',
    'a wait ends before it starts',
    '1 × spans out of time',
    // What the call adds up is made to agree.
    (books) => {
      changeTimes(books, ({ name }) => name === 'backoff', { startMs: 1_050, endMs: 1_040 });
      changeCallSpan(books, refusedThenOk, { 'telltale.backoff.ms': -10 });
    },
  ],
  [
    'I8',
    'the attempt of a stream that broke off is called a success',
    '1 × an attempt called a success',
    (books) => {
      changeEntry(books, ok, { end: 'cut' });
      changeCallSpan(books, ok, { 'telltale.outcome': 'truncated', 'error.type': 'truncated' });
      changeK6(books, ok, { outcome: 'truncated' });
      recount(books);
    },
  ],
  [
    'I8',
    'so is that of a stream that broke off before a retry',
    '1 × an attempt called a success',
    (books) => {
      const first = books.ledger?.find(({ callId }) => callId === refusedThenOk);
      books.ledger = books.ledger?.map((entry) =>
        entry === first ? { ...entry, status: 200, end: 'reset' } : entry,
      );
      books.spans = books.spans.map((span) => {
        if (span.attributes['http.response.status_code'] !== 429) return span;
        const { 'error.type': _type, ...attributes } = span.attributes;
        return { ...span, attributes: { ...attributes, 'http.response.status_code': 200 } };
      });
      recount(books);
    },
  ],
  [
    'I8',
    'a stream whose connection was reset is a success to all',
    '1 × a call called a success',
    (books) => changeEntry(books, ok, { end: 'reset' }),
  ],
];

describe('a bug that leaves most figures as they were', () => {
  it.each(bugs)('%s: %s', (id, _bug, how, spoil) => {
    expect(broken(spoil)).toEqual([id]);
    if (how !== undefined) expect(find(id, spoil).broken).toEqual([how]);
  });

  it('I8 and I2: only the telemetry takes a broken stream for a success, so its caller saw something else', () => {
    const spoil: Spoil = (books) => {
      changeEntry(books, ok, { end: 'cut' });
      changeK6(books, ok, { outcome: 'truncated' });
    };
    expect(broken(spoil)).toEqual(['I2', 'I8']);
  });

  it('I8 and I2: only the caller takes a broken stream for a success', () => {
    const spoil: Spoil = (books) => {
      changeEntry(books, ok, { end: 'cut' });
      changeCallSpan(books, ok, { 'telltale.outcome': 'truncated', 'error.type': 'truncated' });
      changeAttempt(books, ok, { 'error.type': 'truncated' });
      recount(books);
    };
    expect(broken(spoil)).toEqual(['I2', 'I8']);
  });
});

describe('what looks like one of these bugs and is none', () => {
  it('is a caller whose error the wrapper itself made, with a status of its own', () => {
    const spoil: Spoil = (books) => {
      changeCallSpan(books, failed, { 'telltale.outcome': 'refused', 'error.type': 'breaker_open' });
      changeK6(books, failed, { outcome: 'refused', status: 429 });
      recount(books);
    };
    expect(broken(spoil)).toEqual([]);
  });

  it('is a span that sticks out of its call by what the SDK’s clocks differ', () => {
    expect(broken((books) => changeTimes(books, isAttempt, { endMs: 1_102 }))).toEqual([]);
  });
});

describe('I4', () => {
  const limits = [{ requests: 10, perMs: 1_000 }];
  const entry = (index: number, atMs: number, change: Partial<RateLimitRecord> = {}): LedgerEntry => ({
    ...ledgerEntry(`call-${index}`, 0, 200),
    arrivedAtMs: atMs,
    rateLimit: { atMs, key: 0, outcome: 'admitted', requests: 1, tokens: 100, ...change },
  });
  const within = Array.from({ length: 10 }, (_, index) => entry(index, index * 50));

  it('is content with as many as the law allows', () => {
    expect(quotaIsKept(within, { limits }).difference).toBe(0);
  });

  it('names a request that the provider’s limits did not count', () => {
    const { rateLimit: _uncounted, ...unseen } = entry(10, 500);
    const i4 = quotaIsKept([...within, unseen], { limits });
    expect(i4.broken).toEqual(['1 × requests that no limit counted']);
    expect(i4.examples).toEqual(['call-10: the provider’s limits did not count its attempt 1']);
  });

  it('names a provider that had no limits at all', () => {
    const unlimited = within.map(({ rateLimit: _uncounted, ...unseen }) => unseen);
    expect(quotaIsKept(unlimited, { limits }).difference).toBe(10);
  });

  it('names more than the law allows, though the provider let it through', () => {
    const flood = Array.from({ length: 30 }, (_, index) => entry(index, index * 10));
    expect(quotaIsKept(flood, { limits }).broken).toEqual(['1 × requests over the quota']);
  });

  it('names a request that came too early', () => {
    const refusedBy = { limit: 0, perSecond: false, used: 10, requested: 1, tooLarge: false };
    const early = entry(10, 460, { outcome: 'refused', tokens: 0, refusedBy });
    expect(quotaIsKept([...within, early], { limits }).broken).toEqual(['1 × requests over the quota']);
  });
});

describe('I5', () => {
  /** The example’s call that was refused first, with its telemetry. */
  function judged(spoil: Spoil, maxAttempts = 3) {
    const books = exampleBooks();
    books.ledger = books.ledger?.map((entry) => ({
      ...entry,
      arrivedAtMs: entry.attempt * 20,
      headersAtMs: entry.attempt * 20 + 5,
    }));
    spoil(books);
    return retriesKeepTheRules(joinBooks(booksOf(books)), maxAttempts);
  }
  const asked: Spoil = (books) => changeFirst(books, { retryAfterMs: 1_000 });

  it('is content with the example', () => {
    expect(judged(() => {}).difference).toBe(0);
  });

  it('tells a Retry-After that was not read', () => {
    expect(judged(asked).broken).toEqual(['1 × ignored Retry-After']);
  });

  it('from one that was not waited for to its end', () => {
    const read: Spoil = (books) => {
      asked(books);
      changeSpans(books, ({ name }) => name === 'backoff', { 'telltale.wait.rule': 'server' });
    };
    expect(judged(read).broken).toEqual(['1 × retried before Retry-After was over']);
  });

  it('names a retry of a good answer', () => {
    const spoil: Spoil = (books) => {
      changeFirst(books, { status: 200 });
      const first = books.spans.find((span) => span.traceId === refusedThenOk && isAttempt(span));
      books.spans = books.spans.map((span) => {
        if (span !== first) return span;
        const { 'error.type': _type, ...attributes } = span.attributes;
        return { ...span, attributes };
      });
    };
    expect(judged(spoil).broken).toEqual(['1 × retried what cannot be helped']);
  });

  it('lets a good answer be asked for again that came when the client had given up', () => {
    const spoil: Spoil = (books) => {
      changeFirst(books, { status: 200 });
      changeAttempt(books, refusedThenOk, { 'error.type': 'timeout' });
    };
    expect(judged(spoil).difference).toBe(0);
  });

  it.each([403, 404, 422])('names a retry after a %i', (status) => {
    expect(judged((books) => changeFirst(books, { status })).broken).toEqual([
      '1 × retried what cannot be helped',
    ]);
  });

  it('counts attempts that never reached the provider', () => {
    const spoil: Spoil = (books) => {
      const span = books.spans.find((one) => one.traceId === failed && isAttempt(one));
      if (!span) throw new Error('no attempt');
      for (const spanId of ['eeeeeeeeeeeeeee1', 'eeeeeeeeeeeeeee2'])
        books.spans.push({ ...unanswered(span, 'connection_error'), spanId });
    };
    expect(judged(spoil).broken).toEqual(['2 × more attempts than allowed']);
  });
});

function changeK6(books: OpenBooks, callId: string, change: Partial<OpenBooks['calls'][number]>): void {
  books.calls = books.calls.map((call) => (call.callId === callId ? { ...call, ...change } : call));
}

function callSpan(books: OpenBooks, callId: string): SpanRecord {
  const span = books.spans.find((one) => one.traceId === callId && isCallSpan(one));
  if (!span) throw new Error('no call');
  return span;
}

/** The first attempt of a call. */
function changeAttempt(books: OpenBooks, callId: string, attributes: SpanRecord['attributes']): void {
  const first = books.spans.find((span) => span.traceId === callId && isAttempt(span));
  changeSpans(books, (span) => span === first, attributes);
}

function changeSpans(
  books: OpenBooks,
  which: (span: SpanRecord) => boolean,
  attributes: SpanRecord['attributes'],
): void {
  books.spans = books.spans.map((span) =>
    which(span) ? { ...span, attributes: { ...span.attributes, ...attributes } } : span,
  );
}

/** Of the first such span of the call that was refused first. */
function changeTimes(
  books: OpenBooks,
  which: (span: SpanRecord) => boolean,
  times: Partial<Pick<SpanRecord, 'startMs' | 'endMs'>>,
): void {
  const first = books.spans.find((span) => span.traceId === refusedThenOk && which(span));
  books.spans = books.spans.map((span) => (span === first ? { ...span, ...times } : span));
}

/** The request that was refused. */
function changeFirst(books: OpenBooks, change: Partial<LedgerEntry>): void {
  books.ledger = books.ledger?.map((entry) =>
    entry.callId === refusedThenOk && entry.attempt === 0 ? { ...entry, ...change } : entry,
  );
}
