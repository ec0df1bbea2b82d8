// What a user of the installed package's patterns does, once each.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI from 'openai';
import { callWith, estimateCost, observe, TelltaleError, telltale } from 'telltale';
import { createLimiter } from 'telltale/limiter';
import { startMock } from 'telltale/mock';
import {
  analyseDocument,
  background,
  batch,
  conversation,
  fileRecords,
  guarded,
  memoryRecords,
  readDocument,
} from 'telltale/patterns';

const mock = await startMock({
  seed: 1,
  background: { queuedMs: 5, runsMs: 10 },
  batches: { validatingMs: 5, runningMs: 10, finalizingMs: 5 },
});
const client = observe(new OpenAI({ apiKey: 'no key is needed here', baseURL: mock.url }));
const model = 'gpt-5-mini';

// What the entries share is there once: a limiter, the errors, what `callWith` says.
const limiter = createLimiter({ limits: [{ requests: 100, per: 'minute' }] });
const limited = observe(new OpenAI({ apiKey: 'no key is needed here', baseURL: mock.url }), {
  limiter,
  budget: { usd: 1, per: 'day', scope: 'user' },
});
await callWith({ user: 'ann' }, async () =>
  (await conversation({ client: limited, id: 'shared', model, store: memoryRecords() })).send('Hello'),
);
assert.equal(limiter.stats().admitted, 1);
assert.match(JSON.stringify(telltale(limited).budget()), /"owner":"ann"/);
await assert.rejects(batch({}), TelltaleError);
await telltale(limited).close();
await limiter.close();
const folder = mkdtempSync(path.join(tmpdir(), 'telltale-patterns-'));
const store = fileRecords(folder);

const chat = await conversation({ client, store, id: 'a', model });
assert.equal((await chat.send('Hello')).outcome, 'ok');
assert.equal((await conversation({ client, store, id: 'a', model })).messages().length, 2);

const response = await background(client, { model, input: 'Hello' }, { delaysMs: [10] });
assert.equal(response.status, 'completed');

// Markdown and HTML are read in a thread, by a file of the package.
for (const [name, data] of [
  ['a.md', '# One\n\nThe wind blows from the west.'],
  ['a.html', '<h1>One</h1><p>The wind blows from the west.</p>'],
])
  assert.equal((await readDocument({ name, data })).blocks.length, 2);
const report = await analyseDocument(
  { name: 'a.md', data: '# One\n\nThe wind blows from the west.' },
  { client, model, store, via: 'direct' },
);
assert.ok(report.figures.costUsd > 0);

assert.equal(typeof (await guarded(client).respond({ model, input: 'Hello' })).text, 'string');

const requests = [{ customId: 'one', body: { model, messages: [{ role: 'user', content: 'Hello' }] } }];
const run = await batch({
  client,
  store: memoryRecords(),
  id: 'b',
  requests,
  endpoint: '/v1/chat/completions',
  delaysMs: [20],
});
const results = [];
for await (const { customId } of run.results()) results.push(customId);
assert.deepEqual(results, ['one']);

assert.ok(estimateCost({ model, input: 'Hello', maxOutputTokens: 100 }).usd.most > 0);
await mock.close();
