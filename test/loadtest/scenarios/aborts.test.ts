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
}

const id = (index: number): string => index.toString(16).padStart(32, '0');

/** Ten calls, the first two of which are hung up after 100 ms; `change` is of the first. */
function broken({ outcome = 'cancelled', entry = {}, attributes = {} }: Change = {}): string[] {
  const calls = Array.from({ length: 10 }, (_, index) =>
    index < 2
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
  const ledger = calls.map(({ callId }, index) => ({
    ...ledgerEntry(callId, 0, 200),
    ...(index < 2 ? closed : {}),
    ...(index === 0 ? entry : {}),
  }));
  const spans = calls.flatMap(({ callId }, index) => {
    if (index >= 2) return spansOf(callId, [200]);
    const told = index === 0 ? { outcome, ...attributes } : { outcome: 'cancelled' };
    const { outcome: said, ...others } = told;
    return spansOf(callId, [503]).map((span) =>
      isCallSpan(span)
        ? {
            ...span,
            attributes: {
              ...span.attributes,
              'telltale.outcome': said,
              'telltale.usage.source': 'unknown',
              ...others,
            },
          }
        : span,
    );
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
    ]);
  });
});
