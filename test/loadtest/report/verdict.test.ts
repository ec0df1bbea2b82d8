import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import { Receipts } from '../../../loadtest/otlp/received.ts';
import { buildReport } from '../../../loadtest/report/build.ts';
import type { RunReport } from '../../../loadtest/report/model.ts';
import { terminalReport } from '../../../loadtest/report/terminal/report.ts';
import { type VerdictInput, verdictOf } from '../../../loadtest/report/verdict.ts';
import { scenarios } from '../../../loadtest/scenarios/index.ts';
import { booksOf, exampleBooks, reconciled } from '../reconcile/example-books.ts';

const nothingReceived = new Receipts().all;

const good: VerdictInput = {
  calls: 3,
  summary: { iterations: 3, dropped: 0, thresholds: [] },
  reconciliation: reconciled(),
  cutShort: undefined,
  k6Failure: undefined,
};

function report(change: Partial<VerdictInput> = {}): RunReport {
  const { chaos } = scenarios;
  if (!chaos) throw new Error('no scenario');
  const input = { ...good, ...change };
  return buildReport({
    header: {
      scenario: 'chaos',
      seed: 1,
      startedAt: '2026-11-24T00:00:00.000Z',
      durationMs: 4_000,
      offeredPerSecond: { json: 10, streams: 3 },
      versions: { node: '24' },
      machine: 'a machine',
      partial: false,
    },
    scenario: chaos,
    joined: joinBooks(booksOf(exampleBooks())),
    reconciliation: input.reconciliation,
    verdict: verdictOf(input),
    telemetry: { metricPoints: 2, exportFailures: 0, received: nothingReceived },
  });
}

describe('the verdict', () => {
  it('is green when nothing speaks against it', () => {
    expect(verdictOf(good)).toEqual({ green: true, reasons: [] });
  });

  it('names the invariant that broke', () => {
    const reconciliation = reconciled((books) => books.iterations++);
    expect(verdictOf({ ...good, reconciliation })).toEqual({
      green: false,
      reasons: [
        'I2 is broken, difference 1: Every call has exactly one outcome, and its caller saw the same',
      ],
    });
  });

  it('is void when k6 dropped iterations', () => {
    const summary = {
      iterations: 3,
      dropped: 9,
      thresholds: [{ name: 'dropped_iterations', expression: 'count==0', measured: '9', ok: false }],
    };
    const verdict = verdictOf({ ...good, summary });
    expect(verdict).toMatchObject({ green: false, void: true });
    expect(verdict.reasons).toEqual([
      expect.stringContaining('k6 could not keep its arrival rate and dropped 9'),
    ]);
  });

  it.each<[string, Partial<VerdictInput>]>([
    ['cut short: it was stopped', { cutShort: 'it was stopped' }],
    ['k6 failed: it broke', { k6Failure: 'it broke' }],
    ['no call was made', { calls: 0 }],
    [
      'I1 cannot be judged: the book is gone',
      { reconciliation: { invariants: [], unjudged: [{ ids: ['I1'], because: 'the book is gone' }] } },
    ],
    [
      'threshold crossed: call_ok rate==1, measured 0.900',
      {
        summary: {
          iterations: 1,
          dropped: 0,
          thresholds: [{ name: 'call_ok', expression: 'rate==1', measured: '0.900', ok: false }],
        },
      },
    ],
  ])('is red: %s', (reason, change) => {
    expect(verdictOf({ ...good, ...change })).toEqual({ green: false, reasons: [reason] });
  });
});

describe('the report in the terminal', () => {
  const lines = (change?: Partial<VerdictInput>) =>
    stripVTControlCharacters(terminalReport(report(change), ['loadtest/out/report.html']))
      .trimEnd()
      .split('\n');

  it('ends with green and the number of calls', () => {
    expect(lines().at(-1)).toBe(
      'GREEN: 3 calls, none dropped, every threshold held, every difference is 0 (I1, I2, I3, I6, I7, I8, I9)',
    );
  });

  it('ends with red and every reason', () => {
    expect(lines({ cutShort: 'it was stopped', calls: 0 }).at(-1)).toBe(
      'RED: cut short: it was stopped; no call was made',
    );
  });

  it('ends with void when k6 dropped iterations', () => {
    expect(lines({ summary: { iterations: 3, dropped: 9, thresholds: [] } }).at(-1)).toMatch(/^VOID: /);
  });

  it('shows every invariant with its counts and difference, and the files', () => {
    const text = lines().join('\n');
    for (const id of ['I1', 'I2', 'I3', 'I6', 'I7', 'I8', 'I9'])
      expect(text).toMatch(new RegExp(`ok +${id} `));
    expect(text.match(/difference: 0/g)).toHaveLength(7);
    expect(text).toContain('requests in the ledger: 6');
    expect(text).toContain('loadtest/out/report.html');
  });

  it('keeps its columns in line', () => {
    const from = lines().indexOf('How long calls took');
    const table = lines().slice(from + 1, from + 4);
    expect(table.map((line) => line.trim().split(' ')[0])).toEqual(['phase', 'calm', 'all']);
    const ends = table.map((line) => line.indexOf('JSON') + line.indexOf('kind'));
    expect(new Set(ends).size).toBe(1);
  });
});
