import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pLimit from 'p-limit';
import { expect, onTestFinished, test } from 'vitest';
import type { AnswerFunction, Mock } from '../../../src/mock/index.ts';
import { batch, fileRecords, memoryRecords, readBatch } from '../../../src/patterns/index.ts';
import { killedRun } from './killed-run.ts';
import { mortal } from './mortal.ts';
import { inputFiles, openStage } from './support.ts';

const child = path.join(import.meta.dirname, 'killed-child.ts');

/** What fails in the batch of all three does not in that of its own. */
const answers: AnswerFunction = ({ text, callId }) =>
  text === 'fails at first' && linesOf(callId.split('/')[0] ?? '') === 3
    ? { status: 503, body: { error: { code: 'busy', message: 'Later.' } } }
    : undefined;
let linesOf = (_batchId: string): number => 0;

interface Life {
  readonly code: number | null;
  readonly delivered: readonly string[];
}

async function live(mock: Mock, folder: string, id: string, killAt: number): Promise<Life> {
  const outFile = path.join(folder, `${id}.out`);
  const args = [
    '--disable-warning=ExperimentalWarning',
    child,
    mock.url,
    folder,
    id,
    outFile,
    String(killAt),
  ];
  const running = spawn(process.execPath, args, {
    stdio: 'ignore',
    // Each life has to read the sources again.
    env: { ...process.env, TMPDIR: folder, NODE_COMPILE_CACHE: path.join(folder, 'compiled') },
  });
  const [code] = (await once(running, 'exit')) as [number | null];
  const text = existsSync(outFile) ? readFileSync(outFile, 'utf8') : '';
  return { code, delivered: text.split('\n').filter((line) => line !== '') };
}

const whole = ['fails-at-first ok', 'one ok', 'two ok'];

test('dead at every step and begun again, nothing is lost, nothing is made or paid twice, and no file is left', {
  timeout: 120_000,
}, async () => {
  const { mock, client } = await openStage({ answers });
  linesOf = (batchId) => mock.ledger().find((entry) => entry.batch?.id === batchId)?.batch?.lines ?? 0;
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-dead-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const common = { ...killedRun, delaysMs: [10], directory };

  let isOver = false;
  let deaths = 0;
  async function dieAt(step: number): Promise<void> {
    if (isOver) return;
    const id = `dead-${step}`;
    const records = memoryRecords();
    const one = mortal(mock.url, records, step);
    const delivered: string[] = [];
    const life = async (): Promise<'over'> => {
      const run = await batch({ ...common, client: one.client, store: one.store, id });
      for await (const { customId, error } of run.results()) {
        await one.alive();
        delivered.push(`${customId} ${error?.code ?? 'ok'}`);
      }
      await run.done;
      return 'over';
    };
    if ((await Promise.race([life(), one.death])) === 'over') isOver = true;
    else deaths += 1;
    const run = await batch({ ...common, client, store: records, id });
    const rest: string[] = [];
    for await (const { customId, error } of run.results()) rest.push(`${customId} ${error?.code ?? 'ok'}`);
    expect([...new Set([...delivered, ...rest])].sort(), id).toEqual(whole);
  }
  const atMost = pLimit(8);
  const steps = Array.from({ length: 120 }, (_, index) => index + 1);
  await Promise.all(steps.map(async (step) => await atMost(async () => await dieAt(step))));
  expect(isOver).toBe(true);
  expect(deaths).toBeGreaterThan(50);
  const made = new Map<string, number[]>();
  for await (const { metadata, request_counts: counts } of client.batches.list({ limit: 100 })) {
    const id = metadata?.['telltale_batch'] ?? '';
    made.set(id, [...(made.get(id) ?? []), counts?.total ?? 0]);
  }
  for (const [id, lines] of made) expect(lines.sort(), id).toEqual([1, 3]);
  expect(await inputFiles(client)).toEqual([]);
  // Prompts that were on their way.
  expect(
    readdirSync(directory, { recursive: true }).filter((name) => /jsonl|ids/.test(String(name))),
  ).toEqual([]);
});

