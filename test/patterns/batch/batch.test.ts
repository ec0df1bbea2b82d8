import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { observe } from '../../../src/index.ts';
import type { AnswerFunction, Mock } from '../../../src/mock/index.ts';
import {
  type BatchResult,
  batch,
  forgetBatch,
  memoryRecords,
  readBatch,
} from '../../../src/patterns/index.ts';
import { mortal } from './mortal.ts';
import { arrivals, fastClock, inputFiles, openStage, readAll, requestsOf } from './support.ts';

const settings = { clock: fastClock, delaysMs: [1_000] } as const;

const idsOf = (results: readonly BatchResult[]): readonly string[] =>
  results.map(({ customId }) => customId).sort();

test('every request of a batch in which a tenth fails has its result once, and those alone are asked again', async () => {
  const { mock, client } = await openStage({ batches: { failureRate: 0.1 } });
  const requests = requestsOf(200);
  const run = await batch({
    ...settings,
    client,
    store: memoryRecords(),
    id: 'a',
    requests,
    maxAttempts: 10,
  });
  const results = await readAll(run);
  expect(idsOf(results)).toEqual(requests.map(({ customId }) => customId).sort());
  expect(results.filter(({ error }) => error)).toEqual([]);
  const progress = await run.done;
  await mock.settled();
  const batches = mock.ledger().flatMap((entry) => entry.batch ?? []);
  expect(batches[0]).toMatchObject({ lines: 200 });
  // A further batch has exactly what failed in the one before it.
  for (const [index, { lines }] of batches.slice(1).entries()) expect(lines).toBe(batches[index]?.failed);
  expect(batches.length).toBeGreaterThan(1);
  expect(progress).toMatchObject({ state: 'done', succeeded: 200, failed: 0, unpricedBatches: 0 });
  expect(progress.retried).toBe(batches.slice(1).reduce((sum, { lines }) => sum + lines, 0));
  const after = (attempts: number): number => results.filter((result) => result.attempts === attempts).length;
  expect(after(1)).toBe(batches[0]?.completed);
  expect(after(2)).toBe(batches[1]?.completed);
  expect(await inputFiles(client)).toEqual([]);
});

test('what cannot succeed is not asked again, and what still fails at last is told with what the provider said', async () => {
  const answers: AnswerFunction = ({ text }) => {
    if (text.includes('bad')) return { status: 400, body: { error: { code: 'bad_thing', message: 'No.' } } };
    if (text.includes('busy'))
      return { status: 429, body: { error: { code: 'rate_limit_exceeded', message: 'Later.' } } };
    return undefined;
  };
  const { mock, client } = await openStage({ answers });
  const requests = ['bad', 'busy', 'good'].map((text) => ({
    customId: text,
    body: { model: 'gpt-5-mini', input: text },
  }));
  const run = await batch({ ...settings, client, store: memoryRecords(), id: 'a', requests, maxAttempts: 2 });
  const results = new Map((await readAll(run)).map((result) => [result.customId, result]));
  expect(results.get('good')).toMatchObject({ attempts: 1, response: { status: 200 } });
  expect(results.get('bad')).toMatchObject({
    attempts: 1,
    response: { status: 400 },
    error: { code: 'bad_thing', message: 'No.' },
  });
  expect(results.get('busy')).toMatchObject({
    attempts: 2,
    error: { code: 'rate_limit_exceeded', message: 'Later.' },
  });
  expect(arrivals(mock, 'POST', '/v1/batches')).toBe(2);
  expect(run.progress()).toMatchObject({
    succeeded: 1,
    failed: 2,
    reasons: { bad_thing: 1, rate_limit_exceeded: 1 },
  });
});

