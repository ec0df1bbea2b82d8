import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pLimit from 'p-limit';
import { expect, it } from 'vitest';
import {
  analyseDocument,
  fileRecords,
  memoryRecords,
  type RecordStore,
} from '../../../src/patterns/index.ts';
import { chapters } from './chapters.ts';
import { analyseDoomed } from './doomed.ts';
import { billed, openStage } from './support.ts';

const child = path.join(import.meta.dirname, 'kill-child.ts');

async function runKilled(
  url: string,
  store: string,
  killAt: number,
): Promise<{ at: string; isKilled: boolean }> {
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
  return await new Promise((resolve) =>
    running.once('close', (_, signal) => resolve({ at, isKilled: signal === 'SIGKILL' })),
  );
}

/** Dies in this process: from the n-th step on nothing that it does has any effect. */
async function runDoomed(
  url: string,
  store: RecordStore,
  killAt: number,
): Promise<{ at: string; isKilled: boolean }> {
  const death = new AbortController();
  let steps = 0;
  let at = '';
  const step = (what: string): void => {
    steps += 1;
    if (steps !== killAt) return;
    at = what;
    death.abort(new Error('dead'));
  };
  await analyseDoomed(url, store, step, death.signal).catch((error: unknown) => {
    if (at === '') throw error;
  });
  return at === '' ? { at: `done ${steps}`, isKilled: false } : { at, isKilled: true };
}

async function killedAt(step: number, isProcess: boolean) {
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-analysis-'));
  const store = isProcess ? fileRecords(folder) : memoryRecords();
  const stage = await openStage({}, {}, store);
  try {
    const { at, isKilled } = isProcess
      ? await runKilled(stage.mock.url, folder, step)
      : await runDoomed(stage.mock.url, store, step);
    const wasPaid = billed(stage.mock).length;
    const { keyPoints, recommendations, summary, figures } = await analyseDocument(
      chapters(2),
      stage.options,
    );
    await stage.mock.settled();
    const ledger = billed(stage.mock);
    return {
      at,
      isKilled,
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

function check(
  { at, report, figures, paid, tokens }: Awaited<ReturnType<typeof killedAt>>,
  whole: Awaited<ReturnType<typeof killedAt>>,
): number {
  expect(report, at).toEqual(whole.report);
  const { unpricedCalls, outputTokens } = figures;
  // Between the note that a job is to be begun and the note that it was, nobody can know.
  expect(unpricedCalls, at).toBeLessThanOrEqual(at.endsWith('a poll') ? 0 : 1);
  expect(paid, at).toBeLessThanOrEqual(calls + unpricedCalls);
  if (unpricedCalls > 0) return unpricedCalls;
  expect(paid, at).toBe(calls);
  expect(outputTokens, at).toBe(tokens);
  return 0;
}

it('goes on from a death at every step, with the same report, and pays for no part twice', async () => {
  const whole = await killedAt(0, false);
  expect(whole).toMatchObject({ at: expect.stringMatching(/^done \d+$/), isKilled: false, paid: calls });
  const steps = Number(whole.at.split(' ')[1]);
  const seen = new Set<string>();
  let unknown = 0;
  for (let point = 1; point <= steps; point += 1) {
    const killed = await killedAt(point, false);
    // How often it polls depends on the machine, so that it may have come to its end.
    if (killed.isKilled) seen.add(killed.at);
    unknown += check(killed, whole);
  }
  // Four moments of each job at most.
  expect(unknown).toBeLessThanOrEqual(4 * calls);
  expect([...seen].sort()).toEqual(
    ['after a create', 'after a poll', 'after a write', 'before a create', 'before a poll'].sort(),
  );
}, 120_000);

it('goes on where a process was killed, with files for a store', async () => {
  const whole = await killedAt(0, true);
  expect(whole.isKilled).toBe(false);
  const steps = Number(whole.at.split(' ')[1]);
  const limit = pLimit(2);
  // A note before the first request, its answer, something of the second part, and the last note of all.
  const points = [1, 5, Math.ceil(steps / 2), steps];
  await Promise.all(points.map((point) => limit(async () => check(await killedAt(point, true), whole))));
}, 120_000);
