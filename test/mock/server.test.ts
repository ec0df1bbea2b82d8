import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../src/mock/index.ts';
import { createFakeClock } from './fake-clock.ts';
import { always, hello, mockForTest } from './support.ts';

test.each([
  [{ port: 70_000 }, 'Expected `port` to be an integer from 0 to 65535, got `70000` (number)'],
  [{ prot: 1 }, 'Unknown option `options.prot`. Did you mean `port`?'],
  [{ host: '' }, 'Expected `host` to be a non-empty string'],
  [{ seed: -1 }, 'Expected `seed` to be an integer from 0 to 4294967295'],
  [{ seed: 1.5 }, '`seed`'],
  [{ loop: 'yes' }, 'Expected `loop` to be true or false'],
  [{ refuseStreamOptions: 1 }, 'Expected `refuseStreamOptions` to be true or false'],
  [{ schedule: [{ forMs: 1, faults: [{ status: 429, rate: 2 }] }] }, '`schedule[0].faults[0].rate`'],
  [
    { outputTokens: { min: 9, max: 3 } },
    'Expected `outputTokens.max` to be at least `outputTokens.min`, which is 9',
  ],
  [{ latency: { sigma: -1 } }, '`latency.sigma`'],
  [{ clock: {} }, 'Expected `clock.nowMs` to be a function'],
])('a mock with %j does not start: %s', async (options, message) => {
  await expect(startMock(options as object)).rejects.toThrow(message);
  await expect(startMock(options as object)).rejects.toMatchObject({ code: 'invalid_option' });
});

test('a port in use is named, with the way out', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  await expect(startMock({ port })).rejects.toMatchObject({
    name: 'TelltaleError',
    code: 'port_in_use',
    message: `Port ${port} on 127.0.0.1 is in use. Stop what listens there, choose another port, or let port 0 find a free one.`,
  });
});

test('an address that is not this machine’s is an error of the mock', async () => {
  await expect(startMock({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'mock_failed' });
});

test('closing ends open requests and frees the port', async () => {
  const mock = await startMock({ latency: { firstTokenMs: 60_000, sigma: 0 } });
  const answer = fetch(`${mock.url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer any' },
    body: JSON.stringify({ model: 'gpt-4o', messages: hello }),
  }).catch((error: Error) => error);
  await expect.poll(() => mock.ledger()).toHaveLength(1);
  expect(mock.ledger()[0]?.end).toBe('pending');
  await mock.close();
  expect(await answer).toBeInstanceOf(Error);
  expect(mock.ledger()[0]).toMatchObject({ end: 'reset', fault: null, status: null });
  const again = await startMock({ port: Number(new URL(mock.url).port) });
  await again.close();
  await again.close();
});

test('phases follow the clock, and a start begins anew', async () => {
  const clock = createFakeClock();
  const schedule = [
    { name: 'calm', forMs: 100 },
    { name: 'storm', forMs: 100, faults: [{ status: 503 as const, rate: 1 }] },
  ];
  const mock = await mockForTest({ clock, schedule });
  async function status() {
    const headers = { authorization: 'Bearer any' };
    return (await fetch(`${mock.url}/models`, { headers })).status;
  }
  const seen = [await status()];
  clock.advance(100);
  seen.push(await status());
  expect(mock.state()).toMatchObject({ phase: 'storm', phaseIndex: 1, elapsedMs: 100, requests: 2 });
  clock.advance(100);
  seen.push(await status());
  await mock.settled();
  expect(seen).toEqual([200, 503, 200]);
  expect(mock.ledger().map(({ phase, phaseIndex, arrivedAtMs }) => [phase, phaseIndex, arrivedAtMs])).toEqual(
    [
      ['calm', 0, 0],
      ['storm', 1, 100],
      ['calm', 2, 200],
    ],
  );

  mock.start({ seed: 7 });
  expect(mock.ledger()).toEqual([]);
  expect(mock.state()).toMatchObject({
    seed: 7,
    schedule,
    loop: false,
    elapsedMs: 0,
    phase: 'calm',
    phaseIndex: 0,
  });
  expect(() => mock.start({ schedule: always({ status: 429 as const, rate: 7 }) })).toThrow(
    '`schedule[0].faults[0].rate`',
  );
  expect(mock.state().seed).toBe(7);
});

test('a start and an end leave nothing running in the background', async () => {
  const clock = createFakeClock();
  const mock = await mockForTest({ clock });
  async function inBackground() {
    const headers = { authorization: 'Bearer any' };
    const body = JSON.stringify({ model: 'gpt-4o', input: 'Hello', background: true });
    await (await fetch(`${mock.url}/responses`, { method: 'POST', headers, body })).text();
  }
  await inBackground();
  expect([mock.state().jobs, clock.waiting()]).toEqual([1, 1]);
  const settled = mock.settled();
  mock.start();
  await settled;
  expect([mock.state().jobs, clock.waiting()]).toEqual([0, 0]);
  await inBackground();
  expect([mock.state().jobs, clock.waiting()]).toEqual([1, 1]);
  await mock.close();
  expect(clock.waiting()).toBe(0);
});