test('cancelled, dead at any step and begun again, every request has its end and no file is left', {
  timeout: 120_000,
}, async () => {
  const { mock, client } = await openStage({ batches: { runningMs: 5_000 } });
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-dead-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const common = { ...killedRun, delaysMs: [10], directory };
  async function dieAt(step: number): Promise<void> {
    const id = `cancelled-${step}`;
    const records = memoryRecords();
    const one = mortal(mock.url, records, step);
    const delivered: string[] = [];
    const life = async (): Promise<void> => {
      const run = await batch({ ...common, client: one.client, store: one.store, id });
      const cancelling = run.cancel();
      for await (const { customId } of run.results()) {
        await one.alive();
        delivered.push(customId);
      }
      await cancelling;
    };
    await Promise.race([life(), one.death]);
    const run = await batch({ ...common, client, store: records, id });
    await run.cancel();
    for await (const { customId } of run.results()) delivered.push(customId);
    expect([...new Set(delivered)].sort(), id).toEqual(['fails-at-first', 'one', 'two']);
  }
  const atMost = pLimit(8);
  const steps = Array.from({ length: 36 }, (_, index) => index + 1);
  await Promise.all(steps.map(async (step) => await atMost(async () => await dieAt(step))));
  expect(await inputFiles(client)).toEqual([]);
  const made: string[] = [];
  for await (const { id, metadata, status } of client.batches.list({ limit: 100 })) {
    expect(['cancelled', 'cancelling'], id).toContain(status);
    made.push(metadata?.['telltale_batch'] ?? '');
  }
  expect(new Set(made).size).toBe(made.length);
});

/** What only a process proves: that locks and half-written files of one that was killed are no hindrance. */
test.skipIf(process.platform === 'win32')(
  'killed as a process and begun again by another, nothing is lost or made twice',
  { timeout: 120_000 },
  async () => {
    const { mock, client } = await openStage({ answers });
    linesOf = (batchId) => mock.ledger().find((entry) => entry.batch?.id === batchId)?.batch?.lines ?? 0;
    const folder = mkdtempSync(path.join(tmpdir(), 'telltale-killed-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    async function killAt(step: number): Promise<void> {
      const id = `killed-${step}`;
      const { code, delivered } = await live(mock, folder, id, step);
      expect(code, id).toBeNull();
      const run = await batch({ ...killedRun, client, store: fileRecords(folder), id });
      const rest: string[] = [];
      for await (const { customId, error } of run.results()) rest.push(`${customId} ${error?.code ?? 'ok'}`);
      expect([...new Set([...delivered, ...rest])].sort(), id).toEqual(whole);
      const { data } = await client.batches.list({ limit: 100 });
      const own = data.filter(({ metadata }) => metadata?.['telltale_batch'] === id);
      expect(own.map(({ request_counts: counts }) => counts?.total).sort(), id).toEqual([1, 3]);
    }
    const atMost = pLimit(2);
    await Promise.all([3, 6, 13].map(async (step) => await atMost(async () => await killAt(step))));
  },
);

test('while one process works on a batch, another one is refused', { timeout: 60_000 }, async () => {
  const { mock, client } = await openStage({ batches: { runningMs: 2_000 } });
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-two-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = fileRecords(folder);
  const other = live(mock, folder, 'two', 0);
  await expect
    .poll(async () => (await readBatch(store, 'two'))?.openBatches.length, { timeout: 30_000 })
    .toBe(1);
  await expect(batch({ ...killedRun, client, store, id: 'two', holdMs: 0 })).rejects.toMatchObject({
    code: 'record_locked',
  });
  expect(await other).toMatchObject({ code: 0, delivered: expect.arrayContaining(whole) });
});