test('requests are divided by number, by bytes, by model, and by the queue of the model', async () => {
  const { mock, client } = await openStage();
  const linesOf = async (options: Partial<Parameters<typeof batch>[0]>): Promise<readonly number[]> => {
    const before = mock.ledger().length;
    const run = await batch({
      ...settings,
      client,
      store: memoryRecords(),
      id: 'a',
      requests: requestsOf(10),
      ...options,
    });
    expect((await readAll(run)).filter(({ error }) => !error)).toHaveLength(10);
    return mock
      .ledger()
      .slice(before)
      .flatMap((entry) => (entry.batch ? [entry.batch.lines] : []))
      .sort();
  };
  expect(await linesOf({})).toEqual([10]);
  expect(await linesOf({ maxRequests: 4 })).toEqual([2, 4, 4]);
  const line =
    '{"custom_id":"r0","method":"POST","url":"/v1/responses","body":{"model":"gpt-5-mini","input":"Question 0"}}\n';
  expect(await linesOf({ maxBytes: line.length * 6 })).toEqual([4, 6]);
  expect(await linesOf({ queueTokens: 9 })).toEqual([1, 3, 3, 3]);
  expect(await linesOf({ queueTokens: { 'gpt-5': 9 } })).toEqual([10]);
  const mixed = requestsOf(10, (index) => ({ model: index % 3 === 0 ? 'gpt-5' : 'gpt-5-mini', input: 'Hi' }));
  expect(await linesOf({ requests: mixed })).toEqual([4, 6]);
});

test('batches that share a queue follow each other, so that the provider never refuses one', async () => {
  const { mock, client } = await openStage({ batches: { enqueuedTokens: 12 } });
  const run = await batch({
    ...settings,
    client,
    store: memoryRecords(),
    id: 'a',
    requests: requestsOf(10),
    queueTokens: 12,
  });
  expect(await readAll(run)).toHaveLength(10);
  expect(
    mock
      .ledger()
      .flatMap((entry) => entry.batch?.status ?? [])
      .every((status) => status === 'completed'),
  ).toBe(true);
});

test('a queue that is full, of which nobody said anything, is waited for', async () => {
  const { mock, client } = await openStage({ batches: { enqueuedTokens: 20 } });
  const run = await batch({
    ...settings,
    client,
    store: memoryRecords(),
    id: 'a',
    requests: requestsOf(12),
    maxRequests: 4,
  });
  const results = await readAll(run);
  expect(idsOf(results)).toHaveLength(12);
  expect(results.every(({ error, attempts }) => !error && attempts === 1)).toBe(true);
  expect(mock.ledger().flatMap((entry) => entry.batch?.status ?? [])).toContain('failed');
  expect(await inputFiles(client)).toEqual([]);
});

test('a batch larger than the whole queue fails with what to do', async () => {
  const { client } = await openStage({ batches: { enqueuedTokens: 10 } });
  const store = memoryRecords();
  const run = await batch({ ...settings, client, store, id: 'a', requests: requestsOf(12) });
  await expect(readAll(run)).rejects.toMatchObject({
    code: 'batch_failed',
    message: expect.stringContaining('Give `queueTokens`'),
  });
  await expect(run.done).rejects.toMatchObject({ code: 'batch_failed' });
});

test('what expired is asked again, and what was done before is kept', async () => {
  const { mock, client } = await openStage({ batches: { runningMs: 400, windowMs: 300 } });
  const run = await batch({
    ...settings,
    client,
    store: memoryRecords(),
    id: 'a',
    requests: requestsOf(60),
    maxAttempts: 6,
  });
  const results = await readAll(run);
  const statuses = mock.ledger().flatMap((entry) => entry.batch?.status ?? []);
  expect(idsOf(results)).toEqual(
    requestsOf(60)
      .map(({ customId }) => customId)
      .sort(),
  );
  const batches = mock.ledger().flatMap((entry) => entry.batch ?? []);
  for (const [index, { lines }] of batches.slice(1).entries())
    expect(lines).toBe((batches[index]?.lines ?? 0) - (batches[index]?.completed ?? 0));
  expect(statuses[0]).toBe('expired');
});

