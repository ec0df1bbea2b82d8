import { once } from 'node:events';
import { connect } from 'node:net';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../loadtest/gateway/server.ts';
import { observe, telltale } from '../../../src/index.ts';
import { type Fault, type Mock, startMock } from '../../../src/mock/index.ts';

let mock: Mock;
let openai: OpenAI;
let gateway: Gateway;

beforeEach(async () => {
  mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 } });
  openai = observe(new OpenAI({ apiKey: 'any', baseURL: mock.url, maxRetries: 0 }), { streamUsage: 'ask' });
  gateway = await startGateway(openai);
});

afterEach(async () => {
  await gateway.drain(1_000);
  await mock.close();
});

const models = { chat: 'gpt-4.1-mini', responses: 'gpt-5-nano', embeddings: 'text-embedding-3-small' };

async function call(path: string, faults: readonly Fault[] = []) {
  mock.start({ schedule: [{ forMs: 60_000, faults }] });
  const kind = path.split('/')[1] as keyof typeof models;
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-call-id': 'call-1' },
    body: JSON.stringify({ kind, model: models[kind], prompt: 'hello' }),
  });
  const lines = (await response.text()).split('\n').map((line) => JSON.parse(line));
  return { status: response.status, answer: lines.at(-1), pieces: lines.slice(0, -1) };
}

describe('a call through the gateway', () => {
  it.each(['/chat', '/responses', '/embeddings'])('%s is answered in one piece', async (path) => {
    const { status, answer, pieces } = await call(path);
    expect(status).toBe(200);
    expect(pieces).toEqual([]);
    expect(answer).toMatchObject({ callId: 'call-1', outcome: 'ok' });
    expect(mock.ledger()).toMatchObject([{ callId: 'call-1', requestId: answer.requestId, end: 'complete' }]);
  });

  it.each(['/chat/stream', '/responses/stream'])(
    '%s passes the text on and ends with what the caller saw',
    async (path) => {
      const { status, answer, pieces } = await call(path);
      expect(status).toBe(200);
      expect(pieces.length).toBeGreaterThan(5);
      expect(answer).toMatchObject({ callId: 'call-1', outcome: 'ok' });
      expect(answer.chunks).toBeGreaterThanOrEqual(pieces.length);
      expect(answer.firstChunkMs).toBeGreaterThan(0);
      expect(answer.longestGapMs).toBeGreaterThanOrEqual(answer.chunkGapMs);
      expect(answer.chunkGapMs).toBeGreaterThan(0);
      expect(mock.ledger()).toMatchObject([{ callId: 'call-1', usageSent: true, end: 'complete' }]);
    },
  );

  it.each([
    ['/chat', 429, 'RateLimitError'],
    ['/responses/stream', 503, 'InternalServerError'],
  ] as const)('%s passes on that the provider said %i', async (path, fault, errorClass) => {
    const { status, answer } = await call(path, [{ status: fault, rate: 1 }]);
    expect(status).toBe(fault);
    expect(answer).toMatchObject({ callId: 'call-1', outcome: 'error', status: fault, errorClass });
    expect(answer.requestId).toBe(mock.ledger()[0]?.requestId);
  });

  it('says 502 when the provider broke the connection', async () => {
    const { status, answer } = await call('/chat', [{ kind: 'reset', rate: 1 }]);
    expect(status).toBe(502);
    expect(answer).toMatchObject({ outcome: 'error', errorClass: 'APIConnectionError' });
  });

  it.each(['/chat/stream', '/responses/stream'])('%s that is cut is told as truncated', async (path) => {
    const { status, answer } = await call(path, [{ kind: 'cut', rate: 1, afterChunks: 2 }]);
    expect(status).toBe(200);
    expect(answer).toMatchObject({ outcome: 'truncated' });
  });

  it('tells a stream whose connection broke as an error, after the text that came', async () => {
    const { status, answer, pieces } = await call('/chat/stream', [
      { kind: 'reset-midstream', rate: 1, afterChunks: 3 },
    ]);
    expect(status).toBe(200);
    expect(pieces.length).toBeGreaterThan(0);
    expect(answer).toMatchObject({ outcome: 'error' });
  });
});

describe('what is no call', () => {
  it.each([
    ['GET', '/healthz', 200],
    ['GET', '/chat', 405],
    ['POST', '/nothing', 404],
    ['POST', '/chat', 400],
  ])('%s %s is answered with %i', async (method, path, status) => {
    const response = await fetch(gateway.url + path, {
      method,
      ...(method === 'POST' ? { body: '{}' } : {}),
    });
    expect(response.status).toBe(status);
    await response.text();
    expect(mock.ledger()).toEqual([]);
  });
});

it('cancels the call of a caller who hangs up', async () => {
  mock.start({ schedule: [{ forMs: 60_000, faults: [{ delayMs: 30_000, rate: 1 }] }] });
  const controller = new AbortController();
  const body = JSON.stringify({ kind: 'chat', model: models.chat, prompt: 'hello' });
  const ended = new Promise<string | undefined>((resolve) => {
    telltale(openai).on('call', ({ outcome }) => resolve(outcome));
  });
  const answer = fetch(`${gateway.url}/chat`, { method: 'POST', body, signal: controller.signal });
  await expect.poll(() => mock.state().running).toBe(1);
  controller.abort();
  await expect(answer).rejects.toThrow('abort');
  expect(await ended).toBe('cancelled');
});

it('makes no call for a caller who has left before it was read', async () => {
  const { port } = new URL(gateway.url);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /chat HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"model":');
  socket.destroy();
  await once(socket, 'close');
  // One that comes later is answered, and the provider has heard of no other.
  expect((await call('/chat')).answer).toMatchObject({ outcome: 'ok' });
  expect(mock.ledger()).toHaveLength(1);
});
