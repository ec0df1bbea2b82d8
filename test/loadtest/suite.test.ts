import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { LoadTestOptions } from '../../loadtest/options.ts';
import { runSuite, type SuiteResult } from '../../loadtest/suite.ts';
import { suiteTable } from '../../loadtest/suite-table.ts';
import { listen, options, runInput } from './fixtures/load-run.ts';

/** Three processes for each turn, on a machine that may be busy. */
const timeout = 60_000;

const suiteOf = (...names: string[]): LoadTestOptions => ({
  ...options,
  scenario: 'tour',
  turns: names.map((scenario) => ({ ...options, scenario, isBrief: true })),
});

const states = ({ turns }: SuiteResult): string[] =>
  turns.map(({ scenario, state }) => `${scenario} ${state}`);
const asTold = (file: string): string => path.basename(file);

describe('several scenarios one after the other', { timeout }, () => {
  it('are green when each is, and each has a report of its own', async () => {
    const out = new PassThrough();
    const said = listen(out);
    const input = runInput({ out });
    const result = await runSuite(input, suiteOf('calm', 'storm'));
    expect(states(result)).toEqual(['calm green', 'storm green']);
    expect(result.green).toBe(true);
    expect(result.turns.map(({ calls, invariants }) => [calls, invariants])).toEqual([
      [6, '7/7'],
      [6, '8/8'],
    ]);
    for (const name of ['calm', 'storm'])
      expect(existsSync(path.join(input.outDirectory, name, 'report.html'))).toBe(true);
    expect(JSON.parse(readFileSync(path.join(input.outDirectory, 'tour.json'), 'utf8'))).toMatchObject({
      suite: 'tour',
      green: true,
      turns: [{ scenario: 'calm' }, { scenario: 'storm' }],
    });
    // A brief turn has no bare client, which `storm` would otherwise put first.
    expect(said()).not.toContain('bare client');
    expect(said()).toContain('2/2 storm');
  });

  it('go on after one that is red, and one that cannot begin', async () => {
    const nowhere = mkdtempSync(path.join(tmpdir(), 'telltale-no-redis-'));
    const result = await runSuite(
      runInput({ env: { PATH: nowhere, REDIS_URL: '' } }),
      suiteOf('aborts', 'quota', 'calm'),
    );
    expect(states(result)).toEqual(['aborts red', 'quota did not begin', 'calm green']);
    expect(result.green).toBe(false);
    const [aborts, quota] = result.turns;
    expect(aborts?.reasons[0]).toContain('callers who hung up');
    expect(quota?.reasons[0]).toContain('there is no `redis-server` here');
  });

  it('stop where they are told to: the turn that runs is cut short, and the others are not begun', async () => {
    const controller = new AbortController();
    const ready = path.join(mkdtempSync(path.join(tmpdir(), 'telltale-')), 'ready');
    const input = runInput({ env: { FAKE_K6: 'hang', FAKE_K6_READY: ready }, signal: controller.signal });
    const running = runSuite(input, suiteOf('calm', 'streams'));
    await expect.poll(() => existsSync(ready), { timeout: 30_000 }).toBe(true);
    controller.abort('it was stopped by SIGINT');
    const result = await running;
    expect(states(result)).toEqual(['calm cut short', 'streams not run']);
    expect(result.green).toBe(false);
    expect(readFileSync(path.join(input.outDirectory, 'calm', 'report.html'), 'utf8')).toContain(
      'Partial run',
    );
    expect(existsSync(path.join(input.outDirectory, 'streams'))).toBe(false);
  });
});

describe('the table of all turns', () => {
  const turn = { calls: 1_234, invariants: '6/6', conditions: '5/5', tookMs: 12_345, reasons: [] } as const;
  const green = { ...turn, scenario: 'calm', state: 'green', folder: '/out/calm' } as const;

  it('has a line for each, and says what is not green and why', () => {
    const red = {
      ...green,
      scenario: 'storm',
      state: 'red',
      folder: '/out/storm',
      reasons: ['I3 is broken', 'more'],
    } as const;
    const table = suiteTable({ turns: [green, red], green: false, files: ['/out/tour.json'] }, asTold);
    expect(table).toMatch(/^ {2}green +calm +1,234 +6\/6 +5\/5 +12 s +calm\/report\.html$/m);
    expect(table).toContain('  storm is red: I3 is broken\n  storm is red: more');
    expect(table).toContain('RED: 1 of 2 scenarios are green');
  });

  it('ends with green when all are', () => {
    const table = suiteTable({ turns: [green], green: true, files: [] }, asTold);
    expect(table).toContain('GREEN: all 1 scenarios');
    expect(table).not.toContain(' is green');
  });
});
