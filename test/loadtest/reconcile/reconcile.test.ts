import { describe, expect, it } from 'vitest';
import type { SpanRecord } from '../../../loadtest/otlp/spans.ts';
import {
  addTo,
  broken,
  changeCallSpan,
  changeEntry,
  failed,
  find,
  isAttempt,
  isCallSpan,
  k6Call,
  ledgerEntry,
  type OpenBooks,
  ok,
  reconciled,
  recount,
  refusedThenOk,
  spansOf,
  unanswered,
} from './example-books.ts';

type Spoil = (books: OpenBooks) => void;

describe('books that agree', () => {
  it('have every difference at 0', () => {
    const { invariants, unjudged } = reconciled();
    expect(invariants.map(({ id, difference }) => [id, difference])).toEqual([
      ['I1', 0],
      ['I2', 0],
      ['I3', 0],
      ['I6', 0],
      ['I7', 0],
      ['I8', 0],
      ['I9', 0],
    ]);
    expect(unjudged).toEqual([]);
  });
});

/** A limiter held the first attempt of one call for a while, and let every other attempt go at once. */
function withLimiter(books: OpenBooks): void {
  const attempts = books.spans.filter(isAttempt);
  const [first] = attempts;
  if (!first) throw new Error('no attempt');
  books.spans.push({ ...first, spanId: 'throttle', name: 'throttle', kind: 'internal', attributes: {} });
  changeCallSpan(books, first.traceId, { 'telltale.throttle.ms': first.endMs - first.startMs });
  books.metrics.push({ name: 'telltale.throttle.wait', attributes: {}, sum: 1, count: attempts.length });
}

describe('waits for a limit', () => {
  it('are spans of their own, and the metric counts every attempt that was let go', () => {
    expect(broken(withLimiter)).toEqual([]);
    const spoilt = (books: OpenBooks): void => {
      withLimiter(books);
      addTo(books, 'telltale.throttle.wait', { count: 1 });
    };
    expect(broken(spoilt)).toEqual(['I7']);
  });

  it('are not what a lost attempt breaks', () => {
    const spoilt = (books: OpenBooks): void => {
      withLimiter(books);
      const waits = books.metrics.filter(({ name }) => name === 'telltale.throttle.wait');
      loseAttempt(books);
      books.metrics.push(...waits);
    };
    expect(broken(spoilt)).toEqual(['I3']);
  });

  it('must hang under their call', () => {
    const spoilt = (books: OpenBooks): void => {
      withLimiter(books);
      books.spans = books.spans.map((span) =>
        span.name === 'throttle' ? { ...span, parentSpanId: 'elsewhere' } : span,
      );
    };
    expect(broken(spoilt)).toEqual(['I7']);
  });

  it('may end in a refusal: a call without any attempt', () => {
    const refuse = (books: OpenBooks): void => {
      withLimiter(books);
      books.calls = books.calls.map((call) => (call.callId === ok ? { ...call, outcome: 'refused' } : call));
      const free = {
        'telltale.outcome': 'refused',
        'telltale.attempts': 0,
        'telltale.usage.source': 'unknown',
        'error.type': 'queue_full',
        'telltale.throttle.ms': 100,
      };
      books.spans = books.spans
        .filter((span) => span.traceId !== ok || !isAttempt(span))
        .map((span) =>
          span.traceId === ok && isCallSpan(span)
            ? { ...span, attributes: { 'gen_ai.operation.name': 'chat', ...free } }
            : span,
        );
      const call = books.spans.find((span) => span.traceId === ok && isCallSpan(span));
      if (!call) throw new Error('no call');
      books.spans.push({
        ...call,
        spanId: 'refusal',
        parentSpanId: call.spanId,
        name: 'throttle',
        kind: 'internal',
        attributes: { 'error.type': 'queue_full' },
      });
      books.ledger = books.ledger?.filter(({ callId }) => callId !== ok);
      const waits = books.metrics.filter(({ name }) => name === 'telltale.throttle.wait');
      recount(books);
      books.metrics.push(...waits);
    };
    expect(broken(refuse)).toEqual([]);
  });
});

