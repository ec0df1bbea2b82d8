import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Mock, startMock } from '../../src/mock/index.ts';
import { createFakeClock } from './fake-clock.ts';
import { clients, hello, instant, mockForTest } from './support.ts';

const refuse = [{ kind: 'refuse' as const, rate: 1 as const }];
const outage = [
  { name: 'calm', forMs: 100 },
  { name: 'outage', forMs: 100, faults: refuse },
];

function portOf({ url }: Mock): number {
  return Number(new URL(url).port);
}

/** What becomes of a new connection to the port: `open`, or the code of its error. */
function knock(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve('open');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
  });
}

/** What becomes of a request on a connection of this agent. */
function ask(mock: Mock, agent: Agent, path = '/v1/models'): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request(
      new URL(path, mock.url),
      { agent, headers: { authorization: 'Bearer any' } },
      (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    sent.end();
  });
}

test('the port is shut for the phase, and open before and after', async () => {
  const clock = createFakeClock();
  const mock = await mockForTest({ clock, schedule: outage });
  expect(await knock(portOf(mock))).toBe('open');
  clock.advance(100);
  expect(await knock(portOf(mock))).toBe('ECONNREFUSED');
  clock.advance(99);
  expect(await knock(portOf(mock))).toBe('ECONNREFUSED');
  clock.advance(1);
  await expect.poll(() => knock(portOf(mock))).toBe('open');
  expect(mock.state()).toMatchObject({ phase: 'calm', phaseIndex: 2, requests: 0 });
  expect(clock.waiting()).toBe(0);
});

test('idle connections are closed, and what is under way is served to its end', async () => {
  const clock = createFakeClock();
  const latency = { firstTokenMs: 150, betweenTokensMs: 0, sigma: 0 };
  const mock = await mockForTest({ clock, latency, schedule: outage });
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  expect(await ask(mock, agent, '/healthz')).toBe(200);
  const underWay = fetch(`${mock.url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer any' },
    body: JSON.stringify({ model: 'gpt-4o', messages: hello }),
  });
  await expect.poll(() => mock.state().requests).toBe(1);
  clock.advance(100);
  await expect.poll(() => mock.state().connections).toBe(1);
  expect(await ask(mock, agent)).toBe('ECONNREFUSED');
  clock.advance(50);
  expect((await underWay).status).toBe(200);
  await mock.settled();
  expect(mock.ledger().map(({ end, phase }) => [end, phase])).toEqual([['complete', 'calm']]);
});

test('a request that still arrives on an open connection is reset, and in the ledger', async () => {
  const clock = createFakeClock();
  const latency = { firstTokenMs: 150, betweenTokensMs: 0, sigma: 0 };
  const mock = await mockForTest({ clock, latency, schedule: outage });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const first = new Promise((resolve) => {
    const headers = { authorization: 'Bearer any' };
    const sent = request(`${mock.url}/chat/completions`, { agent, method: 'POST', headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    sent.end(JSON.stringify({ model: 'gpt-4o', messages: hello }));
  });
  await expect.poll(() => mock.state().requests).toBe(1);
  // Waits for the one connection that there may be.
  const second = ask(mock, agent);
  clock.advance(100);
  clock.advance(50);
  expect(await first).toBe(200);
  expect(await second).toBe('ECONNRESET');
  await mock.settled();
  expect(mock.ledger()[1]).toMatchObject({
    phase: 'outage',
    fault: 'refuse',
    status: null,
    usage: null,
    end: 'reset',
  });
});

test('a schedule that loops shuts the port again and again', async () => {
  const clock = createFakeClock();
  const mock = await mockForTest({ clock, schedule: outage, loop: true, scale: 0.5 });
  const seen: string[] = [];
  for (let round = 0; round < 3; round++) {
    clock.advance(50);
    seen.push(await knock(portOf(mock)));
    clock.advance(50);
    await expect.poll(() => knock(portOf(mock))).toBe('open');
  }
  expect(seen).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
});

test('a start, another schedule and faults by hand open and shut it at once', async () => {
  const clock = createFakeClock();
  const mock = await mockForTest({ clock, schedule: outage });
  clock.advance(100);
  expect(await knock(portOf(mock))).toBe('ECONNREFUSED');
  mock.start();
  await expect.poll(() => knock(portOf(mock))).toBe('open');
  mock.setFaults(refuse);
  expect(await knock(portOf(mock))).toBe('ECONNREFUSED');
  expect(mock.state()).toMatchObject({ phase: 'by-hand', phaseIndex: -1, faults: refuse });
  mock.setFaults(undefined);
  await expect.poll(() => knock(portOf(mock))).toBe('open');
  mock.setSchedule({ schedule: [{ forMs: 10, faults: refuse }] });
  expect(await knock(portOf(mock))).toBe('ECONNREFUSED');
  clock.advance(10);
  await expect.poll(() => knock(portOf(mock))).toBe('open');
});

test('a port that somebody else took meanwhile is waited for', async () => {
  const clock = createFakeClock();
  const mock = await mockForTest({ clock, schedule: outage });
  clock.advance(100);
  const other = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => other.listen(portOf(mock), '127.0.0.1', resolve));
  clock.advance(100);
  await expect.poll(() => clock.waiting()).toBe(1);
  await new Promise((resolve) => other.close(resolve));
  clock.advance(100);
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  await expect.poll(() => ask(mock, agent)).toBe(200);
});

test('a mock can be closed while its port is shut, and frees it', async () => {
  const clock = createFakeClock();
  const mock = await startMock({ clock, schedule: outage, latency: instant });
  clock.advance(100);
  await mock.close();
  expect(clock.waiting()).toBe(0);
  const again = await startMock({ port: portOf(mock) });
  // Opening, when it is closed.
  again.setFaults(refuse);
  again.setFaults(undefined);
  await again.close();
  await expect.poll(() => knock(portOf(mock))).toBe('ECONNREFUSED');
});

test('a huge body is not held in memory while its client does not read', async () => {
  const fault = { kind: 'huge-body' as const, rate: 1, bytes: 2 ** 30 };
  const mock = await mockForTest({ schedule: [{ forMs: 3_600_000, faults: [fault] }] });
  const before = process.memoryUsage().arrayBuffers;
  const socket = connect({ port: portOf(mock), host: '127.0.0.1' });
  socket.pause().on('error', () => {});
  socket.write('GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer any\r\n\r\n');
  await expect.poll(() => mock.ledger()[0]?.status).toBe(200);
  for (let turn = 0; turn < 1_000; turn++) await new Promise(setImmediate);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 26);
  socket.destroy();
  await mock.settled();
  expect(mock.ledger()).toMatchObject([{ fault: 'huge-body', end: 'client-closed', finishReason: null }]);
});

test.each(clients)('openai $version meets a refused connection as a connection error', async ({ Client }) => {
  const mock = await mockForTest({ schedule: [{ forMs: 3_600_000, faults: refuse }] });
  const openai = new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 1, logLevel: 'off' });
  const error = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello }).catch((e) => e);
  expect(error).toBeInstanceOf(Client.APIConnectionError);
  expect(mock.ledger()).toEqual([]);
});
