import type OpenAI from 'openai';
import { toFile } from 'openai';
import { expect, test } from 'vitest';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { clients, collect, hello } from '../support.ts';
import { clientForTest } from './client.ts';

type Endpoint = OpenAI.BatchCreateParams['endpoint'];

const chat = { model: 'gpt-4o', messages: hello };

function line(custom_id: string, body: object = chat, url: string = '/v1/chat/completions') {
  return JSON.stringify({ custom_id, method: 'POST', url, body });
}

async function begin(openai: OpenAI, input: string, endpoint: Endpoint = '/v1/chat/completions') {
  const file = await openai.files.create({
    file: await toFile(Buffer.from(input), 'in.jsonl'),
    purpose: 'batch',
  });
  return openai.batches.create({
    input_file_id: file.id,
    endpoint,
    completion_window: '24h',
    metadata: { night: '1' },
  });
}

async function linesOf(openai: OpenAI, fileId: string | undefined) {
  const text = await (await openai.files.content(fileId ?? '')).text();
  return text
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one));
}

function runOut(clock: FakeClock) {
  while (clock.waiting() > 0) clock.advance(100);
}

test.each(clients)('a batch goes its way by the clock, with openai $version', async ({ Client }) => {
  const clock = createFakeClock();
  const batches = { validatingMs: 1_000, runningMs: 60_000, finalizingMs: 1_000 };
  const { openai, mock } = await clientForTest({ clock, batches }, Client);
  const input = Array.from({ length: 40 }, (_, n) => line(`night-${n}`)).join('\n');
  const batch = await begin(openai, input);
  expect(batch).toMatchObject({
    object: 'batch',
    status: 'validating',
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
    expires_at: batch.created_at + 86_400,
    metadata: { night: '1' },
    request_counts: { total: 0, completed: 0, failed: 0 },
  });
  const statuses = new Set<string>([batch.status]);
  const completed: number[] = [];
  while (clock.waiting() > 0) {
    clock.advance(500);
    const now = await openai.batches.retrieve(batch.id);
    statuses.add(now.status);
    completed.push(now.request_counts?.completed ?? 0);
  }
  expect([...statuses]).toEqual(['validating', 'in_progress', 'finalizing', 'completed']);
  expect(completed).toEqual(completed.toSorted((a, b) => a - b));
  expect(new Set(completed).size).toBeGreaterThan(10);
  const done = await openai.batches.retrieve(batch.id);
  expect(done.request_counts).toEqual({ total: 40, completed: 40, failed: 0 });
  expect(done.error_file_id).toBeUndefined();
  const lines = await linesOf(openai, done.output_file_id);
  expect(lines.map(({ custom_id }) => custom_id)).toEqual(Array.from({ length: 40 }, (_, n) => `night-${n}`));
  const answers = lines.map(({ response }) => response.body as OpenAI.ChatCompletion);
  expect(new Set(answers.map(({ id }) => id)).size).toBe(40);
  const sum = (of: (usage: OpenAI.CompletionUsage) => number) =>
    answers.reduce((total, { usage }) => total + (usage ? of(usage) : 0), 0);
  const entry = mock.ledger().find(({ method, path }) => method === 'POST' && path === '/v1/batches');
  expect(entry?.usage).toBeNull();
  expect(entry?.batch).toMatchObject({
    id: batch.id,
    model: 'gpt-4o',
    status: 'completed',
    lines: 40,
    completed: 40,
    failed: 0,
    usage: {
      inputTokens: sum((usage) => usage.prompt_tokens),
      outputTokens: sum((usage) => usage.completion_tokens),
    },
  });
});

