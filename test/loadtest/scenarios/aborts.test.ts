import { describe, expect, it } from 'vitest';
import type { SpanRecord } from '../../../loadtest/otlp/spans.ts';
import { aborts } from '../../../loadtest/scenarios/aborts.ts';
import type { LedgerEntry } from '../../../src/mock/ledger.ts';
import { isCallSpan, k6Call, ledgerEntry, spansOf, usage } from '../reconcile/example-books.ts';
import { joined, judged, unmet } from './judged.ts';

interface Change {
  readonly outcome?: string;
  readonly entry?: Partial<LedgerEntry>;
  readonly attributes?: SpanRecord['attributes'];
  /** How long the wait of the third went on after its caller had left; null where nobody waits. */
  readonly waitMs?: number | null;
}

const id = (index: number): string => index.toString(16).padStart(32, '0');

/** Ten calls, the first three of which are hung up after 100 ms, the third while it waits to be tried again; a change is of the first. */
function broken({ outcome = 'cancelled', entry = {}, attributes = {}, waitMs = 4 }: Change = {}): string[] {
  const calls = Array.from({ length: 10 }, (_, index) =>
    index < 3
      ? { ...k6Call(id(index), 'cancelled'), startedMs: 0, leftAfterMs: 100 }
      : k6Call(id(index), 'ok'),
  );
  const closed = {
    status: null,
    end: 'client-closed',
    usage: null,
    usageSent: false,
    endedAtMs: 120,
  } as const;
  const told = waitMs === null ? {} : { retryAfterMs: 1_000 };
  const refused = { status: 429, end: 'complete', usage: null, usageSent: false, ...told } as const;
  const ledger = calls.map(({ callId }, index) => ({
    ...ledgerEntry(callId, 0, 200),
    ...(index < 2 ? closed : {}),
    ...(index === 0 ? entry : {}),
    ...(index === 2 ? refused : {}),
  }));
  const spans = calls.flatMap(({ callId }, index) => {
    if (index >= 3) return spansOf(callId, [200]);
    const told = index === 0 ? { outcome, ...attributes } : { outcome: 'cancelled' };
    const { outcome: said, ...others } = told;
    return spansOf(callId, [index === 2 ? 429 : 503]).map((span) => {
      if (index === 2 && span.kind === 'server' && waitMs !== null)
        return { ...span, attributes: { ...span.attributes, 'gateway.ended_after_left.ms': waitMs } };
      return isCallSpan(span)
        ? {
            ...span,
            attributes: {
              ...span.attributes,
              'telltale.outcome': said,
              'telltale.usage.source': 'unknown',
              ...others,
            },
          }
        : span;
    });
  });
  return unmet(judged(aborts, joined({ calls, ledger, spans })));
}

describe('a caller who hangs up', () => {
  it('is passed on: the provider sees the close, and the call is cancelled', () => {
    expect(broken()).toEqual([]);
  });

  it('must not be called anything else, unless the whole answer crossed', () => {
    expect(broken({ outcome: 'error' })).toEqual(['their calls, cancelled or crossed by the answer']);
    const whole = { status: 200, end: 'complete' } as const;
    expect(broken({ outcome: 'ok', entry: whole })).toEqual([]);
  });

  it('must not leave a request open at the provider', () => {
    const pending = { end: 'pending' } as const;
    expect(broken({ entry: pending })).toEqual([
      'requests that stayed open at the provider',
      'requests that the provider saw neither closed nor whole',
    ]);
  });

  it('must be seen by the provider soon, from the arrival where it left before', () => {
    const late = ['from the hang-up to the close at the provider, p99'];
    expect(broken({ entry: { endedAtMs: 601 } })).toEqual(late);
    expect(broken({ entry: { arrivedAtMs: 400, endedAtMs: 900 } })).toEqual([]);
    expect(broken({ entry: { arrivedAtMs: 400, endedAtMs: 901 } })).toEqual(late);
  });

  it('must not be billed unseen', () => {
    const begun = { status: 200, usage: { ...usage } };
    expect(broken({ entry: begun })).toEqual(['billed, and not in the telemetry']);
    expect(broken({ entry: begun, attributes: { 'telltale.usage.source': 'estimated' } })).toEqual([]);
  });

  it('is needed for the run to say anything', () => {
    const calls = [k6Call(id(5), 'ok')];
    expect(unmet(judged(aborts, joined({ calls })))).toEqual([
      'callers who hung up',
      'from the hang-up to the close at the provider, p99',
      'callers who hung up in a wait before a retry',
    ]);
  });

  it('in a wait must have it ended at once', () => {
    expect(broken({ waitMs: 50 })).toEqual([]);
    expect(broken({ waitMs: 51 })).toEqual(['from their hang-up to the end of the wait, p99']);
    expect(broken({ waitMs: null })).toEqual(['callers who hung up in a wait before a retry']);
  });
});
