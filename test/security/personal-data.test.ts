import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Redis } from 'ioredis';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type BudgetStore,
  callWith,
  eraseFromAudit,
  fileAuditStore,
  fileBudgetStore,
  observe,
  redisBudgetStore,
  telltale,
} from '../../src/index.ts';
import { createLimiter, redisStore } from '../../src/limiter.ts';
import { startMock } from '../../src/mock/index.ts';
import {
  analyseDocument,
  backgroundJobs,
  batch,
  conversation,
  conversations,
  fileRecords,
  forgetBatch,
  type RecordStore,
  redisRecords,
} from '../../src/patterns/index.ts';
import { hasRedis, type RedisServer, startRedis } from '../admit/redis/redis-server.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { goodFindings } from '../patterns/analysis/support.ts';

/** What is a person's, and what they said and were told. */
const marks = {
  user: 'u-42-marta',
  asked: 'Kestrel',
  answered: 'Nuthatch',
  document: 'marta-cv',
  tag: 'tag-sonar',
};
const model = 'gpt-5-mini';
const request = { model, input: `Who is ${marks.asked}?` };
const dayMs = 86_400_000;

function marksIn(text: string): readonly string[] {
  return Object.entries(marks).flatMap(([name, mark]) => (text.includes(mark) ? [name] : []));
}

function textOf(folder: string): string {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return names
    .map((entry) => [
      entry.name,
      entry.isFile() ? readFileSync(path.join(entry.parentPath, entry.name), 'utf8') : '',
    ])
    .join('\n');
}

/** All that a Redis has under a key, names included. */
async function dumpOf(redis: Redis, key: string): Promise<string> {
  const names = await redis.keys(`*{${key}}*`);
  const dumps = names.map(async (name) => {
    const type = await redis.type(name);
    if (type === 'hash') return [name, await redis.hgetall(name)];
    return [name, type === 'zset' ? await redis.zrange(name, 0, '-1') : await redis.get(name)];
  });
  return JSON.stringify(await Promise.all(dumps));
}

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-personal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function openProvider() {
  const mock = await startMock({
    seed: 1,
    answers: ({ text }) =>
      text.includes('[b1]') ? { json: goodFindings(text) } : `${marks.answered} has the watch.`,
    latency: { firstTokenMs: 1, betweenTokensMs: 0 },
    background: { queuedMs: 1, runsMs: 5 },
    batches: { validatingMs: 5, runningMs: 10, finalizingMs: 5 },
  });
  onTestFinished(() => mock.close());
  return { mock, client: observe(new OpenAI({ apiKey: 'k', baseURL: mock.url, maxRetries: 0 })) };
}

