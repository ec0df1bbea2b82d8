import { Agent, type ClientRequest, request } from 'node:http';
import { expect, test } from 'vitest';
import { type Mock, type Schedule, startMock } from '../../src/mock/index.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { instant } from './support.ts';

const schedule: Schedule = [
  {
    forMs: 3_600_000,
    faults: [
      { status: 503, rate: 0.1 },
      { kind: 'reset', rate: 0.1 },
      { kind: 'cut', rate: 0.15 },
      { kind: 'drip', rate: 0.1, gapMs: 30 },
      { kind: 'error-event', rate: 0.1 },
      { kind: 'reset-midstream', rate: 0.15, afterChunks: 5 },
    ],
  },
];

async function ledgerOf(seed: number) {
  const clock = createFakeClock();
  const background = { queuedMs: 40, runsMs: 200, failRate: 0.2 };
  const mock = await startMock({ seed, schedule, clock, background, latency: instant });
  const agent = new Agent({ keepAlive: false });
  async function ask(method: string, path: string, callId: string, body?: object): Promise<ClientRequest> {
    const { requests } = mock.state();
    const sent = request(mock.url + path, {
      agent,
      method,
      headers: { authorization: 'Bearer any', 'x-call-id': callId },
    });
    sent.on('response', (response) => response.on('error', () => {}).resume());
    sent.on('error', () => {});
    sent.end(body && JSON.stringify(body));
    await untilStill(mock, clock, () => mock.state().requests === requests + 1);
    return sent;
  }
  for (let n = 0; n < 60; n++) {
    const body = { model: 'gpt-5-mini', input: 'Hello', background: true, stream: n % 2 === 0 };
    await ask('POST', '/responses', `call-${n}`, body);
    await advance(mock, clock, 20);
    const id = mock.ledger().findLast(({ job }) => job)?.job?.id;
    if (n % 3 === 0) await ask('GET', `/responses/${id}`, `call-${n}`);
    if (n % 7 === 0) await ask('POST', `/responses/${id}/cancel`, `call-${n}`);
    if (n % 4 === 0) await ask('GET', `/responses/${id}?stream=true&starting_after=3`, `call-${n}`);
  }
  while (clock.waiting() > 0) await advance(mock, clock, 5);
  await mock.settled();
  const ledger = mock.ledger();
  await mock.close();
  return ledger;
}

async function advance(mock: Mock, clock: FakeClock, byMs: number): Promise<void> {
  for (let step = 0; step < byMs; step++) {
    clock.advance(1);
    await untilStill(mock, clock, () => true);
  }
}

/** Nothing moves any more when every stream and every response in the background waits for its one timer. */
async function untilStill(mock: Mock, clock: FakeClock, also: () => boolean): Promise<void> {
  const isStill = () => mock.state().running + mock.state().jobs === clock.waiting();
  while (!also() || !isStill()) await new Promise(setImmediate);
}

test('responses in the background are the same for the same arrivals, byte for byte', async () => {
  const first = await ledgerOf(11);
  expect(JSON.stringify(await ledgerOf(11))).toBe(JSON.stringify(first));
  expect(JSON.stringify(await ledgerOf(12))).not.toBe(JSON.stringify(first));
  expect(new Set(first.map(({ fault }) => fault)).size).toBe(7);
  expect(new Set(first.flatMap(({ job }) => (job ? [job.status] : [])))).toEqual(
    new Set(['completed', 'failed', 'cancelled']),
  );
  for (const { job, usage, usageSent } of first) {
    if (job?.status === 'completed') expect(usage).not.toBe(null);
    if (job?.status === 'failed' || !job) expect(usage).toBe(null);
    if (usageSent) expect(job?.status).toBe('completed');
  }
}, 60_000);
