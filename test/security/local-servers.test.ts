import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGateway } from '../../loadtest/gateway/server.ts';
import { startOtlpReceiver } from '../../loadtest/otlp/receiver.ts';
import { startMock } from '../../src/mock/index.ts';

/*
 * Servers of this machine that a page in its user's browser can reach: by a form, by a request that asks nobody first, or by a
 * name of its own that it makes mean 127.0.0.1. None of that gets anything done, or anything to read.
 */

interface Server {
  readonly name: string;
  readonly origin: string;
  readonly path: string;
  readonly body: string;
  /** How often something was done. */
  readonly done: () => number;
}

async function startAll(): Promise<readonly Server[]> {
  const mock = await startMock();
  let taken = 0;
  const receiver = await startOtlpReceiver({ take: () => taken++ });
  const asked = await startMock();
  const gateway = await startGateway(new OpenAI({ apiKey: 'any', baseURL: asked.url, maxRetries: 0 }));
  onTestFinished(async () => {
    await gateway.drain(1_000);
    await receiver.close();
    await mock.close();
    await asked.close();
  });
  return [
    {
      name: 'the control API of the mock',
      origin: new URL(mock.url).origin,
      path: '/__control/faults',
      body: '{"faults":[{"status":500,"rate":1}]}',
      done: () => mock.state().faults?.length ?? 0,
    },
    {
      name: 'the receiver',
      origin: receiver.url,
      path: '/v1/traces',
      body: '{"resourceSpans":[]}',
      done: () => taken,
    },
    {
      name: 'the gateway',
      origin: gateway.url,
      path: '/chat',
      body: '{"model":"gpt-5-mini","prompt":"Hi"}',
      done: () => asked.ledger().length,
    },
  ];
}

function ask(
  server: Server,
  headers: Record<string, string>,
  method = 'POST',
): Promise<{ status: number; allows: unknown }> {
  const { hostname, port } = new URL(server.origin);
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: hostname, port, path: server.path, method, headers, agent: false },
      (response) => {
        response.resume().on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            allows: response.headers['access-control-allow-origin'],
          }),
        );
      },
    );
    sent.on('error', reject).end(server.body);
  });
}

const json = { 'content-type': 'application/json' };

describe('a page of another origin', () => {
  it.each<[string, Record<string, string>]>([
    ['by a form', { 'content-type': 'text/plain', origin: 'http://evil.example' }],
    [
      'by a form with fields',
      { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://evil.example' },
    ],
    ['from a file', { ...json, origin: 'null' }],
    ['with JSON', { ...json, origin: 'http://evil.example' }],
    ['by another port of this machine', { ...json, origin: 'http://127.0.0.1:1' }],
    [
      'by its own name, made to mean this machine',
      { ...json, host: 'evil.example:80', origin: 'http://evil.example:80' },
    ],
    ['by its own name, without an origin', { ...json, host: 'evil.example' }],
    ['by a name that begins like this machine', { ...json, host: '127.0.0.1.evil.example' }],
    ['by a name that ends like this machine', { ...json, host: 'evilhost.docker.internal' }],
  ])('gets nothing done %s', async (_how, headers) => {
    for (const server of await startAll()) {
      const { status, allows } = await ask(server, headers);
      expect([server.name, status >= 400, allows, server.done()]).toEqual([server.name, true, undefined, 0]);
    }
  });

  it('is not let in when it asks first', async () => {
    const headers = {
      origin: 'http://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    for (const server of await startAll()) {
      const { status, allows } = await ask(server, headers, 'OPTIONS');
      expect([server.name, status >= 400, allows]).toEqual([server.name, true, undefined]);
    }
  });
});

describe('who is meant to come', () => {
  it.each<[string, Record<string, string>]>([
    ['a program of this machine', json],
    ['a program that says localhost', { ...json, host: 'localhost:4010' }],
    ['a k6 in a container of Docker Desktop', { ...json, host: 'host.docker.internal:4010' }],
    ['a program in a container of Podman', { ...json, host: 'host.containers.internal:4010' }],
  ])('is let in: %s', async (_who, headers) => {
    for (const server of await startAll()) {
      const { status } = await ask(server, headers);
      expect([server.name, status, server.done()]).toEqual([server.name, 200, 1]);
    }
  });
});

describe('another machine', () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((one) => one && !one.internal && one.family === 'IPv4')?.address;

  it.skipIf(outside === undefined)('cannot connect (skipped without a network of IPv4)', async () => {
    for (const server of await startAll()) {
      const port = Number(new URL(server.origin).port);
      const became = await new Promise((resolve) => {
        const socket = connect({ host: outside, port });
        socket.once('connect', () => resolve('connected')).once('error', () => resolve('refused'));
        onTestFinished(() => void socket.destroy());
      });
      expect([server.name, became]).toEqual([server.name, 'refused']);
    }
  });
});

describe('a path that goes elsewhere', () => {
  it.each([
    '/__proto__',
    '/constructor',
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '//evil.example/chat',
    '/v1/traces/../x',
  ])('leads nowhere: %s', async (path) => {
    for (const server of await startAll()) {
      const { status } = await ask({ ...server, path }, json);
      expect([server.name, status]).toEqual([
        server.name,
        expect.toSatisfy((code: number) => code >= 400 && code < 500),
      ]);
    }
  });
});
