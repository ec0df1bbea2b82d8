import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import type { K6Call } from '../../../loadtest/k6/record.ts';
import type { MetricTotal } from '../../../loadtest/otlp/metrics.ts';
import type { SpanRecord } from '../../../loadtest/otlp/spans.ts';
import { budget } from '../../../loadtest/scenarios/budget.ts';
import { outage } from '../../../loadtest/scenarios/outage.ts';
import type { Load, RunFacts, Scenario } from '../../../loadtest/scenarios/scenario.ts';
import { storm } from '../../../loadtest/scenarios/storm.ts';
import type { LedgerEntry } from '../../../src/mock/ledger.ts';
import { booksOf, exampleBooks, k6Call, ledgerEntry } from '../reconcile/example-books.ts';

const load: Load = { callsPerSecond: 10, durationMs: 60_000 };
const noFacts: RunFacts = { events: [], samples: [] };

interface Books {
  readonly calls?: readonly K6Call[];
  readonly ledger?: readonly LedgerEntry[];
  readonly spans?: readonly SpanRecord[];
  readonly metrics?: readonly MetricTotal[];
}

/** The names of the conditions that are not met. */
function broken(scenario: Scenario, { calls = [], ledger = [], spans = [], metrics = [] }: Books): string[] {
  const open = {
    ...exampleBooks(),
    calls: [...calls],
    ledger: [...ledger],
    spans: [...spans],
    metrics: [...metrics],
  };
  const judgement = scenario.judge?.(joinBooks(booksOf(open)), load, noFacts);
  if (!judgement) throw new Error('it does not judge');
  return judgement.conditions.filter(({ ok }) => !ok).map(({ name }) => name);
}

/** 100 calls of a phase, and the requests that each made. */
function made(
  phase: string,
  startedMs: number,
  change: (index: number) => Partial<K6Call>,
  requests: number,
) {
  const calls = Array.from({ length: 100 }, (_, index) => ({
    ...k6Call(`${phase}-${index}`, 'ok'),
    phase,
    startedMs,
    ...change(index),
  }));
  const ledger = calls.flatMap(({ callId }) =>
    Array.from({ length: requests }, (_, attempt) => ledgerEntry(callId, attempt, 200)),
  );
  return { calls, ledger };
}

describe('the aims of the storm', () => {
  it('are met by what is good enough', () => {
    expect(
      broken(
        storm,
        made('storm', 16_000, (index) => (index === 0 ? { outcome: 'error' } : {}), 1),
      ),
    ).toEqual([]);
  });

  it('are success within the deadline', () => {
    const failing = made('storm', 16_000, (index) => (index < 2 ? { outcome: 'error' } : {}), 1);
    expect(broken(storm, failing)).toEqual(['succeeded within the deadline']);
  });

  it('are few requests', () => {
    expect(
      broken(
        storm,
        made('storm', 16_000, () => ({}), 2),
      ),
    ).toEqual(['requests for each call in the trouble']);
  });

  it('are an end of the trouble soon after its end', () => {
    const late = (index: number) => (index === 0 ? { durationMs: 2_500 } : {});
    expect(broken(storm, made('calm-again', 30_001, late, 1))).toEqual(['recovered after']);
    expect(broken(storm, made('calm-again', 29_999, late, 1))).toEqual([]);
  });
});

describe('an open breaker in the outage', () => {
  const refused = (ms: number, attempts: number): SpanRecord[] => {
    const base = { traceId: 'r', scope: 'telltale', kind: 'client', error: false, startMs: 0 } as const;
    return [
      {
        ...base,
        spanId: 'call',
        name: 'chat',
        endMs: ms,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'telltale.outcome': 'refused',
          'error.type': 'breaker_open',
        },
      },
      ...Array.from({ length: attempts }, (_, index) => ({
        ...base,
        spanId: `attempt-${index}`,
        name: 'POST',
        endMs: 1,
        attributes: { 'http.request.method': 'POST' },
      })),
    ];
  };

  it('must refuse, and fast', () => {
    expect(broken(outage, { spans: refused(4.9, 0) })).toEqual([]);
    expect(broken(outage, { spans: refused(5, 0) })).toEqual(['of them the p99']);
    expect(broken(outage, {})).toEqual(['calls that an open breaker refused']);
  });

  it('is not what a call waited for that had been sent before', () => {
    expect(broken(outage, { spans: refused(5_000, 1) })).toEqual(['calls that an open breaker refused']);
  });
});

describe('the budget', () => {
  const { options } = budget;
  const given = options?.(load).budget;
  const usd = given && 'usd' in given ? given.usd : 0;
  /** Each answer of the example costs 80,500 nano-dollars. */
  const answers = Math.floor((usd * 1e9) / 80_500);
  const told = (count: number): MetricTotal => ({
    name: 'telltale.budget.spent',
    attributes: {},
    sum: (count * 80_500) / 1e9,
  });
  const spent = (count: number) =>
    Array.from({ length: count }, (_, index) => ledgerEntry(`call-${index}`, 0, 200));
  const refusal = (errorType: string): SpanRecord => ({
    traceId: 'refused',
    spanId: 's',
    name: 'chat',
    kind: 'client',
    scope: 'telltale',
    startMs: 0,
    endMs: 1,
    error: false,
    attributes: { 'gen_ai.operation.name': 'chat', 'telltale.outcome': 'refused', 'error.type': errorType },
  });
  const forMoney = [refusal('budget_exceeded')];

  it('is content with the last dollar that fits', () => {
    const books = { ledger: spent(answers), metrics: [told(answers - 1), told(answers)], spans: forMoney };
    expect(broken(budget, books)).toEqual([]);
  });

  it('must not be passed', () => {
    const over = { ledger: spent(answers + 1), metrics: [told(answers + 1)], spans: forMoney };
    expect(broken(budget, over)).toEqual(['spent, by the ledger']);
  });

  it('must be counted to the nano-dollar', () => {
    const off = { name: 'telltale.budget.spent', attributes: {}, sum: told(answers).sum + 1e-9 };
    expect(broken(budget, { ledger: spent(answers), metrics: [off], spans: forMoney })).toEqual([
      'the budget’s own count',
    ]);
  });

  it('must be used, and refuse for money alone', () => {
    const half = Math.floor(answers / 2);
    expect(broken(budget, { ledger: spent(half), metrics: [told(half)], spans: [] })).toEqual([
      'part of the budget that was used',
      'refused, and all of them for money',
    ]);
    const mixed = [...forMoney, { ...refusal('queue_full'), traceId: 'other' }];
    expect(broken(budget, { ledger: spent(answers), metrics: [told(answers)], spans: mixed })).toEqual([
      'refused, and all of them for money',
    ]);
  });
});
