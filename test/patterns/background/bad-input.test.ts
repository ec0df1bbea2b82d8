import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { background, backgroundJobs, memoryRecords } from '../../../src/patterns/index.ts';
import { clientOf, jobsOf, mockForTest, request } from './support.ts';

const bad = (value: unknown) => value as never;

test('says what is wrong with an option', async () => {
  const client = clientOf(await mockForTest());
  const store = memoryRecords();
  const wrong = (options: object, message: string | RegExp) =>
    expect(() => backgroundJobs(bad({ client, store, ...options }))).toThrow(message);
  wrong(
    { client: new OpenAI({ apiKey: 'k' }) },
    'This client is not observed. Call `observe(client)` first.',
  );
  wrong({ client: null }, 'Expected `options.client` to be an observed client of openai, got `null` (null)');
  wrong({ store: {} }, 'Expected `options.store` to be a store of records, such as `fileRecords(directory)`');
  wrong({ delayMs: [1] }, 'Unknown option `options.delayMs`. Did you mean `delaysMs`?');
  wrong({ delaysMs: [] }, 'Expected `options.delaysMs` to be a list of at least one wait');
  wrong(
    { delaysMs: [1, -1] },
    'Expected `options.delaysMs[1]` to be a number from 1 to 2147483647, got `-1`',
  );
  wrong({ jitter: 2 }, 'Expected `options.jitter` to be a number from 0 to 1, got `2` (number)');
  wrong({ deadlineMs: 0 }, /Expected `options.deadlineMs` to be a number/);
  wrong({ mostFailures: 0 }, 'Expected `options.mostFailures` to be a positive integer');
  wrong({ whenLost: 'wait' }, "Expected `options.whenLost` to be 'again' or 'fail'");
  wrong({ webhookSecret: '' }, 'Expected `options.webhookSecret` to be a non-empty string');
  wrong({ onProgress: 1 }, 'Expected `options.onProgress` to be a function');
  wrong({ clock: {} }, 'Expected `options.clock.nowMs` to be a function');
  expect(() => backgroundJobs(bad(undefined))).toThrow('Expected `options` to be an object');
});

test('says what is wrong with a job, and sends nothing', async () => {
  const mock = await mockForTest();
  const store = memoryRecords();
  const jobs = jobsOf(mock, { store });
  const wrong = async (given: unknown, options: unknown, message: string) =>
    await expect(jobs.start(bad(given), bad(options))).rejects.toThrow(message);
  await wrong(
    'Hello',
    {},
    'Expected `request` to be an object, as for `responses.create`, got `"Hello"` (string)',
  );
  await wrong(
    { ...request, stream: true },
    {},
    'Expected `request.stream` to be left out, as the job sees to it',
  );
  await wrong({ ...request, background: false }, {}, 'Expected `request.background` to be left out');
  await wrong({ ...request, input: 1n }, {}, 'Expected `request` to be JSON');
  await wrong(request, { id: '' }, 'Expected `id` to be a text of 1 to 200 characters');
  await wrong(request, { id: 'x'.repeat(201) }, 'Expected `id` to be a text of 1 to 200 characters');
  await wrong(request, { deadlineMs: '5' }, 'Expected `options.deadlineMs` to be a number');
  await wrong(request, { signal: {} }, 'Expected `options.signal` to be an AbortSignal');
  await wrong(request, { ids: 'a' }, 'Unknown option `options.ids`. Did you mean `id`?');
  await expect(jobs.prune(bad({}))).rejects.toThrow(
    'Expected `options.olderThanMs` to be a number of at least 0',
  );
  await expect(jobs.get('')).rejects.toThrow('Expected `id` to be a text');
  expect(mock.ledger()).toEqual([]);
  expect(await store.list()).toEqual([]);
  await expect(background(clientOf(mock), request, bad({ delays: 1 }))).rejects.toThrow('Unknown option');
});

test('gives no job of another request', async () => {
  const jobs = jobsOf(await mockForTest());
  const job = await jobs.start(request, { id: 'a' });
  const same = { input: request.input, model: request.model };
  expect(await jobs.start(same, { id: 'a' })).toBe(job);
  const other = jobs.start({ ...request, input: 'Another.' }, { id: 'a' });
  await expect(other).rejects.toThrow(
    'Expected `options.id` to be the id of no job with another request, got `"a"`',
  );
  await job.done;
});

test('does nothing once it is closed', async () => {
  const jobs = jobsOf(await mockForTest());
  await jobs.close();
  await jobs.close();
  await expect(jobs.start(request)).rejects.toThrow('These background jobs are closed.');
  await expect(jobs.resume()).rejects.toThrow('These background jobs are closed.');
  await expect(jobs.get('a')).rejects.toThrow('These background jobs are closed.');
});