describe('what the records of patterns hold of a person', () => {
  /** As docs/security.md says, in its order. */
  async function keptAndErased(store: RecordStore, kept: () => Promise<string> | string): Promise<void> {
    const { client } = await openProvider();
    const jobs = backgroundJobs({ client, store, delaysMs: [10] });
    onTestFinished(() => jobs.close());
    const all = conversations({ store, client });

    await (await conversation({ client, store, id: marks.user, model })).send(request.input);
    expect(marksIn(await kept())).toEqual(['user', 'asked', 'answered']);
    expect(await all.export(marks.user, 'json')).toContain(marks.answered);
    expect(await all.forget(marks.user)).toEqual({ wasKept: true, provider: 'deleted' });
    expect(marksIn(await kept())).toEqual([]);

    const waits = backgroundJobs({ client, store, delaysMs: [60_000] });
    await waits.start(request, { id: 'report-7' });
    expect(marksIn(await kept())).toEqual([]);
    await waits.close();
    const [job] = (await jobs.resume()).jobs;
    await job?.done;
    expect(marksIn(await kept())).toEqual(['answered']);
    expect(await jobs.forget('report-7')).toBe(true);
    expect(marksIn(await kept())).toEqual([]);

    const document = { name: `${marks.document}.md`, data: `# One\n\nThe ${marks.asked} flies at dawn.` };
    await analyseDocument(document, { client, store, model, jobs });
    expect(marksIn(await kept())).toEqual(['asked', 'document']);
    const [analysis] = await store.list('analysis/');
    expect(await store.delete(analysis?.id ?? '')).toBe(true);
    expect(marksIn(await kept())).toEqual([]);

    const spool = newFolder();
    const requests = [
      { customId: marks.user, body: { model, messages: [{ role: 'user' as const, content: marks.asked }] } },
    ];
    const endpoint = '/v1/chat/completions' as const;
    const run = await batch({
      client,
      store,
      id: 'nightly',
      requests,
      endpoint,
      delaysMs: [10],
      directory: spool,
    });
    for await (const { error } of run.results()) expect(error).toBeUndefined();
    expect(readdirSync(spool)).toEqual([]);
    // At the provider the run has deleted what it sent.
    const purposes: string[] = [];
    for await (const { purpose } of client.files.list()) purposes.push(purpose);
    expect(purposes).toEqual(['batch_output']);
    expect(await forgetBatch(store, 'nightly')).toBe(true);
    expect(marksIn(await kept())).toEqual([]);
    expect(await store.list()).toEqual([]);
  }

  test('in files goes as the page says', async () => {
    const folder = newFolder();
    await keptAndErased(fileRecords(folder), () => textOf(folder));
  });

  describe.skipIf(!hasRedis)('with a redis-server', () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server.stop());

    test('in Redis goes as the page says', async () => {
      const redis = server.client();
      const store = redisRecords(redis, { key: 'records' });
      await keptAndErased(store, () => dumpOf(redis, 'records'));
    });

    test('limits and budgets in Redis name nobody', async () => {
      const redis = server.client();
      const store = redisStore(redis, { key: 'shared' });
      const limiter = createLimiter({ limits: [{ requests: 9, per: 'minute', scope: 'user' }], store });
      await limiter.acquire({ user: marks.user });
      await limiter.close();
      const budgets = redisBudgetStore(redis, { key: 'shared' });
      await spend(budgets);
      await budgets.close?.();
      const dump = await dumpOf(redis, 'shared');
      expect(dump).toContain(':limit:');
      expect(dump).toContain(':budget:');
      expect(marksIn(dump)).toEqual([]);
    });
  });
});

async function spend(store: BudgetStore): Promise<void> {
  const account = { budget: 'usd/day per user', owner: marks.user };
  const charge = {
    account,
    per: 'day' as const,
    limitPico: 9n,
    reservePico: 5n,
    isHard: true,
    thresholds: [],
  };
  const { reservation } = await store.reserve([charge]);
  await reservation?.settle({ kind: 'cost', pico: 5n, isEstimated: false });
}

test('the file of budgets names a person until their period is over and it is written anew', async () => {
  const file = path.join(newFolder(), 'budget.journal');
  const clock = createFakeClock();
  const open = async (): Promise<void> => {
    const store = fileBudgetStore(file, { clock });
    await store.close?.();
  };
  const store = fileBudgetStore(file, { clock });
  await spend(store);
  await store.close?.();
  await open();
  expect(marksIn(readFileSync(file, 'utf8'))).toEqual(['user']);
  clock.advance(dayMs);
  await open();
  expect(marksIn(readFileSync(file, 'utf8'))).toEqual([]);
});

test('an audit answers for a person, and forgets them', async () => {
  const folder = path.join(newFolder(), 'audit');
  mkdirSync(folder);
  const { mock } = await openProvider();
  const store = fileAuditStore(folder);
  const client = observe(new OpenAI({ apiKey: 'k', baseURL: mock.url }), { audit: { store } });
  await callWith({ user: marks.user, tags: { feature: marks.tag } }, () => client.responses.create(request));
  const where = { user: marks.user };
  expect(await telltale(client).audit({ by: ['user'], where })).toMatchObject([{ calls: 1 }]);
  await telltale(client).close();
  expect(marksIn(textOf(folder))).toEqual(['user', 'tag']);
  expect(await eraseFromAudit(store, { user: marks.user, stopped: true })).toMatchObject({ calls: 1 });
  expect(marksIn(textOf(folder))).toEqual([]);
});

test('usage of a person is kept only where it is asked for', async () => {
  const { mock } = await openProvider();
  const client = observe(new OpenAI({ apiKey: 'k', baseURL: mock.url }));
  await callWith({ user: marks.user, tags: { feature: marks.tag } }, () => client.responses.create(request));
  const { stats, health } = telltale(client);
  expect(stats()).toMatchObject({ calls: 1 });
  expect(marksIn(JSON.stringify([stats(), health()]))).toEqual([]);
});
