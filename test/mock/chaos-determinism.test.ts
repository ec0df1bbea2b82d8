import { Agent, type ClientRequest, request } from 'node:http';
import { expect, test } from 'vitest';
import { kinds } from '../../src/mock/chaos/fault-fields.ts';
import { type Fault, faultName } from '../../src/mock/faults.ts';
import { type Mock, type Schedule, startMock } from '../../src/mock/index.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

type Unrated<F> = F extends Fault ? Omit<F, 'rate'> : never;

/** All faults but `refuse`, which is a phase of its own. */
const faults: readonly Unrated<Fault>[] = [
  { status: 429, retryAfterMs: 50 },
  { status: 429, limit: 'tokens/minute' },
  { status: 429, limit: 'requests/day' },
  { status: 429, limit: 'tokens/day' },
  { status: 429, code: 'slow_down', retryAfterText: '-5' },
  { status: 429, code: 'engine_overloaded' },
  { status: 429, code: 'insufficient_quota', shouldRetry: false },
  { status: 408 },
  { status: 409 },
  { status: 500, retryAfterMs: 1_500, retryAfterHeader: 'date' },
  { status: 503 },
  { status: 503, code: 'slow_down', retryAfterMsText: 'soon' },
  { delayMs: 30 },
  { kind: 'reset' },
  { kind: 'reset-in-headers' },
  { kind: 'reset-after-headers' },
  { kind: 'hang' },
  { kind: 'hang-after-headers' },
  { kind: 'reset-body' },
  { kind: 'stall-body' },
  { kind: 'malformed-body' },
  { kind: 'drip-body', gapMs: 2, pieceBytes: 100 },
  { kind: 'drip', gapMs: 3 },
  { kind: 'cut' },
  { kind: 'reset-midstream', afterChunks: 2 },
  { kind: 'stall', afterChunks: 0 },
  { kind: 'malformed' },
  { kind: 'error-event' },
  { kind: 'duplicate' },
  { kind: 'html-page', httpStatus: 200 },
  { kind: 'content-type' },
  { kind: 'huge-body', bytes: 200_000 },
  { kind: 'no-usage' },
  { kind: 'no-headers' },
  { kind: 'clock-skew', skewMs: -5_000 },
];

const GAP_MS = 7;
const CALM_MS = 20 * GAP_MS;
const TROUBLE_MS = 380 * GAP_MS;
const SHUT_MS = 10 * GAP_MS;

const schedule: Schedule = [
  { name: 'calm', forMs: CALM_MS },
  {
    name: 'trouble',
    forMs: TROUBLE_MS,
    faults: faults.map((fault) => ({ ...fault, rate: 1 / faults.length }) as Fault),
  },
  { name: 'shut', forMs: SHUT_MS, faults: [{ kind: 'refuse', rate: 1 }] },
];

/** Retries of the same call, calls without an id, whole answers and streams, and clients that leave. */
const arrivals = Array.from({ length: 430 }, (_, n) => ({
  callId: n % 9 === 0 ? undefined : `call-${n % 150}`,
  path: (['/chat/completions', '/responses'] as const)[n % 2] ?? '/responses',
  stream: n % 4 < 2,
  leaves: n % 13 === 0,
}));

test('the mixture has every kind of fault', () => {
  const names = new Set<string>(faults.map((fault) => faultName({ ...fault, rate: 1 } as Fault)));
  expect(Object.keys(kinds).filter((kind) => kind !== 'refuse' && !names.has(kind))).toEqual([]);
});

test('the same arrivals under the same seed meet the same faults, byte for byte in the ledger', async () => {
  const first = await ledgerOf(11);
  const met = new Set(first.map(({ fault }) => fault));
  expect(
    faults.map((fault) => faultName({ ...fault, rate: 1 } as Fault)).filter((name) => !met.has(name)),
  ).toEqual([]);
  expect(first).toHaveLength(420);
  expect(first.every(({ end }) => end !== 'pending')).toBe(true);
  expect(JSON.stringify(await ledgerOf(11))).toBe(JSON.stringify(first));
  expect(JSON.stringify(await ledgerOf(12))).not.toBe(JSON.stringify(first));
}, 120_000);

async function ledgerOf(seed: number) {
  const clock = createFakeClock();
  const mock = await startMock({ seed, schedule, clock });
  const agent = new Agent({ keepAlive: false });
  const open: ClientRequest[] = [];
  for (const { leaves, ...asked } of arrivals) {
    const before = mock.state().requests;
    const { sent, failed } = send(mock, agent, asked);
    if (mock.state().phase === 'shut') {
      expect(await failed).toBe('ECONNREFUSED');
    } else {
      open.push(sent);
      await untilStill(mock, clock, () => mock.state().requests === before + 1);
      if (leaves) {
        sent.destroy();
        await untilStill(mock, clock, () => mock.ledger()[before]?.end !== 'pending');
      }
    }
    clock.advance(GAP_MS);
    // To listen again takes the system a moment.
    if (mock.state().phaseIndex === schedule.length) await expect.poll(() => isUp(mock)).toBe(true);
    await untilStill(mock, clock, () => true);
  }
  while (clock.waiting() > 0) {
    clock.advance(1);
    await untilStill(mock, clock, () => true);
  }
  // What is left are answers that went silent: their clients have had enough, one after the other.
  for (const sent of open) {
    const { running } = mock.state();
    if (running === 0) break;
    sent.destroy();
    await new Promise(setImmediate);
  }
  await mock.settled();
  const ledger = mock.ledger();
  await mock.close();
  return ledger;
}

function send(
  mock: Mock,
  agent: Agent,
  { callId, path, stream }: { callId: string | undefined; path: string; stream: boolean },
) {
  const sent = request(mock.url + path, {
    agent,
    method: 'POST',
    headers: { authorization: 'Bearer any', ...(callId === undefined ? {} : { 'x-call-id': callId }) },
  });
  sent.on('response', (response) => response.on('error', () => {}).resume());
  const failed = new Promise<string>((resolve) => {
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  });
  const options = { stream_options: { include_usage: true } };
  const asked =
    path === '/responses'
      ? { input: 'Hello' }
      : { messages: [{ role: 'user', content: 'Hello' }], ...(stream ? options : {}) };
  sent.end(JSON.stringify({ model: 'gpt-4o', stream, ...asked }));
  return { sent, failed };
}

async function isUp(mock: Mock): Promise<boolean> {
  return fetch(new URL('/healthz', mock.url)).then(
    (response) => response.ok,
    () => false,
  );
}

/** Nothing moves any more when every request that runs waits for its one timer, or has gone silent for good. */
async function untilStill(mock: Mock, clock: FakeClock, also: () => boolean): Promise<void> {
  for (;;) {
    if (also()) {
      const silent = mock.ledger().filter(({ end, fault, headersAtMs }) => {
        if (end !== 'pending') return false;
        if (fault === 'hang') return true;
        const silences = ['hang-after-headers', 'stall-body', 'stall'];
        return headersAtMs !== undefined && silences.includes(fault ?? '');
      });
      // Until the port has been shut and opened again, it waits for that.
      const port = mock.state().elapsedMs < CALM_MS + TROUBLE_MS + SHUT_MS ? 1 : 0;
      if (mock.state().running - silent.length === clock.waiting() - port) return;
    }
    await new Promise(setImmediate);
  }
}