test('a batch that the provider refuses as a whole costs the others nothing, and is tried again by the next run', async () => {
  const { client } = await openStage({ batches: { validatingMs: 2_000 } });
  const store = memoryRecords();
  const requests = requestsOf(6, (index) => ({ model: index < 3 ? 'gpt-5' : 'gpt-5-mini', input: 'Hi' }));
  const first = await batch({ ...settings, client, store, id: 'a', requests });
  // The provider will find the input of one of them gone.
  await expect.poll(() => first.progress().openBatches.length).toBe(2);
  const [spoiled] = first.progress().openBatches;
  const { input_file_id } = await client.batches.retrieve(spoiled?.batchId ?? '');
  await client.files.delete(input_file_id);
  const got: BatchResult[] = [];
  const reading = async (): Promise<void> => {
    for await (const result of first.results()) got.push(result);
  };
  await expect(reading()).rejects.toMatchObject({
    code: 'batch_failed',
    message: `The provider refused 1 of 2 batches of \`a\`:\n  ${spoiled?.batchId}: The input file is gone. (invalid_file).`,
  });
  expect(got).toHaveLength(3);
  got.push(...(await readAll(await batch({ ...settings, client, store, id: 'a', requests }))));
  expect(idsOf(got)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5']);
  expect(got.every(({ error }) => !error)).toBe(true);
  expect(await inputFiles(client)).toEqual([]);
});

test('a cancelled run gives what was answered, and says of the rest that it was cancelled', async () => {
  const { mock, client } = await openStage({ batches: { runningMs: 60_000 } });
  const run = await batch({
    ...settings,
    client,
    store: memoryRecords(),
    id: 'a',
    requests: requestsOf(10),
    queueTokens: 12,
  });
  await expect.poll(() => run.progress().openBatches[0]?.status).toBe('in_progress');
  await run.cancel();
  const results = await readAll(run);
  expect(idsOf(results)).toHaveLength(10);
  expect(results.every(({ error }) => error?.code === 'batch_cancelled')).toBe(true);
  expect(await run.done).toMatchObject({ state: 'cancelled', failed: 10 });
  // Those that waited for the queue were never sent.
  expect(arrivals(mock, 'POST', '/v1/batches')).toBe(1);
});

test('nothing is sent where one request cannot be, and all of them are told by their place', async () => {
  const { mock, client } = await openStage();
  const requests = [
    { customId: 'a', body: { model: 'gpt-5', input: 'Hi' } },
    { customId: 'a', body: { model: 'gpt-5', input: 'Hi' } },
    { customId: 'b', body: { model: 'gpt-5', input: 'Hi', stream: true } },
    { customId: 'c', body: { input: 'Hi' } },
    { customId: 'd', url: '/v1/embeddings', body: { model: 'gpt-5', input: 'Hi' } },
    { customId: '', body: { model: 'gpt-5', input: 'Hi' } },
    { customId: 'e' },
  ];
  const refused = batch({
    ...settings,
    client,
    store: memoryRecords(),
    id: 'a',
    requests: requests as never,
  });
  await expect(refused).rejects.toMatchObject({
    code: 'invalid_option',
    message: [
      'Nothing was sent, because of',
      '  requests[1] has the custom_id "a" of requests[0] again',
      '  requests[2] has `stream: true`, which no batch can do',
      '  requests[3] names no `model`',
      '  requests[4] asks `/v1/embeddings`, and the batch asks `/v1/responses`: one batch has one endpoint',
      '  requests[5] has a `custom_id` that is no text, or empty',
      '  requests[6] has no `body`',
    ].join('\n'),
  });
  await expect(batch({ ...settings, client, store: memoryRecords(), id: 'a', requests: [] })).rejects.toThrow(
    'no requests',
  );
  expect(mock.ledger()).toEqual([]);
});

test('a second one who works on the same id is refused, and other requests under it are too', async () => {
  const { client } = await openStage();
  const store = memoryRecords();
  const common = { ...settings, client, store, id: 'a', holdMs: 0 };
  const run = await batch({ ...common, requests: requestsOf(3) });
  await expect(batch({ ...common, requests: requestsOf(3) })).rejects.toMatchObject({
    code: 'record_locked',
  });
  expect(await readBatch(store, 'a')).toMatchObject({ requests: 3, parts: 1 });
  await readAll(run);
  await expect(batch({ ...common, requests: requestsOf(4) })).rejects.toThrow(
    'was begun with other requests',
  );
  expect(await readAll(await batch({ ...common, requests: requestsOf(3) }))).toEqual([]);
  expect(idsOf(await readAll(await batch({ ...common, requests: requestsOf(3), redeliver: true })))).toEqual([
    'r0',
    'r1',
    'r2',
  ]);
  expect(await forgetBatch(store, 'a')).toBe(true);
  expect(await readBatch(store, 'a')).toBeUndefined();
  expect(await readAll(await batch({ ...common, requests: requestsOf(4) }))).toHaveLength(4);
});

test('a run that is stopped goes on where it was, delivers nothing twice, and leaves no file behind', async () => {
  const { mock, client } = await openStage();
  const store = memoryRecords();
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const common = { ...settings, client, store, id: 'a', requests: requestsOf(30), directory };
  const stop = new AbortController();
  const first = await batch({ ...common, signal: stop.signal });
  const got: BatchResult[] = [];
  const failing = async (): Promise<void> => {
    for await (const result of first.results()) {
      got.push(result);
      if (got.length === 10) stop.abort(new Error('stopped'));
    }
  };
  await expect(failing()).rejects.toThrow('stopped');
  await expect(first.done).rejects.toThrow('stopped');
  expect(readdirSync(directory)).toEqual([]);
  const second = await readAll(await batch(common));
  expect(new Set([...got, ...second].map(({ customId }) => customId)).size).toBe(30);
  expect(arrivals(mock, 'POST', '/v1/batches')).toBe(1);
});

/** The provider's fetch, with other answers for the content of files. */
function withFiles(
  mock: Mock,
  answer: (id: string, real: () => Promise<Response>) => Promise<Response>,
): OpenAI {
  return observe(
    new OpenAI({
      baseURL: mock.url,
      apiKey: 'test',
      fetch: async (url, init) => {
        const id = /files\/([^/]+)\/content/.exec(String(url))?.[1];
        const real = async (): Promise<Response> => await fetch(url, init);
        return await (id === undefined ? real() : answer(id, real));
      },
    }),
  );
}

const goneFile = (): Response =>
  Response.json(
    { error: { message: 'No such file object.', type: 'invalid_request_error' } },
    { status: 404 },
  );

test('where the error file is gone those that failed are asked again, and what was answered is kept', async () => {
  const { mock, client: plain } = await openStage({ batches: { failureRate: 0.3 } });
  const client = withFiles(mock, async (id, real) => {
    const first = (await plain.batches.list()).data.at(-1);
    return id === first?.error_file_id ? goneFile() : await real();
  });
  const common = { ...settings, client, store: memoryRecords(), id: 'a', requests: requestsOf(20) };
  const results = await readAll(await batch({ ...common, maxAttempts: 10 }));
  expect(idsOf(results)).toEqual(idsOf(requestsOf(20) as never));
  expect(results.filter(({ error }) => error)).toEqual([]);
  const batches = mock.ledger().flatMap((entry) => entry.batch ?? []);
  expect(batches.reduce((sum, { completed }) => sum + completed, 0)).toBe(20);
});

test('where the output file is gone nothing is paid twice, and each answer is said to be missing', async () => {
  const { mock } = await openStage();
  const client = withFiles(mock, async () => goneFile());
  const run = await batch({ ...settings, client, store: memoryRecords(), id: 'a', requests: requestsOf(3) });
  expect((await readAll(run)).map(({ error }) => error)).toEqual(
    Array.from({ length: 3 }, () => ({
      code: 'result_missing',
      message: 'The output file of the batch is gone at the provider, and this answer with it.',
    })),
  );
  expect(arrivals(mock, 'POST', '/v1/batches')).toBe(1);
});

test('a file that cannot be read to its end is no file without results: the run stops, and goes on later', async () => {
  const { mock, client: later } = await openStage();
  let downloads = 0;
  const client = withFiles(mock, async (_, real) => {
    downloads += 1;
    const text = await (await real()).text();
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (control) =>
        pulls++ === 0
          ? control.enqueue(new TextEncoder().encode(text.slice(0, text.length / 2)))
          : control.error(new TypeError('terminated')),
    });
    return new Response(body, { headers: { 'content-type': 'application/octet-stream' } });
  });
  const common = { ...settings, store: memoryRecords(), id: 'a', requests: requestsOf(10) };
  const got: BatchResult[] = [];
  const reading = async (): Promise<void> => {
    for await (const result of (await batch({ ...common, client })).results()) got.push(result);
  };
  await expect(reading()).rejects.toMatchObject({
    code: 'batch_failed',
    message: expect.stringContaining('The download broke off.'),
  });
  expect(downloads).toBe(20);
  got.push(...(await readAll(await batch({ ...common, client: later }))));
  expect(new Set(idsOf(got)).size).toBe(10);
  expect(got.every(({ error }) => !error)).toBe(true);
  expect(arrivals(mock, 'POST', '/v1/batches')).toBe(1);
});