test('lines that fail or are refused are in the error file, and the rest in the other', async () => {
  const clock = createFakeClock();
  const { openai, mock } = await clientForTest({ clock, batches: { failureRate: 0.3 } });
  const lines = Array.from({ length: 50 }, (_, n) => line(`call-${n}`));
  const wrong = [line('no-messages', { model: 'gpt-4o' }), line('stream', { ...chat, stream: true })];
  const batch = await begin(openai, [...lines, ...wrong].join('\n'));
  runOut(clock);
  const done = await openai.batches.retrieve(batch.id);
  const good = await linesOf(openai, done.output_file_id);
  const bad = await linesOf(openai, done.error_file_id);
  expect(good.length + bad.length).toBe(52);
  expect(done.request_counts).toEqual({ total: 52, completed: good.length, failed: bad.length });
  expect(good.every(({ response }) => response.status_code === 200)).toBe(true);
  const statuses = bad.map(({ response }) => response.status_code);
  expect(statuses.filter((status) => status === 400)).toHaveLength(2);
  expect(statuses.filter((status) => status === 500).length).toBeGreaterThan(5);
  expect(bad[0].response.body.error.message).toContain('The server had an error');
  expect(mock.ledger().find(({ batch: record }) => record)?.batch).toMatchObject({ failed: bad.length });
});

test.each<[Endpoint, object]>([
  ['/v1/responses', { model: 'gpt-4o', input: 'Hello' }],
  ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'Hello', dimensions: 4 }],
  ['/v1/completions', { model: 'gpt-3.5-turbo-instruct', prompt: 'Hello' }],
  ['/v1/moderations', { model: 'omni-moderation-latest', input: 'Hello' }],
])('a batch may ask %s', async (endpoint, body) => {
  const clock = createFakeClock();
  const { openai } = await clientForTest({ clock });
  const batch = await begin(openai, line('one', body, endpoint), endpoint);
  runOut(clock);
  const done = await openai.batches.retrieve(batch.id);
  const [answer] = await linesOf(openai, done.output_file_id);
  expect(answer).toMatchObject({ custom_id: 'one', response: { status_code: 200 }, error: null });
});

test.each([
  ['empty', '', 'empty_file', null],
  ['no JSON', `${line('a')}\n{"custom_id"`, 'invalid_json_line', 2],
  ['the same custom_id twice', `${line('a')}\n${line('b')}\n${line('a')}`, 'duplicate_custom_id', 3],
  ['two models', `${line('a')}\n${line('b', { ...chat, model: 'gpt-5' })}`, 'mismatched_model', 2],
  ['another endpoint', `${line('a')}\n${line('b', chat, '/v1/responses')}`, 'invalid_url', 2],
  [
    'no body',
    '{"custom_id":"a","method":"POST","url":"/v1/chat/completions"}',
    'missing_required_parameter',
    1,
  ],
  ['another method', line('a').replace('POST', 'GET'), 'invalid_method', 1],
  ['too many lines', '{}\n'.repeat(50_001), 'too_many_tasks', null],
])('a batch whose input has %s fails', async (_what, input, code, at) => {
  const clock = createFakeClock();
  const { openai } = await clientForTest({ clock });
  const batch = await begin(openai, input);
  runOut(clock);
  const failed = await openai.batches.retrieve(batch.id);
  expect(failed.status).toBe('failed');
  expect(failed.errors?.data).toHaveLength(1);
  expect(failed.errors?.data?.[0]).toMatchObject({ code, line: at });
  expect(failed.output_file_id).toBeUndefined();
});

test('a request for a batch that cannot be is refused', async () => {
  const { openai } = await clientForTest();
  const input = await openai.files.create({ file: await toFile(Buffer.from('x'), 'x'), purpose: 'evals' });
  const good = { input_file_id: input.id, endpoint: '/v1/responses', completion_window: '24h' } as const;
  const create = (changes: object) => openai.batches.create({ ...good, ...changes });
  await expect(create({})).rejects.toMatchObject({ status: 400, param: 'input_file_id' });
  await expect(create({ input_file_id: 'file-x' })).rejects.toMatchObject({ status: 404 });
  await expect(create({ input_file_id: null })).rejects.toMatchObject({ code: 'missing_required_parameter' });
  await expect(create({ endpoint: '/v1/files' })).rejects.toMatchObject({ param: 'endpoint' });
  await expect(create({ completion_window: '1h' })).rejects.toMatchObject({ param: 'completion_window' });
  await expect(create({ metadata: { a: 1 } })).rejects.toMatchObject({ param: 'metadata.a' });
  await expect(openai.batches.retrieve('batch_x')).rejects.toMatchObject({ status: 404 });
  await expect(openai.batches.cancel('batch_x')).rejects.toMatchObject({ status: 404 });
});

