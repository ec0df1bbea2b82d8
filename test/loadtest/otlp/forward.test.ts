import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectorFromEnv, createForwarder, readHeaders } from '../../../loadtest/otlp/forward.ts';
import { UsageError } from '../../../loadtest/usage-error.ts';

let server: Server;
let endpoint: string;
let seen: { url: string | undefined; headers: IncomingMessage['headers']; body: string }[];
let status = 200;
let said: string[];

beforeEach(async () => {
  seen = [];
  said = [];
  status = 200;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      seen.push({ url: request.url, headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
});

const forwarder = (to = endpoint) =>
  createForwarder({
    endpoint: to,
    headers: { 'x-team': 'a b' },
    say: (message) => said.push(message),
    timeoutMs: 500,
  });

describe('passing telemetry on', () => {
  it('sends each body to its path with the headers that were set', async () => {
    const passing = forwarder(`${endpoint}/`);
    passing.forward('/v1/traces', '{"a":1}');
    await passing.flush(1_000);
    expect(seen).toMatchObject([
      {
        url: '/v1/traces',
        body: '{"a":1}',
        headers: { 'x-team': 'a b', 'content-type': 'application/json' },
      },
    ]);
    expect(passing.failures()).toBe(0);
    expect(said).toEqual([]);
  });

  it('counts what a collector does not take, and says so once', async () => {
    status = 503;
    const passing = forwarder();
    for (let body = 0; body < 3; body++) passing.forward('/v1/traces', '{}');
    await passing.flush(1_000);
    expect(passing.failures()).toBe(3);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('HTTP 503');
  });

  it('is not disturbed by a collector that is down', async () => {
    server.close();
    const passing = forwarder();
    passing.forward('/v1/metrics', '{}');
    await passing.flush(1_000);
    expect(passing.failures()).toBe(1);
    expect(said[0]).toContain('ECONNREFUSED');
  });

  it('does not wait for a collector that never answers', async () => {
    const silent = createServer(() => {});
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const passing = forwarder(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    for (let body = 0; body < 10; body++) passing.forward('/v1/traces', '{}');
    await passing.flush(50);
    expect(passing.failures()).toBe(10);
    silent.closeAllConnections();
    silent.close();
  });
});

describe('the collector that the environment names', () => {
  it('is none when nothing is set', () => {
    expect(collectorFromEnv({})).toBeUndefined();
    expect(collectorFromEnv({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toBeUndefined();
  });

  it('has the headers that are set with it', () => {
    expect(
      collectorFromEnv({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
        OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20abc%3D, x-team = b',
      }),
    ).toEqual({
      endpoint: 'http://127.0.0.1:4318',
      headers: { authorization: 'Basic abc=', 'x-team': 'b' },
    });
  });

  it.each(['127.0.0.1:4318', 'collector', 'ftp://collector'])('must be a URL of HTTP: %s', (value) => {
    expect(() => collectorFromEnv({ OTEL_EXPORTER_OTLP_ENDPOINT: value })).toThrow(UsageError);
  });

  it('keeps a header value that is not well encoded as it is', () => {
    expect(readHeaders('a=50%,=x,b')).toEqual({ a: '50%' });
  });
});
