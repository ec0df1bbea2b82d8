import { describe, expect, it } from 'vitest';
import { K6BookKeeper, readSummary } from '../../../loadtest/books/k6.ts';
import { k6Call } from '../reconcile/example-books.ts';

const keeper = (...lines: string[]) => {
  let started = 0;
  const kept = new K6BookKeeper(() => started++);
  for (const line of lines) kept.take(line);
  return { kept, started: () => started };
};

describe('k6’s standard output', () => {
  it('is read into records, a summary and k6’s own messages', () => {
    const call = k6Call('a'.repeat(32), 'ok');
    const { kept, started } = keeper(
      JSON.stringify({ k6: 'started' }),
      '',
      JSON.stringify({ k6: 'call', ...call }),
      'Insufficient VUs, reached 10 active VUs and cannot initialize more',
      JSON.stringify({ k6: 'summary', data: { metrics: { iterations: { values: { count: 1 } } } } }),
      '{"k6":"cal',
    );
    expect(started()).toBe(1);
    expect(kept.close(false)).toEqual({
      calls: [call],
      summary: { iterations: 1, dropped: 0, thresholds: [] },
      cutShort: false,
    });
    expect(kept.messages).toEqual([
      'Insufficient VUs, reached 10 active VUs and cannot initialize more',
      '{"k6":"cal',
    ]);
  });
});

describe('k6’s summary', () => {
  it('tells how many virtual users were busy, and how many there were', () => {
    const metrics = {
      vus: { values: { value: 1, min: 0, max: 37 } },
      vus_max: { values: { value: 156, min: 156, max: 160 } },
    };
    expect(readSummary({ metrics }).users).toEqual({ busy: 37, ready: 160 });
    expect(readSummary({ metrics: {} })).not.toHaveProperty('users');
  });

  it('tells each threshold with what was measured', () => {
    const metrics = {
      dropped_iterations: { values: { count: 4 }, thresholds: { 'count==0': { ok: false } } },
      'call_ok{phase:calm}': {
        values: { rate: 0.98765, passes: 80, fails: 1 },
        thresholds: { 'rate==1': { ok: false } },
      },
      'call_ok{phase:none}': {
        values: { rate: 0, passes: 0, fails: 0 },
        thresholds: { 'rate==1': { ok: true } },
      },
      'call_duration{phase:calm}': {
        values: { med: 90, 'p(95)': 120.5, max: 200 },
        thresholds: { 'p(95)<2000': { ok: true } },
      },
      'first_chunk{phase:none}': {
        values: { med: 0, 'p(95)': 0, max: 0 },
        thresholds: { 'p(95)<1': { ok: true } },
      },
    };
    const summary = readSummary({ metrics });
    expect(summary.dropped).toBe(4);
    expect(summary.thresholds.map(({ name, measured, ok }) => [name, measured, ok])).toEqual([
      ['call_duration{phase:calm}', '120.500', true],
      ['call_ok{phase:calm}', '0.988', false],
      ['call_ok{phase:none}', 'no calls', true],
      ['dropped_iterations', '4', false],
      ['first_chunk{phase:none}', 'no calls', true],
    ]);
  });

  it('of a run that made nothing has zeros', () => {
    expect(readSummary({})).toEqual({ iterations: 0, dropped: 0, thresholds: [] });
  });
});
