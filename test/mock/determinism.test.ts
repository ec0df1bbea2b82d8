import { Agent, type ClientRequest, request } from 'node:http';
import { expect, test } from 'vitest';
import { type Mock, type Schedule, startMock } from '../../src/mock/index.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

const schedule: Schedule = [
  { name: 'calm', forMs: 300 },
  {
    name: 'trouble',
    forMs: 600,
    faults: [
      { status: 429, rate: 0.2, retryAfterMs: 50 },
      { status: 503, rate: 0.1 },
      { delayMs: 80, rate: 0.1 },
      { kind: 'reset', rate: 0.1 },
      { kind: 'cut', rate: 0.15 },
      { kind: 'reset-midstream', rate: 0.15, afterChunks: 2 },
    ],
  },
];

const latency = { loadFactor: 2, loadCapacity: 20 };

/** Arrivals of every kind, 7 ms apart: retries of the same call, calls without an id, and clients that leave. */
const arrivals = Array.from({ length: 160 }, (_, n) => ({
  callId: n % 9 === 0 ? undefined : `call-${n % 50}`,
  endpoint: (['chat', 'responses'] as const)[n % 2] ?? 'chat',
  model: (['gpt-4o', 'gpt-5-mini'] as const)[n % 3 === 0 ? 0 : 1] ?? 'gpt-4o',
  stream: n % 4 < 2,
  leaves: n % 11 === 0,
  // Long enough for the prompt cache, with a beginning that others have too.
  prompt: n % 5 === 0 ? `${'Hello '.repeat(1_000)}${n}` : 'Hello',
  usesTools: n % 6 === 0,
}));

async function ledgerOf(seed: number): Promise<string> {
  const clock = createFakeClock();
  const mock = await startMock({ seed, schedule, clock, latency });
  const agent = new Agent({ keepAlive: false });
  for (const [n, arrival] of arrivals.entries()) {
    const sent = send(mock, agent, arrival);
    await untilStill(mock, clock, () => mock.state().requests === n + 1);
    if (arrival.leaves) {
      sent.destroy();
      await untilStill(mock, clock, () => mock.ledger()[n]?.end !== 'pending');
    }
    for (let step = 0; step < 7; step++) {
      clock.advance(1);
      await untilStill(mock, clock, () => true);
    }
  }
  while (clock.waiting() > 0) {
    clock.advance(1);
    await untilStill(mock, clock, () => true);
  }
  await mock.settled();
  const ledger = mock.ledger();
  await mock.close();
  expect(new Set(ledger.map((entry) => entry.fault)).size).toBe(7);
  expect(new Set(ledger.map((entry) => entry.end))).toEqual(
    new Set(['complete', 'client-closed', 'cut', 'reset']),
  );
  expect(ledger.some((entry) => (entry.usage?.cachedTokens ?? 0) > 0)).toBe(true);
  expect(new Set(ledger.map((entry) => entry.finishReason))).toEqual(new Set([null, 'stop', 'tool_calls']));
  return JSON.stringify(ledger);
}

function send(mock: Mock, agent: Agent, arrival: (typeof arrivals)[number]): ClientRequest {
  const { callId, endpoint, model, stream, prompt, usesTools } = arrival;
  const path = endpoint === 'chat' ? '/chat/completions' : '/responses';
  const sent = request(mock.url + path, {
    agent,
    method: 'POST',
    headers: { authorization: 'Bearer any', ...(callId === undefined ? {} : { 'x-call-id': callId }) },
  });
  sent.on('response', (response) => response.on('error', () => {}).resume());
  sent.on('error', () => {});
  const asked = endpoint === 'chat' ? { messages: [{ role: 'user', content: prompt }] } : { input: prompt };
  const tool = { name: 'look', parameters: { type: 'object', properties: { at: {} }, required: ['at'] } };
  const tools = [{ type: 'function', ...(endpoint === 'chat' ? { function: tool } : tool) }];
  sent.end(JSON.stringify({ model, stream, ...asked, ...(usesTools ? { tools } : {}) }));
  return sent;
}

/** Nothing moves any more when every request that runs waits for its one timer. */
async function untilStill(mock: Mock, clock: FakeClock, also: () => boolean): Promise<void> {
  while (!also() || mock.state().running !== clock.waiting()) await new Promise(setImmediate);
}

test('the same arrivals under the same seed give the same ledger, byte for byte', async () => {
  const first = await ledgerOf(11);
  expect(await ledgerOf(11)).toBe(first);
  expect(await ledgerOf(12)).not.toBe(first);
});
