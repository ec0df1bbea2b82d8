import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../loadtest/report/html/index.ts';
import { markdownSummary } from '../../../loadtest/report/markdown/summary.ts';
import { readVerdictFile } from '../../../loadtest/report/read-verdict-file.ts';
import { terminalReport } from '../../../loadtest/report/terminal/report.ts';
import { verdictFileOf } from '../../../loadtest/report/verdict-file.ts';
import { costUsd, failed, type OpenBooks, refusedThenOk } from '../reconcile/example-books.ts';
import { exampleReport } from './example-report.ts';

/** A client that told nothing, but counts its retries as the official ones do. */
function silent(books: OpenBooks): void {
  books.spans = [];
  books.metrics = [];
  books.ledger = books.ledger?.map((entry) => ({ ...entry, retryCount: entry.attempt, phase: 'calm' }));
}

/** One that does not pass on whose its requests are, either. */
function anonymous(books: OpenBooks): void {
  silent(books);
  books.ledger = books.ledger?.map((entry) => ({ ...entry, callId: `anon-${entry.seq}` }));
}

const whole = (change: (books: OpenBooks) => void) => {
  const report = exampleReport(change);
  return {
    report,
    row: report.rows.find(({ phase }) => phase === 'all'),
    total: report.totals.find(({ phase }) => phase === 'all'),
  };
};

describe('the figures of a client', () => {
  it('come from its telemetry, where it told', () => {
    expect(whole(() => {})).toMatchObject({
      report: { source: 'telemetry' },
      row: { attemptsPerCall: 2, costUsd: 2 * costUsd },
      total: { requestsPerCall: 2, costUsd: 2 * costUsd },
    });
  });

  it('come from the ledger, where it told nothing; what it waited nobody knows', () => {
    const { report, row, total } = whole(silent);
    expect(report.source).toBe('ledger');
    expect(row).toMatchObject({
      attemptsPerCall: 2,
      inputTokens: 200,
      outputTokens: 60,
      costUsd: 2 * costUsd,
      backoffMs: Number.NaN,
      throttleMs: Number.NaN,
    });
    expect(total).toMatchObject({ requestsPerCall: 2, costUsd: 2 * costUsd, backoffMs: Number.NaN });
    expect(report.models).toMatchObject([{ model: 'gpt-5-mini', calls: 6, inputTokens: 200 }]);
    expect(report.errors).toEqual([
      { errorType: '503', outcome: 'error', calls: 1, attempts: 3, example: failed },
      { errorType: '429', outcome: 'ok', calls: 1, attempts: 1, example: refusedThenOk },
    ]);
    expect(report.timeline.reduce((sum, { retries }) => sum + retries, 0)).toBe(3);
  });

  it('are those of the whole ledger, where nobody knows whose a request was', () => {
    const { report, row, total } = whole(anonymous);
    expect(report.source).toBe('ledger in all');
    expect(row).toMatchObject({ attemptsPerCall: Number.NaN, costUsd: Number.NaN });
    expect(total).toMatchObject({
      requestsPerCall: 2,
      costUsd: 2 * costUsd,
      wasted: { tokens: Number.NaN },
    });
    expect(report.errors.map(({ errorType, outcome, calls }) => [errorType, outcome, calls])).toEqual([
      ['503', 'not known', 0],
      ['429', 'not known', 0],
      [expect.any(String), 'error', 1],
    ]);
  });

  it('have no retries where the client does not count them', () => {
    const { report } = whole((books) => {
      silent(books);
      books.ledger = books.ledger?.map(({ retryCount: _, ...entry }) => entry);
    });
    expect(report.timeline.every(({ retries }) => Number.isNaN(retries))).toBe(true);
    expect(renderReport(report)).toContain('retries not known');
  });

  it('are none without a ledger', () => {
    const { report, total } = whole((books) => {
      silent(books);
      books.ledger = undefined;
    });
    expect(report.source).toBe('none');
    expect(total).toMatchObject({ requestsPerCall: Number.NaN, costUsd: Number.NaN });
  });

  it.each([silent, anonymous])('that are not known are dashes, and null for a machine', (change) => {
    const { report } = whole(change);
    const page = renderReport(report);
    expect(page).toContain('nobody told of it');
    expect(page).not.toMatch(/three books|NaN|No call was retried|Attempts per call/);
    expect(terminalReport(report, [])).not.toMatch(/three books|NaN/);
    expect(markdownSummary(report)).not.toContain('NaN');
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'telltale-verdict-')), 'verdict.json');
    writeFileSync(file, JSON.stringify(verdictFileOf(report)));
    expect(readVerdictFile(file).phases.at(-1)).toMatchObject({ backoffMs: null, requestsPerCall: 2 });
  });
});

describe('the ways in which an invariant is broken', () => {
  it('are in every view', () => {
    const report = exampleReport();
    const [first, ...others] = report.invariants;
    if (!first) throw new Error('no invariant');
    const broken = {
      ...report,
      invariants: [{ ...first, difference: 3, broken: ['3 × wrong cost'] }, ...others],
    };
    expect(renderReport(broken)).toContain('<strong>3 × wrong cost</strong>');
    expect(terminalReport(broken, [])).toContain('broken: 3 × wrong cost');
    expect(markdownSummary(broken)).toContain('3 × wrong cost');
    expect(verdictFileOf(broken).invariants[0]?.broken).toEqual(['3 × wrong cost']);
  });
});

describe('the page', () => {
  it('does not say that no call was retried when those that were are among the slowest', () => {
    expect(renderReport(exampleReport())).toContain('Every call that was retried is among the slowest.');
  });
});
