import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { Mock } from '../../../src/mock/index.ts';
import { type BackgroundJob, fileRecords } from '../../../src/patterns/index.ts';
import { oneJob, type Plan, type Told } from './fixtures/one-job.ts';
import { created, jobsOf, mockForTest, request } from './support.ts';

const workerPath = fileURLToPath(new URL('./fixtures/worker.ts', import.meta.url));

function folder(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-jobs-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Has one process work on all plans until each has stopped or ended, and kills it: one start of a process is dear. */
async function workAndKill(
  plans: readonly Plan[],
  begins: () => void = () => undefined,
): Promise<readonly (Told | null)[]> {
  const child = spawn(process.execPath, [workerPath, JSON.stringify(plans)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const told: (Told | null)[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') {
      child.stdin.write('go');
      begins();
    } else told.push(JSON.parse(line) as Told | null);
    if (told.length === plans.length) child.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  return told;
}

interface Killed {
  readonly plan: Plan;
  readonly mock: Mock;
}

/** One for each step from the first: they are known from a job that nobody stops. */
async function killedAtEach(cancels: boolean): Promise<{ whole: Told; all: readonly Killed[] }> {
  // One that is to be cancelled would work for an hour.
  const background = { queuedMs: 5, runsMs: cancels ? 3_600_000 : 40, sigma: 0 };
  const { url } = await mockForTest({ background });
  const whole = await oneJob({ url, directory: folder(), cancels });
  // Until it is accepted, one that will be cancelled is like any other.
  const first = cancels ? whole.begunAt + 1 : 1;
  expect(whole.steps - first).toBeGreaterThan(cancels ? 1 : 5);
  const steps = Array.from({ length: whole.steps - first + 1 }, (_, index) => first + index);
  const all = await Promise.all(
    steps.map(async (stopAt) => {
      const mock = await mockForTest({ background });
      return { plan: { url: mock.url, directory: folder(), cancels, stopAt }, mock };
    }),
  );
  return { whole, all };
}

function isUnwanted(record: unknown): boolean {
  return (record as { isUnwanted?: boolean } | undefined)?.isUnwanted === true;
}

function isWorking({ mock }: Killed): boolean {
  return mock.ledger().some(({ job }) => job?.status === 'pending');
}

/** Takes up what a killed process left, and checks what holds wherever that was. */
async function takeUp({ plan, mock }: Killed): Promise<BackgroundJob> {
  const store = fileRecords(plan.directory);
  const left = (await store.read('job/report'))?.value;
  const jobs = jobsOf(mock, { store });
  await jobs.resume();
  const job = await jobs.start(request, { id: 'report' });
  // A wish that was written down is carried out by whoever comes next.
  if (plan.cancels && !isUnwanted(left)) await job.cancel();
  await job.done.catch(() => undefined);
  const keys = new Set(created(mock).map(({ idempotencyKey }) => idempotencyKey));
  expect(keys.size, `keys after step ${plan.stopAt}`).toBeLessThanOrEqual(1);
  // Sent again only where nobody could know, and then it is counted.
  const more = created(mock).length - 1;
  expect(more, `sent again after step ${plan.stopAt}`).toBeLessThanOrEqual(job.cost.unknown);
  await jobs.close();
  return job;
}

test('a job that is killed at any step has the same end, and is sent again only where nobody can know', async () => {
  const [plain, cancelled] = await Promise.all([killedAtEach(false), killedAtEach(true)]);
  expect(plain.whole).toMatchObject({ ends: ['completed'], state: 'completed' });
  expect(cancelled.whole).toMatchObject({ ends: ['cancelled'], state: 'cancelled' });
  const all = [...plain.all, ...cancelled.all];
  const told = await workAndKill(all.map(({ plan }) => plan));
  // How often it is polled differs, so those of the last steps may have come to their end.
  expect(told.filter((one) => one === null).length).toBeGreaterThanOrEqual(all.length - 4);
  const wishes = await Promise.all(
    cancelled.all.filter(isWorking).map(({ plan }) => fileRecords(plan.directory).read('job/report')),
  );
  expect(wishes.some((stored) => isUnwanted(stored?.value))).toBe(true);

  const again: number[] = [];
  const check = async (killed: Killed): Promise<void> => {
    const { plan, mock } = killed;
    const at = `after step ${plan.stopAt}${plan.cancels ? ' of cancelling' : ''}`;
    const job = await takeUp(killed);
    if (plan.cancels) {
      expect(job.state, at).toBe('cancelled');
      expect(isWorking(killed), at).toBe(false);
      return;
    }
    expect(job.state, at).toBe('completed');
    expect((await job.done).output_text, at).not.toBe('');
    // Whichever process heard of it, its price is known.
    expect(job.cost.usd, at).toBeGreaterThan(0);
    if (created(mock).length > 1) again.push(plan.stopAt ?? 0);
  };
  await Promise.all(all.map(check));
  // Between the answer that it is accepted and the note of its id.
  expect(again).toHaveLength(1);
}, 60_000);

test('two processes that start the same job make it once, and tell its end once each', async () => {
  const mock = await mockForTest({ background: { queuedMs: 5, runsMs: 1_000, sigma: 0 } });
  const plan = { url: mock.url, directory: folder() };
  let own: Promise<Told> | undefined;
  const [other] = await workAndKill([plan], () => {
    own = oneJob(plan);
  });
  expect(other).toMatchObject({ state: 'completed', ends: ['completed'] });
  expect(await own).toMatchObject({ state: 'completed', ends: ['completed'], text: other?.text });
  expect(created(mock)).toHaveLength(1);
}, 60_000);
