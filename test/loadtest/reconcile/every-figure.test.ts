import { describe, expect, it } from 'vitest';
import type { MetricTotal } from '../../../loadtest/otlp/metrics.ts';
import type { SpanRecord } from '../../../loadtest/otlp/spans.ts';
import type { LedgerEntry } from '../../../src/mock/ledger.ts';
import { broken, exampleBooks, failed, isAttempt, isCallSpan, type OpenBooks } from './example-books.ts';

/**
 * Every figure of every book is changed, one at a time: something must notice. What may be anything is listed here, so
 * that a figure which nobody checks is left unchecked on purpose.
 */
const unchecked = {
  call: {
    'gen_ai.operation.name': 'what was asked, not what became of it',
    'error.type': 'the class of an error; the status behind it is checked with the caller and the attempts',
  },
  attempt: {
    'http.request.method': 'the request',
    'error.type': 'that there is one is checked, where a stream broke off or no answer came',
  },
  wait: { 'telltale.wait.rule': 'I5 reads it, which is a scenario’s own' },
  ledger: {
    seq: 'order',
    attempt: 'order',
    method: 'the request',
    path: 'the request',
    endpoint: 'decides only what an empty answer is',
    streamed: 'the request',
    phase: 'when',
    phaseIndex: 'when',
    arrivedAtMs: 'when; I5 reads it, which is a scenario’s own',
    fault: 'why the provider did what it did; I5 reads it, which is a scenario’s own',
    chunksSent: 'the application may stop reading',
  },
  k6: {
    kind: 'decides only which finish is compared',
    streamed: 'what was asked',
    model: 'what was asked',
    phase: 'when',
    startedMs: 'when',
    durationMs: 'how long',
    firstByteMs: 'how long',
    httpStatus: 'the gateway’s own',
  },
} as const;

type Change = (books: OpenBooks) => void;

/** Something else of the same type. */
function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 7;
  if (typeof value === 'boolean') return !value;
  return `${String(value)}-else`;
}

/** A change of each attribute of the first span of each kind and outcome. */
function ofSpans(
  which: (span: SpanRecord) => boolean,
  known: Readonly<Record<string, string>>,
): [string, Change][] {
  const seen = new Set<string>();
  return exampleBooks().spans.flatMap((span, index) => {
    if (!which(span)) return [];
    return Object.keys(span.attributes).flatMap((name): [string, Change][] => {
      if (name in known || seen.has(`${name} ${span.traceId}`)) return [];
      seen.add(`${name} ${span.traceId}`);
      return [
        [
          `${name} of ${span.name} ${span.traceId === failed ? 'that failed' : span.traceId.slice(-4)}`,
          (books) => {
            books.spans = books.spans.map((one, place) =>
              place === index
                ? { ...one, attributes: { ...one.attributes, [name]: other(one.attributes[name]) as never } }
                : one,
            );
          },
        ],
      ];
    });
  });
}

function ofMetrics(): [string, Change][] {
  return exampleBooks().metrics.flatMap((total, index) => {
    const change = (changed: (one: MetricTotal) => MetricTotal): Change => {
      return (books) => {
        books.metrics = books.metrics.map((one, place) => (place === index ? changed(one) : one));
      };
    };
    const label = `${total.name} ${JSON.stringify(total.attributes)}`;
    const attributes = Object.keys(total.attributes).map((name): [string, Change] => [
      `${name} of ${label}`,
      change((one) => ({
        ...one,
        attributes: { ...one.attributes, [name]: other(one.attributes[name]) as never },
      })),
    ]);
    // How long something took is no book's business but its own; how often it happened is.
    const isTime = /duration|wait/.test(total.name);
    const isEmpty = total.sum === 0;
    return [
      ...(isEmpty ? [] : attributes),
      ...(isTime
        ? []
        : [
            [`the sum of ${label}`, change((one) => ({ ...one, sum: one.sum + 1 }))] satisfies [
              string,
              Change,
            ],
          ]),
      ...(isTime
        ? [
            [`the count of ${label}`, change((one) => ({ ...one, count: (one.count ?? 0) + 1 }))] satisfies [
              string,
              Change,
            ],
          ]
        : []),
    ];
  });
}

/** Of the last entry, which is of the call that failed, and of that of a call that succeeded. */
function ofLedger(): [string, Change][] {
  const entries = exampleBooks().ledger ?? [];
  return [entries.findIndex(({ status }) => status === 200), entries.length - 1].flatMap((index) =>
    Object.entries(flat(entries[index])).flatMap(([name, value]): [string, Change][] => {
      const isUnchecked = name in unchecked.ledger || value === null;
      // Of an error its status is all that counts: it used nothing, and nobody needs the end of its body.
      if (isUnchecked || (entries[index]?.status !== 200 && /usage|end/.test(name))) return [];
      return [
        [
          `${name} of a request with status ${entries[index]?.status}`,
          (books) => {
            toldMore(books);
            books.ledger = books.ledger?.map((entry, place) =>
              place === index ? unflat({ ...flat(entry), [name]: other(value) }) : entry,
            );
          },
        ],
      ];
    }),
  );
}

function flat(entry: LedgerEntry | undefined): Record<string, unknown> {
  const { usage, ...others } = entry ?? ({} as LedgerEntry);
  const tokens = Object.entries(usage ?? {}).map(([name, count]) => [`usage.${name}`, count]);
  return { ...others, ...Object.fromEntries(tokens) };
}

function unflat(fields: Record<string, unknown>): LedgerEntry {
  const entries = Object.entries(fields);
  const usage = entries.flatMap(([name, value]) =>
    name.startsWith('usage.') ? [[name.slice('usage.'.length), value]] : [],
  );
  const others = entries.filter(([name]) => !name.startsWith('usage.'));
  return {
    ...(Object.fromEntries(others) as unknown as LedgerEntry),
    usage: usage.length === 0 ? null : Object.fromEntries(usage),
  };
}

/** What a caller tells of its calls, over what the example has. */
function toldMore(books: OpenBooks): void {
  books.calls = books.calls.map((call) => {
    const last = books.ledger?.findLast(({ callId }) => callId === call.callId);
    return {
      ...call,
      ...(last && { requestId: last.requestId }),
      ...(call.outcome === 'ok' ? { finishReason: 'stop' } : { status: 503 }),
    };
  });
}

function ofK6(): [string, Change][] {
  const books = exampleBooks();
  toldMore(books);
  return books.calls.flatMap((call, index) =>
    Object.entries(call).flatMap(([name, value]): [string, Change][] => {
      if (name in unchecked.k6) return [];
      return [
        [
          `${name} of the caller of ${call.outcome} ${index}`,
          (changed) => {
            toldMore(changed);
            changed.calls = changed.calls.map((one, place) =>
              place === index ? { ...one, [name]: other(value) } : one,
            );
          },
        ],
      ];
    }),
  );
}

describe('a change of one figure is noticed', () => {
  it('where nothing is changed, nothing is', () => {
    expect(broken(() => {})).toEqual([]);
    expect(broken(toldMore)).toEqual([]);
  });

  it.each([
    ...ofSpans(isCallSpan, unchecked.call),
    ...ofSpans(isAttempt, unchecked.attempt),
    ...ofSpans(({ name }) => name === 'backoff', unchecked.wait),
    ...ofMetrics(),
    ...ofLedger(),
    ...ofK6(),
  ])('%s', (_figure, change) => {
    expect(broken(change)).not.toEqual([]);
  });
});
