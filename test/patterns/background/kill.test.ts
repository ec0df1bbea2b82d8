import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { expect, onTestFinished, test } from 'vitest';
import type { Mock } from '../../../src/mock/index.ts';
import { type BackgroundJob, fileRecords } from '../../../src/patterns/index.ts';
import { created, jobsOf, mockForTest, request } from './support.ts';

const worker = fileURLToPath(new URL('./fixtures/worker.ts', import.meta.url));

interface Told {
  readonly steps: number;
  /** At which of them the provider had accepted the job. */
  readonly begunAt: number;
  readonly ends: readonly string[];
  readonly state: string;
  readonly text: string;
}

interface Run {
  readonly signal: NodeJS.Signals | null;
  /** Undefined where it was killed. */
  readonly told: Told | undefined;
}

async function run(mock: Mock, directory: string, id: string, killAt = 0, cancels = false): Promise<Run> {
  const args = [worker, mock.url, directory, id, String(killAt), cancels ? 'cancels' : ''];
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      if (error && error.signal === undefined) reject(new Error(stderr));
      else if (error && error.signal === null) reject(new Error(stderr));
      else resolve({ signal: error?.signal ?? null, told: error ? undefined : (JSON.parse(stdout) as Told) });
    });
  });
}

function folder(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-jobs-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Kills the worker at each of its steps, and gives what a later process makes of what was left. */
async function killedAtEach(
  cancels: boolean,
  check: (job: BackgroundJob, mock: Mock, at: number) => Promise<void>,
) {
  const background = { queuedMs: 5, runsMs: 40, sigma: 0 };
  const whole = await run(await mockForTest({ background }), folder(), 'report', 0, cancels);
  const { steps = 0, begunAt = 0 } = whole.told ?? {};
  // Until it is accepted, one that will be cancelled is like any other.
  const first = cancels ? begunAt : 1;
  expect(steps - first).toBeGreaterThan(cancels ? 2 : 5);
  const limit = pLimit(2);
  const all = Array.from({ length: steps - first + 1 }, (_, index) => first + index).map((at) =>
    limit(async () => {
      const mock = await mockForTest({ background });
      const directory = folder();
      const killed = await run(mock, directory, 'report', at, cancels);
      expect(killed.signal).toBe('SIGKILL');
      const jobs = jobsOf(mock, { store: fileRecords(directory) });
      await jobs.resume();
      const job = await jobs.start(request, { id: 'report' });
      if (cancels) await job.cancel();
      await job.done.catch(() => undefined);
      await check(job, mock, at);
      const keys = new Set(created(mock).map(({ idempotencyKey }) => idempotencyKey));
      expect(keys.size, `keys after step ${at}`).toBeLessThanOrEqual(1);
      // Sent again only where nobody could know, and then it is counted.
      const more = created(mock).length - 1;
      expect(more, `sent again after step ${at}`).toBeLessThanOrEqual(job.cost.unknown);
      await jobs.close();
    }),
  );
  await Promise.all(all);
  return whole;
}

test('a job that is killed at any step has the same end, and is sent again only where nobody can know', async () => {
  const again: number[] = [];
  const whole = await killedAtEach(false, async (job, mock, at) => {
    expect(job.state, `after step ${at}`).toBe('completed');
    expect((await job.done).output_text).not.toBe('');
    // Whichever process heard of it, its price is known.
    expect(job.cost.usd, `after step ${at}`).toBeGreaterThan(0);
    if (created(mock).length > 1) again.push(at);
  });
  expect(whole.told).toMatchObject({ ends: ['completed'], state: 'completed' });
  // Between the answer that it is accepted and the note of its id.
  expect(again).toHaveLength(1);
}, 120_000);

test('a job that is killed while it is cancelled is cancelled later', async () => {
  await killedAtEach(true, async (job, mock, at) => {
    expect(['cancelled', 'completed'], `after step ${at}`).toContain(job.state);
    const working = mock.ledger().filter(({ job: made }) => made?.status === 'pending');
    expect(working, `after step ${at}`).toEqual([]);
  });
}, 120_000);

test('two processes that start the same job make it once, and tell its end once each', async () => {
  const mock = await mockForTest({ background: { queuedMs: 5, runsMs: 300, sigma: 0 } });
  const directory = folder();
  const [one, other] = await Promise.all([run(mock, directory, 'report'), run(mock, directory, 'report')]);
  expect(one.told).toMatchObject({ state: 'completed', ends: ['completed'] });
  expect(other.told?.text).toBe(one.told?.text);
  expect(other.told?.state).toBe('completed');
  expect(created(mock)).toHaveLength(1);
}, 120_000);
