import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../loadtest/gateway/server.ts';
import { jobAsk, pollAsk } from '../../../loadtest/k6/mix.ts';
import { observe, telltale } from '../../../src/index.ts';

/** A provider with one background job, whose next statuses are scripted. */
let provider: Server;
let script: string[];
let requests: { method: string; url: string; callId: unknown; body: Record<string, unknown> }[];
let openai: OpenAI;
let gateway: Gateway;

const text = { type: 'output_text', text: 'It shows how the air flows.', annotations: [] };
const message = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [text] };

function responseOf(status: string): object {
  const output = status === 'completed' ? [message] : [];
  return { id: 'resp_1', object: 'response', model: 'gpt-5-mini', background: true, status, output };
}

beforeEach(async () => {
  script = [];
  requests = [];
  provider = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    requests.push({
      method: request.method ?? '',
      url: request.url ?? '',
      callId: request.headers['x-call-id'],
      body: body === '' ? {} : JSON.parse(body),
    });
    const status = script.shift() ?? '404';
    const isError = /^\d+$/.test(status);
    response.writeHead(isError ? Number(status) : 200, {
      'content-type': 'application/json',
      'x-request-id': 'r',
    });
    response.end(JSON.stringify(isError ? { error: { message: status } } : responseOf(status)));
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const baseURL = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
  openai = observe(new OpenAI({ apiKey: 'any', baseURL, maxRetries: 0 }));
  gateway = await startGateway(openai);
});

afterEach(async () => {
  await gateway.drain(1_000);
  provider.close();
  provider.closeAllConnections();
});

async function ask(what: { path: string }, callId: string) {
  const response = await fetch(gateway.url + what.path, {
    method: 'POST',
    headers: { 'x-call-id': callId },
    body: JSON.stringify(what),
  });
  return { status: response.status, answer: JSON.parse(await response.text()) };
}

describe('a background job through the gateway', () => {
  it('is started, and asked about by calls of their own, until it has ended', async () => {
    script = ['queued', 'in_progress', 'completed'];
    const outcomes: (string | undefined)[] = [];
    telltale(openai).on('call', ({ outcome }) => outcomes.push(outcome));
    const start = await ask(jobAsk(0), 'start');
    expect(start).toMatchObject({
      status: 200,
      answer: { callId: 'start', outcome: 'ok', job: { id: 'resp_1', status: 'queued' } },
    });
    const poll = pollAsk(jobAsk(0), start.answer.job.id);
    for (const [callId, status] of [
      ['poll 0', 'in_progress'],
      ['poll 1', 'completed'],
    ] as const) {
      const { answer } = await ask(poll, callId);
      expect(answer).toMatchObject({ callId, outcome: 'ok', requestId: 'r', job: { id: 'resp_1', status } });
    }
    expect(requests.map(({ method, url, callId }) => [method, url, callId])).toEqual([
      ['POST', '/v1/responses', 'start'],
      ['GET', '/v1/responses/resp_1', 'poll 0'],
      ['GET', '/v1/responses/resp_1', 'poll 1'],
    ]);
    expect(requests[0]?.body).toMatchObject({ background: true, model: 'gpt-5-mini' });
    // What the wrapper says of each is what its caller got.
    await expect.poll(() => outcomes).toEqual(['ok', 'ok', 'ok']);
  });

  it.each(['failed', 'cancelled', 'incomplete'])(
    'that has ended as %s is heard of: a poll is good, to the gateway and to the wrapper',
    async (status) => {
      script = [status];
      const told: (string | undefined)[] = [];
      telltale(openai).on('call', (call) => told.push(call.outcome));
      const { status: sent, answer } = await ask(pollAsk(jobAsk(0), 'resp_1'), 'poll');
      expect([sent, answer.outcome, answer.job.status]).toEqual([200, 'ok', status]);
      await expect.poll(() => told).toEqual(['ok']);
    },
  );

  it('that fails at once is an error, to the gateway and to the wrapper', async () => {
    script = ['failed'];
    const told: (string | undefined)[] = [];
    telltale(openai).on('call', (call) => told.push(call.outcome));
    const { status, answer } = await ask(jobAsk(0), 'start');
    expect([status, answer.outcome, answer.job.status]).toEqual([502, 'error', 'failed']);
    await expect.poll(() => told).toEqual(['error']);
  });

  it('says with what the provider answered where a poll failed, and has no job then', async () => {
    script = ['503'];
    const { status, answer } = await ask(pollAsk(jobAsk(0), 'resp_1'), 'poll');
    expect(status).toBe(503);
    expect(answer).toMatchObject({ outcome: 'error', status: 503 });
    expect(answer.job).toBeUndefined();
  });
});
