/**
 * A service in a bad hour: calls through a client with everything switched on, in front of a provider that misbehaves, so
 * that there is something to see in every panel. Runs until whoever started it lets go of it.
 */
import OpenAI from 'openai';
import { callWith, observe } from '../../src/index.ts';
import { startMock } from '../../src/mock/index.ts';
import { start } from '../../src/node/index.ts';

const callsPerSecond = 30;
const features = ['search', 'chat', 'export'] as const;
const priorities = ['high', 'medium', 'low'] as const;

const telemetry = start({ handleSignals: false });
const mock = await startMock({
  seed: 1,
  loop: true,
  schedule: [
    {
      forMs: 5_000,
      faults: [
        { status: 503, rate: 0.1, firstAttempts: 1 },
        { status: 429, rate: 0.1, retryAfterMs: 200, firstAttempts: 1 },
        { kind: 'cut', rate: 0.2 },
        { status: 500, rate: 0.05 },
      ],
    },
    { forMs: 4_000, faults: [{ status: 503, rate: 1, models: ['gpt-5'] }] },
  ],
});
const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url }), {
  // Less than is offered, so that calls wait, and some are refused.
  limits: [
    { requests: 20, per: 'second' },
    { tokens: 1_000_000, per: 'minute' },
  ],
  queue: { maxWaiting: 20, whenFull: 'lowest' },
  retry: { maxAttempts: 3, initialDelayMs: 100, maxDelayMs: 400 },
  // Once open, it stays so until the end.
  breaker: { minCalls: 5, openMs: 60_000 },
  fallback: { 'gpt-5': ['gpt-5-mini'] },
  // That of each feature is soon spent.
  budget: [
    { usd: 2, per: 'day' },
    { usd: 0.05, per: 'day', tag: 'feature' },
  ],
  alerts: {},
  metricTags: ['feature'],
  streamUsage: 'ask',
  deadlineMs: 5_000,
});

async function call(index: number): Promise<void> {
  const model = index % 3 === 0 ? 'gpt-5' : 'gpt-5-mini';
  const messages = [{ role: 'user' as const, content: 'Which way does the wind blow?' }];
  if (index % 10 === 0) {
    await openai.embeddings.create({ model: 'text-embedding-3-small', input: 'wind' });
    return;
  }
  // Some spend their whole allowance on reasoning.
  const body = { model, messages, max_completion_tokens: index % 7 === 0 ? 60 : 400 };
  if (index % 2 === 0) {
    await openai.chat.completions.create(body);
    return;
  }
  for await (const _ of await openai.chat.completions.create({ ...body, stream: true }));
}

const underWay = new Set<Promise<void>>();
let index = 0;
const offering = setInterval(() => {
  const at = index++;
  const said = {
    priority: priorities[at % 3] ?? 'medium',
    tags: { feature: features[at % features.length] ?? 'chat' },
  };
  // What becomes of a call is told by telemetry.
  const work = callWith(said, () => call(at)).catch(() => {});
  underWay.add(work);
  void work.then(() => underWay.delete(work));
}, 1_000 / callsPerSecond);

process.once('disconnect', async () => {
  setTimeout(() => process.exit(0), 5_000).unref();
  clearInterval(offering);
  await Promise.all(underWay);
  await telemetry.shutdown();
  await mock.close();
});
