import { expect, test } from 'vitest';
import type { Fault } from '../../../src/mock/index.ts';
import { batch, memoryRecords } from '../../../src/patterns/index.ts';
import { fastClock, inputFiles, openStage, readAll, requestsOf } from './support.ts';

const endpoints = ['files', 'batches'] as const;

const bad: Readonly<Record<string, readonly Fault[]>> = {
  'a provider that refuses for want of time': [
    { status: 429, rate: 0.25, endpoints: [...endpoints] },
    { status: 503, rate: 0.25, endpoints: [...endpoints] },
  ],
  'connections that are reset before anything comes, and after the headers': [
    { kind: 'reset', rate: 0.2, endpoints: [...endpoints] },
    { kind: 'reset-after-headers', rate: 0.3, endpoints: [...endpoints] },
  ],
  'answers that break off, stall, or end too early as if they were whole': [
    { kind: 'reset-body', rate: 0.15, endpoints: [...endpoints] },
    { kind: 'stall-body', rate: 0.1, endpoints: ['files'] },
    { kind: 'malformed-body', rate: 0.15, endpoints: [...endpoints] },
  ],
  'pages of a proxy that come with success': [
    { kind: 'html-page', httpStatus: 200, rate: 0.15, endpoints: [...endpoints] },
    { kind: 'content-type', contentType: 'text/html', rate: 0.2, endpoints: [...endpoints] },
  ],
};

test.each(Object.entries(bad))(
  '%s: every result comes once, and no batch is made twice',
  { timeout: 30_000 },
  async (_, faults) => {
    const schedule = [{ forMs: 600_000, faults: [...faults] }];
    const { mock, client } = await openStage({ schedule, batches: { failureRate: 0.1 } });
    const requests = requestsOf(40);
    // A stalled answer ends with the client's own timeout.
    client.timeout = 200;
    const run = await batch({
      ...{ clock: fastClock, delaysMs: [1_000], client, store: memoryRecords(), id: 'a', requests },
      ...{ maxRequests: 15, maxAttempts: 10 },
    });
    const results = await readAll(run);
    expect(results.map(({ customId }) => customId).sort()).toEqual(
      requests.map(({ customId }) => customId).sort(),
    );
    expect(results.filter(({ error }) => error)).toEqual([]);
    await mock.settled();
    const ledger = mock.ledger();
    expect(ledger.some(({ fault }) => fault !== null)).toBe(true);
    // What was paid for is what was delivered: each line was answered once, and asked again only where it had failed.
    const batches = ledger.flatMap((entry) => entry.batch ?? []);
    expect(batches.reduce((sum, { completed }) => sum + completed, 0)).toBe(40);
    mock.setFaults([]);
    expect(await inputFiles(client)).toEqual([]);
  },
);
