// An application that is put into one file with all that it uses: its calls must be told of as without a bundler.
import assert from 'node:assert/strict';
import { trace } from '@opentelemetry/api';
import OpenAI from 'openai';
import { observe, telltale } from 'telltale';
import { createLimiter } from 'telltale/limiter';
import { startMock } from 'telltale/mock';
import { start } from 'telltale/node';
import ObservedOpenAI from 'telltale/openai';
import { conversation, memoryRecords } from 'telltale/patterns';
import { createTracing } from './tracing.mjs';

// What it loads is chosen at run time, which no bundler follows: it has to say so.
assert.throws(start, { name: 'TelltaleError', code: 'missing_package' });

const { provider, spans } = createTracing();
trace.setGlobalTracerProvider(provider);
const mock = await startMock({ seed: 1 });
const settings = { apiKey: 'no key is needed here', baseURL: mock.url };
const limiter = createLimiter({ limits: [{ requests: 100, per: 'minute' }] });
for (const client of [observe(new OpenAI(settings), { limiter }), new ObservedOpenAI(settings)]) {
  const chat = await conversation({ client, store: memoryRecords(), id: 'a', model: 'gpt-5-mini' });
  assert.equal((await chat.send('Hello')).outcome, 'ok');
  assert.ok(client instanceof OpenAI);
  assert.ok(telltale(client).stats().calls >= 1);
  await assert.rejects(client.models.retrieve('no-such-model'), OpenAI.NotFoundError);
}
assert.ok(limiter.stats().admitted >= 1);
const attempts = spans.getFinishedSpans().filter(({ name }) => name.startsWith('POST '));
assert.ok(attempts.length >= 2, 'no spans of attempts came out of the bundle');
await limiter.close();
await mock.close();
console.log(`${attempts.length} attempts observed`);