describe('a disagreement breaks the invariant that names it, and no other', () => {
  const cases: readonly [string, string, Spoil][] = [
    [
      'I1',
      'a success that the ledger never gave',
      (books) => {
        changeCallSpan(books, failed, { 'telltale.outcome': 'ok' });
        recount(books);
        books.calls = books.calls.map((call) => (call.callId === failed ? { ...call, outcome: 'ok' } : call));
      },
    ],
    [
      'I1',
      'an error for a call that was answered in full',
      (books) => {
        changeCallSpan(books, ok, { 'telltale.outcome': 'error', 'error.type': 'server_error' });
        recount(books);
        books.calls = books.calls.map((call) => (call.callId === ok ? { ...call, outcome: 'error' } : call));
      },
    ],
    ['I2', 'a call that k6 never heard of again', (books) => books.calls.pop()],
    ['I2', 'a call that k6 recorded twice', (books) => books.calls.push(k6Call(ok, 'ok'))],
    [
      'I2',
      'a caller that got no answer',
      (books) => {
        books.calls = books.calls.map((call) => (call.callId === ok ? { ...call, outcome: 'lost' } : call));
      },
    ],
    [
      'I2',
      'a call that was lost on its way to the gateway',
      (books) => {
        books.calls.push(k6Call('f'.repeat(32), 'lost'));
        books.iterations++;
      },
    ],
    ['I2', 'an iteration without a record', (books) => books.iterations++],
    ['I3', 'an attempt that telemetry lost', (books) => loseAttempt(books)],
    [
      'I3',
      'a request that the telemetry knows nothing of',
      (books) => books.ledger?.unshift(ledgerEntry(ok, 0, 429)),
    ],
    [
      'I3',
      'an attempt with another status than the provider sent',
      (books) => {
        books.spans = books.spans.map((span) =>
          span.attributes['http.response.status_code'] === 429
            ? { ...span, attributes: { ...span.attributes, 'http.response.status_code': 500 } }
            : span,
        );
      },
    ],
    [
      'I3',
      'a counter of attempts that is one short',
      (books) => addTo(books, 'telltale.attempts', { sum: -1 }),
    ],
    [
      'I6',
      'doubled tokens, in spans and metrics alike',
      (books) => {
        changeCallSpan(books, ok, { 'gen_ai.usage.input_tokens': 200 });
        addTo(books, 'telltale.tokens', { sum: 100 });
        addTo(books, 'gen_ai.client.token.usage', { sum: 100 });
      },
    ],
    ['I6', 'a cost that is one nano-dollar off', (books) => changeEntryCost(books)],
    ['I6', 'a counter of tokens that is one off', (books) => addTo(books, 'telltale.tokens', { sum: 1 })],
    [
      'I6',
      'a token histogram that is one off',
      (books) => addTo(books, 'gen_ai.client.token.usage', { sum: 1 }),
    ],
    [
      'I6',
      'a cost counter that is one nano-dollar off',
      (books) => addTo(books, 'telltale.cost', { sum: 1e-9 }),
    ],
    [
      'I6',
      'an estimate where the provider told the tokens',
      (books) => changeCallSpan(books, ok, { 'telltale.usage.source': 'estimated' }),
    ],
    [
      'I6',
      'a model without a price',
      (books) => {
        changeEntry(books, ok, { model: 'gpt-unheard-of' });
        changeCallSpan(books, ok, { 'gen_ai.request.model': 'gpt-unheard-of' });
        recount(books);
      },
    ],
    [
      'I3',
      'a request for another model than the telemetry says',
      (books) => changeEntry(books, failed, { model: 'gpt-5-nano' }),
    ],
    [
      'I7',
      'a call span that never ended',
      (books) => {
        books.spans = books.spans.filter((span) => span.traceId !== failed || !isCallSpan(span));
        recount(books);
      },
    ],
    [
      'I7',
      'an attempt that hangs under nothing',
      (books) => changeSpan(books, ok, isAttempt, { parentSpanId: 'ffffffffffffffff' }),
    ],
    [
      'I7',
      'a call in a trace of its own',
      (books) => changeSpan(books, ok, isCallSpan, { parentSpanId: 'ffffffffffffffff' }),
    ],
    [
      'I7',
      'a gateway span that does not hang under k6',
      (books) => changeSpan(books, ok, ({ kind }) => kind === 'server', { parentSpanId: 'ffffffffffffffff' }),
    ],
    [
      'I7',
      'a span of the wrapper that is no call, attempt or wait',
      (books) => changeSpan(books, failed, ({ name }) => name === 'backoff', { name: 'nap' }),
    ],
    [
      'I7',
      'a metric that counted an end more than there are spans',
      (books) => addTo(books, 'gen_ai.client.operation.duration', { count: 1 }),
    ],
  ];
  it.each(cases)('%s: %s', (id, _what, spoil) => {
    expect(broken(spoil)).toEqual([id]);
  });

  it('tells two outcomes for one call apart from two calls', () => {
    const twice: Spoil = (books) => {
      const span = books.spans.find((one) => one.traceId === ok && isCallSpan(one));
      if (span) books.spans.push({ ...span, spanId: 'eeeeeeeeeeeeeeee' });
    };
    expect(find('I2', twice)).toMatchObject({ difference: 1, examples: [`${ok}: it ended 2 times`] });
  });

  it('names the call and both sides in its examples', () => {
    const { examples } = find('I3', loseAttempt);
    expect(examples).toEqual([
      `${refusedThenOk}: its call counts 2 attempts, and has 1`,
      `${refusedThenOk}: 0 attempts in telemetry with status 429, 1 at the provider`,
    ]);
  });
});

