import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Mock, WebhookOptions } from '../../src/mock/index.ts';
import { webhooksOf } from '../../src/mock/webhooks/webhooks.ts';
import { World } from '../../src/mock/world.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { clients, mockForTest, named } from './support.ts';

const secret = `whsec_${Buffer.from('a secret of some length').toString('base64')}`;
const request = { model: 'gpt-4o', input: 'Hello', background: true };
const background = { queuedMs: 10, runsMs: 90, sigma: 0 };

interface Received {
  readonly headers: Headers;
  readonly body: string;
}

/** Answers each event with the next of these statuses, the last of them for all that follow; 0 is no answer. */
async function receiver(...statuses: number[]) {
  const received: Received[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (piece) => {
      body += piece;
    });
    incoming.on('end', () => {
      received.push({ headers: headersOf(incoming.headers), body });
      const status = statuses.length > 1 ? statuses.shift() : statuses[0];
      if (status) response.writeHead(status, status === 302 ? { location: '/again' } : {}).end('thanks');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

function headersOf(headers: IncomingHttpHeaders): Headers {
  return new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

async function setUp(statuses: number[], chaos: Partial<WebhookOptions> = {}) {
  const clock = createFakeClock();
  const { received, url } = await receiver(...statuses);
  const mock = await mockForTest({ clock, background, webhooks: { url, secret, ...chaos } });
  return { mock, clock, received };
}

/** As long as it takes until nothing is on its way. */
async function quiet(mock: Mock) {
  const pending = () => mock.webhooks().filter(({ outcome }) => outcome === 'pending').length;
  await expect.poll(pending, { timeout: 20_000 }).toBe(0);
}

/** Moves on until no event waits to be sent again. */
async function run(mock: Mock, clock: FakeClock) {
  await quiet(mock);
  while (clock.waiting() > 0) {
    clock.advance((clock.nextDueMs() ?? 0) - clock.nowMs());
    await quiet(mock);
  }
}

const typeOf = ({ body }: Received) => JSON.parse(body).type as string;

describe.each(clients)('openai $version', ({ Client }) => {
  test('unwraps what is sent when a background response ends', async () => {
    const { url, received } = await receiver(200);
    const mock = await mockForTest({ background: { queuedMs: 0, runsMs: 0 }, webhooks: { url, secret } });
    const openai = new Client({ baseURL: mock.url, apiKey: 'any', webhookSecret: secret });
    const { id } = await openai.responses.create(request);
    await openai.responses.create({ model: 'gpt-4o', input: 'Hello' });
    await mock.settled();
    await expect.poll(() => received.length).toBe(1);
    const [{ headers, body }] = received as [Received];
    const event = await openai.webhooks.unwrap(body, headers);
    expect(event).toMatchObject({ object: 'event', type: 'response.completed', data: { id } });
    expect(event.id).toMatch(/^evt_[0-9a-f]{32}$/);
    expect(headers.get('webhook-id')).toMatch(/^wh_[0-9a-f]{32}$/);
    await expect(openai.webhooks.unwrap(`${body} `, headers)).rejects.toThrow('signature');
    await expect(openai.webhooks.unwrap(body, headers, 'another secret')).rejects.toThrow('signature');
  });

  test('refuses what is forged, and only that', async () => {
    const { url, received } = await receiver(200);
    const mock = await mockForTest({ webhooks: { url, secret: 'plain words' } });
    const openai = new Client({ apiKey: 'any', webhookSecret: 'plain words' });
    const forgeries = [undefined, 'signature', 'body', 'timestamp'] as const;
    for (const forged of forgeries) {
      mock.sendWebhook({ type: 'batch.completed', id: 'batch_1', ...(forged ? { forged } : {}) });
    }
    await expect.poll(() => received.length).toBe(4);
    const log = mock.webhooks();
    const verdicts = await Promise.all(
      received.map(async ({ headers, body }) => {
        const sent = log.find(({ webhookId }) => webhookId === headers.get('webhook-id'));
        const verdict = await openai.webhooks.unwrap(body, headers).then(
          () => 'believed',
          (error: Error) => error.message,
        );
        return [sent?.forged, verdict];
      }),
    );
    expect(new Map(verdicts as [string, string][])).toEqual(
      new Map([
        [null, 'believed'],
        ['signature', 'The given webhook signature does not match the expected signature'],
        ['body', 'The given webhook signature does not match the expected signature'],
        ['timestamp', 'Webhook timestamp is too old'],
      ] as [never, string][]),
    );
  });

  test('hears of each way in which a response ends', async () => {
    const { mock, clock, received } = await setUp([200]);
    const openai = new Client({ baseURL: mock.url, apiKey: 'any' });
    const ids: Record<string, string> = {};
    ids['response.cancelled'] = (await openai.responses.create(request)).id;
    await openai.responses.cancel(ids['response.cancelled']);
    ids['response.completed'] = (await openai.responses.create(request)).id;
    ids['response.incomplete'] = (await openai.responses.create({ ...request, max_output_tokens: 2 })).id;
    clock.advance(100);
    await quiet(mock);
    const told = Object.fromEntries(
      received.map(({ body }) => [JSON.parse(body).type, JSON.parse(body).data.id]),
    );
    expect(told).toEqual(ids);
  });
});

test('an event is sent again until it is taken, each time later, with the same id', async () => {
  const { mock, clock, received } = await setUp([500, 302, 404, 204]);
  mock.sendWebhook({ type: 'batch.failed', id: 'batch_1' });
  await run(mock, clock);
  const log = mock.webhooks();
  expect(log.map(({ attempt, outcome, status }) => [attempt, outcome, status])).toEqual([
    [0, 'refused', 500],
    [1, 'refused', 302],
    [2, 'refused', 404],
    [3, 'delivered', 204],
  ]);
  expect(new Set(received.map(({ headers }) => headers.get('webhook-id'))).size).toBe(1);
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  for (const [index, { retryInMs, endedAtMs }] of log.slice(0, -1).entries()) {
    expect(retryInMs).toBeGreaterThan(500 * 2 ** index * 0.75);
    expect(retryInMs).toBeLessThanOrEqual(500 * 2 ** index);
    expect(log[index + 1]?.sentAtMs).toBeCloseTo((endedAtMs ?? 0) + (retryInMs ?? 0), 2);
  }
  expect(log.at(-1)).not.toHaveProperty('retryInMs');
  // The signature is of the time at which it was sent.
  const times = received.map(({ headers }) => Number(headers.get('webhook-timestamp')));
  expect(times).toEqual(log.map(({ sentAtMs }) => Math.floor((1_767_225_600_000 + sentAtMs) / 1_000)));
});

test('it is given up after its retries, and one that is not answered is a timeout', async () => {
  const { mock, clock } = await setUp([500, 0], { retries: 2, timeoutMs: 3_000 });
  mock.sendWebhook({ type: 'batch.expired', id: 'batch_1' });
  await expect.poll(() => mock.webhooks()[0]?.outcome).toBe('refused');
  while (clock.waiting() > 0) clock.advance(100);
  expect(mock.webhooks().map(({ outcome }) => outcome)).toEqual(['refused', 'timeout', 'timeout']);
  expect(mock.webhooks()[1]?.endedAtMs).toBe((mock.webhooks()[1]?.sentAtMs ?? 0) + 3_000);
});

test('nobody who listens is a failure, and a forged event is sent once', async () => {
  const clock = createFakeClock();
  const { url } = await receiver(200);
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const nowhere = `http://127.0.0.1:${port}/`;
  const mock = await mockForTest({ clock, webhooks: { url: nowhere, secret, retries: 1 } });
  mock.sendWebhook({ type: 'batch.completed', id: 'batch_1' });
  await run(mock, clock);
  expect(mock.webhooks().map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  mock.start({ webhooks: { url, secret } });
  expect(mock.webhooks()).toEqual([]);
  mock.start({ webhooks: { url: nowhere, secret } });
  mock.sendWebhook({ type: 'batch.completed', id: 'batch_1', forged: 'signature' });
  await run(mock, clock);
  expect(mock.webhooks().map(({ outcome, forged }) => [outcome, forged])).toEqual([['failed', 'signature']]);
});

test('events come twice, late and out of order as often as is asked for, by the seed', async () => {
  const chaos = { duplicateRate: 0.3, lateRate: 0.2, lateMs: 400, swapRate: 0.25 };
  async function log(seed: number) {
    const { url } = await receiver(200);
    const clock = createFakeClock();
    const mock = await mockForTest({ clock, seed, webhooks: { url, secret, ...chaos } });
    for (let n = 0; n < 200; n++) {
      mock.sendWebhook({ type: 'response.completed', id: `resp_${n}` });
      clock.advance(10);
    }
    clock.advance(1_000);
    await quiet(mock);
    return mock.webhooks().map(({ endedAtMs: _, ...delivery }) => delivery);
  }
  const first = await log(1);
  const genuine = first.filter(({ duplicate }) => !duplicate);
  expect(new Set(genuine.map(({ objectId }) => objectId)).size).toBe(200);
  expect(genuine).toHaveLength(200);
  const twice = first.filter(({ duplicate }) => duplicate);
  expect(twice.length).toBeGreaterThan(35);
  expect(twice.length).toBeLessThan(85);
  const ids = new Set(genuine.map(({ webhookId }) => webhookId));
  expect(twice.every(({ webhookId }) => ids.has(webhookId))).toBe(true);
  const lateness = genuine.map(({ objectId, sentAtMs }) => sentAtMs - 10 * Number(objectId.slice(5)));
  expect(Math.min(...lateness)).toBe(0);
  expect(lateness.filter((ms) => ms > 10).length).toBeGreaterThan(20);
  expect(lateness.filter((ms) => ms === 10).length).toBeGreaterThan(15);
  expect(Math.max(...lateness)).toBeLessThanOrEqual(400);
  expect(await log(1)).toEqual(first);
  expect(await log(2)).not.toEqual(first);
});

test('only the events that are asked for are sent, and none after the mock is closed', async () => {
  const { mock, clock, received } = await setUp([200], { events: ['batch.completed'] });
  const headers = { authorization: 'Bearer any', ...named('call-1').headers };
  await fetch(`${mock.url}/responses`, { method: 'POST', headers, body: JSON.stringify(request) });
  clock.advance(100);
  mock.sendWebhook({ type: 'batch.completed', id: 'batch_1' });
  await quiet(mock);
  expect(received.map(typeOf)).toEqual(['batch.completed']);
  const late = await setUp([500]);
  late.mock.sendWebhook({ type: 'batch.completed', id: 'batch_1' });
  await expect.poll(() => late.mock.webhooks()[0]?.outcome).toBe('refused');
  expect(late.clock.waiting()).toBeGreaterThan(0);
  await late.mock.close();
  await expect.poll(() => late.clock.waiting()).toBe(0);
});

test('the control API tells the log, sends events, and sets where they go', async () => {
  const { url, received } = await receiver(200);
  const mock = await mockForTest();
  const at = (path: string) => new URL(path, mock.url);
  const post = async (path: string, body: object) => {
    const response = await fetch(at(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, answer: await response.json() };
  };
  const event = { type: 'response.failed', id: 'resp_1' };
  expect(await post('/__webhooks', event)).toMatchObject({
    status: 400,
    answer: {
      error: { message: 'Expected `webhooks` to be given, since an event is to be sent, got `null` (null)' },
    },
  });
  const { answer } = await post('/__control/start', { webhooks: { url, secret, retries: 3 }, background });
  expect(answer).toMatchObject({ webhooks: { url, retries: 3, backoffMs: 500 }, background, jobs: 0 });
  expect(JSON.stringify(answer)).not.toContain(secret);
  expect(await post('/__webhooks', { ...event, forged: 'body' })).toMatchObject({ status: 200 });
  expect(await post('/__webhooks', { ...event, type: 'response.done' })).toMatchObject({ status: 400 });
  await expect.poll(() => received.length).toBe(1);
  await quiet(mock);
  expect(await (await fetch(at('/__webhooks'))).json()).toEqual(mock.webhooks());
  expect(mock.webhooks()).toMatchObject([
    { seq: 0, objectId: 'resp_1', forged: 'body', outcome: 'delivered' },
  ]);
  expect((await post('/__control/start', { webhooks: null })).answer).toMatchObject({ webhooks: null });
  expect(() => mock.sendWebhook({ type: 'batch.failed', id: 'b' })).toThrow(
    'Expected `webhooks` to be given',
  );
});

test('whoever ends a batch says so in one line', async () => {
  const { url, received } = await receiver(200);
  const mock = await mockForTest({ webhooks: { url, secret } });
  const { webhooks, background, batches } = mock.state();
  const plan = { background, batches, webhooks: webhooks && { ...webhooks, secret } };
  const world = new World(1, createFakeClock(), plan);
  webhooksOf(world).send('batch.cancelled', { id: 'batch_7' });
  await expect.poll(() => received.map(({ body }) => JSON.parse(body).data)).toEqual([{ id: 'batch_7' }]);
  world.end();
  webhooksOf(world).send('batch.cancelled', { id: 'batch_8' });
  expect(webhooksOf(world).log()).toHaveLength(1);
});

test('a mock sends to this machine only, unless it is told to', async () => {
  for (const url of ['http://127.0.0.1:1/a', 'http://localhost/', 'https://[::1]:5/', 'http://127.9.9.9']) {
    await mockForTest({ webhooks: { url, secret } });
  }
  const elsewhere = 'https://example.com/hook';
  await mockForTest({ webhooks: { url: elsewhere, secret, allowRemote: true } });
  for (const url of [elsewhere, 'http://0.0.0.0/', 'http://127.0.0.1.example.com/', 'http://10.0.0.1/']) {
    await expect(mockForTest({ webhooks: { url, secret } })).rejects.toThrow(
      'Expected `webhooks.url` to be on this machine, or `allowRemote` to be true',
    );
  }
});

test.each([
  [{ webhooks: { secret } }, 'Expected `webhooks.url` to be a non-empty string'],
  [{ webhooks: { url: 'http://localhost/' } }, 'Expected `webhooks.secret` to be a non-empty string'],
  [{ webhooks: { url: 'ftp://localhost/', secret } }, 'Expected `webhooks.url` to be an http or https URL'],
  [{ webhooks: { url: 'http://localhost/', secret, retrys: 1 } }, 'Did you mean `retries`?'],
  [{ webhooks: { url: 'http://localhost/', secret, lateRate: 2 } }, '`webhooks.lateRate`'],
  [{ webhooks: { url: 'http://localhost/', secret, events: ['batch.done'] } }, '`webhooks.events[0]`'],
])('a mock with %j does not start: %s', async (options, message) => {
  await expect(mockForTest(options as object)).rejects.toThrow(message);
});
