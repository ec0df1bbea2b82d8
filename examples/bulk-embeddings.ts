/**
 * Many embeddings with bounded concurrency (`p-limit`), watched while they run and summed up at the end.
 * Runs without a key on the mock provider; with a key, leave out `baseURL`.
 */
import OpenAI from 'openai';
import pLimit from 'p-limit';
import { observe, telltale } from '../src/index.ts'; // in your code: 'telltale'
import { startMock } from '../src/mock/index.ts'; // in your code: 'telltale/mock'

const mock = await startMock({ seed: 2, schedule: [{ forMs: 400, faults: [{ status: 503, rate: 0.3 }] }] });
const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }));

telltale(openai).on('backoff', ({ reason, startedMs, endedMs }) => {
  console.log(`waited ${((endedMs ?? startedMs) - startedMs).toFixed(0)} ms after ${reason}`);
});

const texts = Array.from({ length: 40 }, (_, index) => `Paragraph ${index} of a longer document.`);
const eightAtATime = pLimit(8);
const vectors = await Promise.all(
  texts.map((input) =>
    eightAtATime(async () => {
      const { data } = await openai.embeddings.create({ model: 'text-embedding-3-small', input });
      return data[0]?.embedding;
    }),
  ),
);

const { calls, attempts, durationMs, tokens, cost } = telltale(openai).stats();
console.log(`${vectors.length} vectors from ${calls} calls and ${attempts} attempts`);
console.log(`p50 ${durationMs.p50?.toFixed(0)} ms, p95 ${durationMs.p95?.toFixed(0)} ms`);
console.log(`${tokens.input.sum} tokens, $${cost.usd.toFixed(8)}`);

await mock.close();