describe('what is no disagreement', () => {
  it('counts attempts that never reached the provider apart', () => {
    const unreached: Spoil = (books) => {
      const [span] = books.spans.filter((one) => one.traceId === failed && isAttempt(one));
      if (!span) return;
      books.spans.push({ ...unanswered(span, 'connection_error'), spanId: 'eeeeeeeeeeeeeeee' });
      changeCallSpan(books, failed, { 'telltale.attempts': 4 });
      recount(books);
    };
    expect(broken(unreached)).toEqual([]);
    expect(find('I3', unreached).notes).toEqual(['1 attempts never reached the provider']);
  });

  it('lists an answer that crossed an abort as a race', () => {
    const crossed: Spoil = (books) => {
      changeCallSpan(books, failed, { 'telltale.outcome': 'cancelled', 'error.type': 'cancelled' });
      books.calls = books.calls.map((call) =>
        call.callId === failed ? { ...call, outcome: 'cancelled' } : call,
      );
      changeEntry(books, failed, { status: 200, end: 'client-closed' });
      const last = books.spans.findLast((span) => span.traceId === failed && isAttempt(span));
      books.spans = books.spans.map((span) => (span === last ? unanswered(span, 'cancelled') : span));
      recount(books);
    };
    expect(broken(crossed)).toEqual([]);
    expect(find('I3', crossed).notes).toEqual(['1 × the client gave up while the answer came: a race']);
  });

  it('matches a reset connection with an attempt that has no status', () => {
    const reset: Spoil = (books) => {
      changeEntry(books, failed, { status: null, end: 'reset' });
      const last = books.spans.findLast((span) => span.traceId === failed && isAttempt(span));
      books.spans = books.spans.map((span) => (span === last ? unanswered(span, 'connection_error') : span));
      recount(books);
    };
    expect(broken(reset)).toEqual([]);
    expect(find('I3', reset).notes).toEqual([]);
  });

  it('lists an abort that crossed the answer as a race', () => {
    const aborted: Spoil = (books) => {
      changeCallSpan(books, ok, { 'telltale.outcome': 'cancelled' });
      recount(books);
      books.calls = books.calls.map((call) =>
        call.callId === ok ? { ...call, outcome: 'cancelled' } : call,
      );
    };
    expect(broken(aborted)).toEqual([]);
    expect(find('I1', aborted).notes).toEqual(['1 × an abort crossed a whole answer: both books are right']);
  });

  it('prints how far an estimate is off, and does not hold it against the run', () => {
    const estimated: Spoil = (books) => {
      changeEntry(books, ok, { usageSent: false });
      changeCallSpan(books, ok, { 'telltale.usage.source': 'estimated' });
    };
    expect(broken(estimated)).toEqual([]);
    expect(find('I6', estimated).notes[0]).toBe(
      '1 calls with estimated tokens: 130 against 130 in the ledger (0.0 %)',
    );
  });

  it('lets a run that was cut short have calls under way', () => {
    const cut: Spoil = (books) => {
      books.calls.pop();
      books.cutShort = true;
    };
    expect(broken(cut)).toEqual([]);
    expect(find('I2', cut).notes).toEqual(['1 calls were under way when the run was cut short']);
  });
});

describe('a missing book', () => {
  it('leaves what needs the ledger unjudged when it died with the mock', () => {
    const { invariants, unjudged } = reconciled((books) => {
      books.ledger = undefined;
    });
    expect(invariants.map(({ id }) => id)).toEqual(['I2', 'I7']);
    expect(unjudged).toEqual([
      { ids: ['I1', 'I3', 'I6', 'I8', 'I9'], because: 'the mock provider’s ledger is missing' },
    ]);
  });

  it('leaves everything unjudged when the gateway died before it had drained', () => {
    const { invariants, unjudged } = reconciled((books) => {
      books.openCalls = undefined;
    });
    expect(invariants).toEqual([]);
    expect(unjudged[0]?.ids).toEqual(['I1', 'I2', 'I3', 'I6', 'I7', 'I8', 'I9']);
  });
});

describe('a call that only some books know', () => {
  it('is found by I2 when the provider knows it', () => {
    const stranger: Spoil = (books) => {
      books.ledger?.push(ledgerEntry('f'.repeat(32), 0, 200));
    };
    expect(find('I2', stranger).difference).toBe(1);
  });

  it('is found by I7 when it is a trace that k6 did not begin', () => {
    const stranger: Spoil = (books) => books.spans.push(...spansOf('f'.repeat(32), [200]));
    expect(find('I7', stranger).examples[0]).toContain('a trace that k6 did not begin');
  });
});

function loseAttempt(books: OpenBooks): void {
  books.spans = books.spans.filter((span) => span.attributes['http.response.status_code'] !== 429);
  recount(books);
}

/** The span and the counter agree, and both are wrong. */
function changeEntryCost(books: OpenBooks): void {
  const span = books.spans.find((one) => one.traceId === ok && isCallSpan(one));
  const cost = span?.attributes['telltale.cost.usd'];
  if (typeof cost === 'number') changeCallSpan(books, ok, { 'telltale.cost.usd': cost + 1e-9 });
  addTo(books, 'telltale.cost', { sum: 1e-9 });
}

function changeSpan(
  books: OpenBooks,
  callId: string,
  which: (span: SpanRecord) => boolean,
  change: Partial<SpanRecord>,
): void {
  const found = books.spans.find((span) => span.traceId === callId && which(span));
  books.spans = books.spans.map((span) => (span === found ? { ...span, ...change } : span));
}