test('what a provider calls a reason is counted, whatever it is', async () => {
  const names = ['constructor', '__proto__', 'toString'];
  const answers: AnswerFunction = ({ text }) => ({
    status: 400,
    body: { error: { code: names.find((name) => text.includes(name)), message: 'No.' } },
  });
  const { client } = await openStage({ answers });
  const requests = names.map((input) => ({ customId: input, body: { model: 'gpt-5-mini', input } }));
  const store = memoryRecords();
  const run = await batch({ ...settings, client, store, id: 'a', requests });
  expect(idsOf(await readAll(run))).toEqual([...names].sort());
  const { reasons = {} } = (await readBatch(store, 'a')) ?? {};
  expect(Object.entries(reasons).sort()).toEqual(names.map((name) => [name, 1]).sort());
});

test('results that nobody asked for, come twice, or are no results change nothing', async () => {
  const { mock } = await openStage({ batches: { failureRate: 0.3 } });
  const client = withFiles(mock, async (_, real) => {
    const lines = (await (await real()).text()).split('\n').filter((line) => line !== '');
    const strange = lines.map((line) => line.replace(/"custom_id":"r/, '"custom_id":"R'));
    const failed = lines.map((line) =>
      JSON.stringify({ ...JSON.parse(line), response: null, error: { code: 'late', message: 'No.' } }),
    );
    return new Response([...strange, '', 'oops', '[1]', '{"custom_id":7}', ...lines, ...failed].join('\r\n'));
  });
  const requests = requestsOf(20);
  const common = { ...settings, client, store: memoryRecords(), id: 'a', requests, maxAttempts: 10 };
  const results = await readAll(await batch(common));
  expect(idsOf(results)).toEqual(idsOf(requests as never));
  expect(results.filter(({ error }) => error)).toEqual([]);
});

test('what is forgotten leaves no prompt behind of a process that was killed', async () => {
  const { mock } = await openStage();
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const records = memoryRecords();
  const { client, store, death } = mortal(mock.url, records, 5);
  void batch({ ...settings, client, store, id: 'a', requests: requestsOf(3), directory });
  await death;
  expect(readdirSync(directory)).toHaveLength(1);
  expect(await forgetBatch(records, 'a')).toBe(true);
  expect(readdirSync(directory)).toEqual([]);
  expect(await records.list()).toEqual([]);
});

test('a deadline ends the wait and not the batch', async () => {
  const { client } = await openStage({ batches: { runningMs: 400 } });
  const common = { ...settings, client, store: memoryRecords(), id: 'a', requests: requestsOf(3) };
  const run = await batch({ ...common, deadlineMs: 30_000 });
  await expect(readAll(run)).rejects.toMatchObject({ code: 'deadline_exceeded' });
  expect(await readAll(await batch(common))).toHaveLength(3);
});

test('a webhook ends the wait for the next look', async () => {
  // It must not have ended when it is first looked at, and nobody looks again by themselves.
  const { mock, client } = await openStage({ batches: { runningMs: 3_000 } });
  const run = await batch({
    client,
    store: memoryRecords(),
    id: 'a',
    requests: requestsOf(3),
    delaysMs: [600_000],
  });
  await expect.poll(() => run.progress().openBatches.length).toBe(1);
  await mock.settled();
  run.look(run.progress().openBatches[0]?.batchId);
  expect(await readAll(run)).toHaveLength(3);
});

test('what is not known of the cost is said, and what is known is half the price', async () => {
  const { client } = await openStage();
  const requests = requestsOf(4, (index) => ({
    model: index % 2 ? 'gpt-5-mini' : 'house-blend',
    input: 'Hi',
  }));
  const run = await batch({ ...settings, client, store: memoryRecords(), id: 'a', requests });
  await readAll(run);
  const { models, costUsd, unpricedBatches } = await run.done;
  const { usage, costUsd: own } = models['gpt-5-mini'] ?? {};
  // gpt-5-mini costs 0.25 and 2 USD a million tokens.
  expect(own).toBeCloseTo(((usage?.inputTokens ?? 0) * 0.125 + (usage?.outputTokens ?? 0)) / 1e6, 12);
  expect({ costUsd, unpricedBatches }).toEqual({ costUsd: own, unpricedBatches: 1 });
  expect(models['house-blend']?.costUsd).toBeUndefined();
});
