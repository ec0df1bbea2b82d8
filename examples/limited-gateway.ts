/**
 * A service that stays inside a quota and passes the pressure on: calls wait for their turn, those of high priority first,
 * and once too many wait, the service answers its own callers 429 with Retry-After. The provider itself never has to.
 * Runs without a key on the mock provider, which enforces the same limits; with a key, leave out `baseURL`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { callWith, observe, telltale } from '../src/index.ts'; // in your code: 'telltale'
import { judgeLimits, startMock } from '../src/mock/index.ts'; // in your code: 'telltale/mock'

const limits = [
  { requests: 20, per: 'second' },
  { tokens: 4_000, per: 'second' },
] as const;
const mock = await startMock({ seed: 3, limits });

const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url, maxRetries: 0 }), {
  limits,
  queue: { maxWaiting: 30, whenFull: 'lowest' },
});

const service = createServer(async (request, response) => {
  const priority = request.headers['x-priority'] === 'high' ? 'high' : 'low';
  try {
    const answer = await callWith({ priority }, () =>
      openai.chat.completions.create({
        model: 'gpt-4.1-mini',
        messages: [{ role: 'user', content: 'Which way does the wind blow?' }],
        max_completion_tokens: 100,
      }),
    );
    response.end(answer.choices[0]?.message.content);
  } catch (error) {
    // A refusal by a limit looks as one of the provider would: status 429, and when to come again.
    const { status, headers } = error as InstanceType<typeof OpenAI.APIError>;
    const retryAfter = headers?.get('retry-after');
    response.writeHead(status ?? 502, retryAfter ? { 'retry-after': retryAfter } : {});
    response.end();
  }
});
await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
const { port } = service.address() as AddressInfo;

// 100 callers at once, of whom every tenth is in a hurry: five seconds of quota, and room for 30 to wait.
const statuses = await Promise.all(
  Array.from({ length: 100 }, async (_, index) => {
    const priority = index % 10 === 9 ? 'high' : 'low';
    const { status, headers } = await fetch(`http://127.0.0.1:${port}`, {
      headers: { 'x-priority': priority },
    });
    return { priority, status, retryAfter: headers.get('retry-after') };
  }),
);
for (const priority of ['high', 'low']) {
  const own = statuses.filter((one) => one.priority === priority);
  const served = own.filter(({ status }) => status === 200).length;
  const [refused] = own.filter(({ status }) => status === 429);
  const told = refused ? `, the others 429 with Retry-After ${refused.retryAfter}` : '';
  console.log(`${priority.padEnd(4)}  ${served} of ${own.length} served${told}`);
}

const { waitMs } = telltale(openai).limits() ?? {};
console.log(`waits  high p95 ${waitMs?.high.p95?.toFixed(0)} ms, low p95 ${waitMs?.low.p95?.toFixed(0)} ms`);
await mock.settled();
const { avoidable429s } = judgeLimits(mock.ledger(), limits);
console.log(`429s from the provider  ${avoidable429s}`);

service.close();
await mock.close();
if (avoidable429s > 0 || statuses.some(({ priority, status }) => priority === 'high' && status !== 200))
  process.exitCode = 1;