test('a batch that is cancelled keeps what it has, and says so of the rest', async () => {
  const clock = createFakeClock();
  const { openai } = await clientForTest({ clock, batches: { validatingMs: 0, runningMs: 10_000 } });
  const batch = await begin(openai, Array.from({ length: 40 }, (_, n) => line(`${n}`)).join('\n'));
  clock.advance(3_000);
  expect((await openai.batches.cancel(batch.id)).status).toBe('cancelling');
  runOut(clock);
  const done = await openai.batches.retrieve(batch.id);
  expect(done.status).toBe('cancelled');
  const [good, bad] = [await linesOf(openai, done.output_file_id), await linesOf(openai, done.error_file_id)];
  expect(good.length + bad.length).toBe(40);
  expect(new Set(bad.map(({ error }) => error.code))).toEqual(new Set(['batch_cancelled']));
  await expect(openai.batches.cancel(batch.id)).rejects.toMatchObject({ status: 409 });
});

test('a batch that does not come to its end in time expires', async () => {
  const clock = createFakeClock();
  const { openai } = await clientForTest({ clock, batches: { windowMs: 5_000, runningMs: 100_000 } });
  const batch = await begin(openai, Array.from({ length: 40 }, (_, n) => line(`${n}`)).join('\n'));
  clock.advance(5_000);
  const done = await openai.batches.retrieve(batch.id);
  expect(done.status).toBe('expired');
  const bad = await linesOf(openai, done.error_file_id);
  expect(bad[0]).toMatchObject({ response: null, error: { code: 'batch_expired' } });
  expect(clock.waiting()).toBe(0);
});

test('the batches of a model hold no more tokens than are allowed, until they end', async () => {
  const clock = createFakeClock();
  const { openai } = await clientForTest({ clock, batches: { validatingMs: 10, enqueuedTokens: 100 } });
  const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'x'.repeat(240) }] };
  const first = await begin(openai, line('a', body));
  clock.advance(20);
  const [second, other] = [
    await begin(openai, line('a', body)),
    await begin(openai, line('a', { ...body, model: 'o3' })),
  ];
  clock.advance(20);
  const failed = await openai.batches.retrieve(second.id);
  expect(failed.status).toBe('failed');
  expect(failed.errors?.data?.[0]).toMatchObject({
    code: 'token_limit_exceeded',
    message: expect.stringContaining('Enqueued token limit reached for gpt-4o'),
  });
  expect((await openai.batches.retrieve(other.id)).status).toBe('in_progress');
  runOut(clock);
  expect((await openai.batches.retrieve(first.id)).status).toBe('completed');
  const third = await begin(openai, line('a', body));
  runOut(clock);
  expect((await openai.batches.retrieve(third.id)).status).toBe('completed');
});

test('batches are listed in pages', async () => {
  const { openai } = await clientForTest();
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push((await begin(openai, line('a'))).id);
  expect((await collect(openai.batches.list({ limit: 2 }))).map(({ id }) => id)).toEqual(ids.toReversed());
});

test('the same batch under the same seed has the same times and the same files', async () => {
  async function run(seed: number) {
    const clock = createFakeClock();
    const { openai } = await clientForTest({ clock, seed, batches: { failureRate: 0.2 } });
    const batch = await begin(openai, Array.from({ length: 30 }, (_, n) => line(`${n}`)).join('\n'));
    runOut(clock);
    const done = await openai.batches.retrieve(batch.id);
    return JSON.stringify([
      done,
      await linesOf(openai, done.output_file_id),
      await linesOf(openai, done.error_file_id),
    ]);
  }
  const first = await run(3);
  expect(await run(3)).toBe(first);
  expect(await run(4)).not.toBe(first);
});

test.each([
  [{ runningMs: -1 }, 'batches.runningMs'],
  [{ failureRate: 1.1 }, 'batches.failureRate'],
  [{ enqueuedTokens: 0.5 }, 'batches.enqueuedTokens'],
  [{ lengthMs: 1 }, 'batches.lengthMs'],
])('an option of %j is refused', async (batches, name) => {
  await expect(clientForTest({ batches: batches as object })).rejects.toThrow(name);
});
