import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { analyseDocument, fileRecords } from '../../../src/patterns/index.ts';
import { chapters } from './chapters.ts';
import { billed, openStage } from './support.ts';

const child = path.join(import.meta.dirname, 'kill-child.ts');

async function runKilled(
  url: string,
  store: string,
  killAt: number,
): Promise<{ at: string; signal: string | null }> {
  const running = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', child], {
    env: {
      ...process.env,
      // Many short lives of one program.
      NODE_COMPILE_CACHE: path.join(tmpdir(), 'telltale-test-compile-cache'),
      TELLTALE_TEST_URL: url,
      TELLTALE_TEST_STORE: store,
      TELLTALE_TEST_KILL_AT: String(killAt),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let at = '';
  running.stdout.on('data', (text) => {
    at += text;
  });
  return await new Promise((resolve) => running.once('close', (_, signal) => resolve({ at, signal })));
}

async function killedAt(step: number) {
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-analysis-'));
  const stage = await openStage({}, {}, fileRecords(folder));
  try {
    const { at, signal } = await runKilled(stage.mock.url, folder, step);
    const wasPaid = billed(stage.mock).length;
    const { keyPoints, recommendations, summary, figures } = await analyseDocument(
      chapters(2),
      stage.options,
    );
    await stage.mock.settled();
    const ledger = billed(stage.mock);
    return {
      at,
      isKilled: signal === 'SIGKILL',
      report: { summary, keyPoints, recommendations },
      figures,
      wasPaid,
      paid: ledger.length,
      tokens: ledger.reduce((sum, { usage }) => sum + (usage?.outputTokens ?? 0), 0),
    };
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two parts and one report: no step is paid twice, but one of which nobody can know whether the provider has it. */
const calls = 3;

it('goes on from a kill at every step, with the same report, and pays for no part twice', async () => {
  const whole = await killedAt(0);
  expect(whole).toMatchObject({ at: 'done', isKilled: false, paid: calls });
  const seen = new Set<string>();
  let last = 0;
  let unknown = 0;
  for (let from = 1, isOver = false; !isOver; from += 4) {
    const round = await Promise.all([0, 1, 2, 3].map((more) => killedAt(from + more)));
    for (const { at, isKilled, report, figures, paid, tokens } of round) {
      if (!isKilled) {
        isOver = true;
        continue;
      }
      last += 1;
      seen.add(at);
      expect(report, at).toEqual(whole.report);
      const { unpricedCalls, outputTokens } = figures;
      // Between the note that a job is to be begun and the note that it was, nobody can know.
      expect(unpricedCalls, at).toBeLessThanOrEqual(at.endsWith('a poll') ? 0 : 1);
      unknown += unpricedCalls;
      expect(paid, at).toBeLessThanOrEqual(calls + unpricedCalls);
      if (unpricedCalls === 0) {
        expect(paid, at).toBe(calls);
        expect(outputTokens, at).toBe(tokens);
      }
    }
  }
  expect(last).toBeGreaterThan(20);
  expect(unknown).toBeLessThanOrEqual(3 * calls);
  expect([...seen].sort()).toEqual(
    ['after a create', 'after a poll', 'after a write', 'before a create', 'before a poll'].sort(),
  );
}, 120_000);
