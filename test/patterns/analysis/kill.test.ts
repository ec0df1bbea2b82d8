import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pLimit from 'p-limit';
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
  expect(whole).toMatchObject({ at: expect.stringMatching(/^done \d+$/), isKilled: false, paid: calls });
  const steps = Number(whole.at.split(' ')[1]);
  // One part is like the other: all of the first, and all of what follows the second.
  const each = Math.ceil(steps / calls);
  const points = Array.from({ length: steps }, (_, at) => at + 1).filter(
    (at) => at <= each + 1 || at > steps - each,
  );
  const seen = new Set<string>();
  let unknown = 0;
  const limit = pLimit(2);
  const check = async (point: number): Promise<void> => {
    const { at, isKilled, report, figures, paid, tokens } = await killedAt(point);
    expect(report, at).toEqual(whole.report);
    // How often it polls depends on the machine, so that it may have come to its end.
    if (isKilled) seen.add(at);
    const { unpricedCalls, outputTokens } = figures;
    // Between the note that a job is to be begun and the note that it was, nobody can know.
    expect(unpricedCalls, at).toBeLessThanOrEqual(at.endsWith('a poll') ? 0 : 1);
    unknown += unpricedCalls;
    expect(paid, at).toBeLessThanOrEqual(calls + unpricedCalls);
    if (unpricedCalls > 0) return;
    expect(paid, at).toBe(calls);
    expect(outputTokens, at).toBe(tokens);
  };
  await Promise.all(points.map((point) => limit(check, point)));
  // A few moments of each of the two jobs, and no more.
  expect(unknown).toBeLessThanOrEqual(8);
  expect([...seen].sort()).toEqual(
    ['after a create', 'after a poll', 'after a write', 'before a create', 'before a poll'].sort(),
  );
}, 120_000);
