import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { clockCheck } from '../../../src/cli/doctor/checks/clock.ts';
import { otlpCheck } from '../../../src/cli/doctor/checks/otlp.ts';
import { providerCheck } from '../../../src/cli/doctor/checks/provider.ts';
import { probe } from '../../../src/cli/doctor/probe.ts';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { startMock } from '../../../src/mock/index.ts';
import { closedPort, serve, serveSecurely, serveTcp } from './servers.ts';
import { contextIn, told } from './support.ts';

const key = 'sk-proj-0123456789';

/** Whatever is waited for is late at once. */
const impatient: Clock = {
  ...systemClock,
  schedule: (task, _, kind) => systemClock.schedule(task, 300, kind),
};

function ofProvider(base: string | undefined, changes = {}): Promise<string> {
  const env = { OPENAI_API_KEY: key, ...(base !== undefined && { OPENAI_BASE_URL: base }) };
  return told(providerCheck, contextIn('.', { env, ...changes }));
}

describe('the provider', () => {
  test('answers 401 without a key, which is never sent', async () => {
    const asked: IncomingMessage[] = [];
    const base = await serve((request, response) => {
      asked.push(request);
      response.writeHead(401, { 'content-type': 'application/json' }).end('{}');
    });
    expect(await ofProvider(`${base}/v1/`)).toMatch(/^ok: http:.*\/v1\/ answers \(401 without a key/);
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /v1/models']);
    expect(JSON.stringify(asked[0]?.headers)).not.toContain(key);
    expect(asked[0]?.headers.authorization).toBeUndefined();
  });

  test('is the mock', async () => {
    const mock = await startMock();
    expect(await ofProvider(mock.url)).toMatch(/^ok: /);
    await mock.close();
  });

  test.each([
    [200, 'application/json', 'ok: '],
    [200, 'text/html; charset=utf-8', 'problem: http://HOST/v1 answers HTTP 200 with a page'],
    [404, 'application/json', 'warning: http://HOST/v1 answers, and knows no /models there (404)'],
    [403, 'application/json', 'warning: http://HOST/v1 answers 403: it may not serve this country'],
    [503, 'text/plain', 'warning: http://HOST/v1 answers HTTP 503: it has trouble'],
    [302, 'text/plain', 'warning: http://HOST/v1 answers HTTP 302, which is unusual'],
  ])('answers %i %s', async (status, type, expected) => {
    const base = await serve((_, response) => response.writeHead(status, { 'content-type': type }).end('x'));
    const said = await ofProvider(`${base}/v1`);
    expect(said.replaceAll(new URL(base).host, 'HOST')).toContain(expected);
  });

  test('has a name that nobody knows', async () => {
    // A name without an address, by RFC 2606; where there is no DNS at all it is late.
    expect(await ofProvider('https://nobody.invalid/v1', { clock: impatient })).toMatch(
      /^problem: nobody\.invalid cannot be reached: its name is not found .* spelt right/,
    );
  });

  test('does not listen', async () => {
    expect(await ofProvider(await closedPort())).toMatch(
      /^problem: 127\.0\.0\.1:\d+ cannot be reached: no connection \(ECONNREFUSED\)\. -> Nothing listens there/,
    );
  });

  test('is not to be trusted, or speaks no TLS', async () => {
    const untrusted = await serveSecurely((_, response) => response.end());
    expect(await ofProvider(untrusted)).toMatch(/TLS fails \(.*CERT.*NODE_EXTRA_CA_CERTS/);
    const plain = await serve((_, response) => response.end());
    expect(await ofProvider(plain.replace('http:', 'https:'))).toMatch(/TLS fails .*begin with http:\/\//);
  });

  test.each<[string, (socket: import('node:net').Socket) => void, string]>([
    ['says nothing', () => {}, 'gives no answer of HTTP (no answer within 5 s)'],
    ['hangs up', (socket) => socket.end(), 'gives no answer of HTTP ('],
    [
      'speaks something else',
      (socket) => void socket.end('220 mail.example ESMTP\r\n'),
      'gives no answer of HTTP (',
    ],
  ])('takes the connection and %s', async (_, talk, expected) => {
    expect(await ofProvider(await serveTcp(talk), { clock: impatient })).toContain(expected);
  });

  test.each([
    ['not-a-url', 'problem: OPENAI_BASE_URL is not an http:// or https:// address.'],
    ['ftp://x/v1', 'problem: OPENAI_BASE_URL is not an http:// or https:// address.'],
    ['https://api.openai.com', 'problem: OPENAI_BASE_URL has not the path /v1'],
    ['https://api.openai.com/v1/chat/completions', 'problem: OPENAI_BASE_URL ends with /chat/completions'],
    ['https://x.example/v1 ', 'warning: OPENAI_BASE_URL has blanks around it'],
    ['http://x.example/v1', 'warning: Calls go to x.example without TLS'],
    ['https://me:geheim@x.example/v1', 'warning: OPENAI_BASE_URL holds a name or a password'],
    ['https://x.example/v1', 'skipped: https://x.example/v1: not asked (--offline)'],
    [undefined, 'skipped: https://api.openai.com/v1: not asked (--offline)'],
  ])('offline, %s is looked at as it stands', async (base, expected) => {
    const said = await ofProvider(base, { offline: true, provider: () => expect.unreachable('asked') });
    expect(said).toContain(expected);
    expect(said).not.toContain('geheim');
  });

  test('is asked through the proxy that Node uses', async () => {
    const proxy = (await closedPort()).replace('//', '//me:geheim@');
    const env = { OPENAI_BASE_URL: 'https://x.example/v1', HTTPS_PROXY: proxy, NODE_USE_ENV_PROXY: '1' };
    const said = await told(providerCheck, contextIn('.', { env }));
    expect(said).toMatch(
      /^problem: x\.example cannot be reached through the proxy: the proxy 127\.0\.0\.1:\d+ cannot/,
    );
    expect(said).not.toContain('geheim');
  });
});

test('what goes on after the time is over ends nothing', async () => {
  const base = await serveTcp((socket) => setTimeout(() => socket.resetAndDestroy(), 400));
  const asked = await probe({ url: new URL(base), clock: systemClock, limitMs: 100 });
  expect(asked).toMatchObject({ reached: 'nothing', failedAt: 'HTTP' });
});

describe('the clock', () => {
  const nowMs = Date.parse('2026-11-28T12:00:00Z');
  const clock: Clock = { ...systemClock, epochMs: () => nowMs };
  test.each([
    [0, 'ok: agrees'],
    [-4_000, 'ok: agrees'],
    [20_000, "warning: This machine's clock is 2"],
    [-90_000, 'ahead of'],
    [
      3_600_000,
      "problem: This machine's clock is 60 min behind the provider's. -> Let the system set its clock",
    ],
    [-86_400_000, "problem: This machine's clock is 24 h ahead of the provider's."],
  ])('with a provider that is %i ms ahead', async (aheadMs, expected) => {
    const date = new Date(nowMs + aheadMs).toUTCString();
    const base = await serve((_, response) => response.writeHead(401, { date }).end());
    const context = contextIn('.', { clock, env: { OPENAI_BASE_URL: base } });
    expect(await told(clockCheck, context)).toContain(expected);
  });

  test('is not compared where nobody says the time', async () => {
    const base = await serve((_, response) => {
      response.sendDate = false;
      response.end();
    });
    const env = { OPENAI_BASE_URL: base };
    expect(await told(clockCheck, contextIn('.', { env }))).toBe(
      'skipped: not compared: the provider does not say its time',
    );
    expect(
      await told(clockCheck, contextIn('.', { env: { OPENAI_BASE_URL: await closedPort() } })),
    ).toContain('did not answer');
    expect(await told(clockCheck, contextIn('.', { env, offline: true }))).toContain('(--offline)');
  });
});

describe('the receiver', () => {
  const tell = (env: Readonly<Record<string, string>>, changes = {}): Promise<string> =>
    told(otlpCheck, contextIn('.', { env, ...changes }));
  const receiver = (status: number, type = 'application/json'): Promise<string> =>
    serve((_, response) => response.writeHead(status, { 'content-type': type }).end('{}'));

  test('takes an empty export', async () => {
    const asked: string[] = [];
    const base = await serve(async (request, response) => {
      let body = '';
      for await (const piece of request) body += String(piece);
      asked.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    expect(await tell({ OTEL_EXPORTER_OTLP_ENDPOINT: `${base}/` })).toMatch(
      /^ok: .*\/v1\/traces takes traces/,
    );
    expect(await tell({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${base}/v1/traces` })).toMatch(/^ok: /);
    expect(new Set(asked)).toEqual(new Set(['POST /v1/traces application/json {"resourceSpans":[]}']));
  });

  test.each([
    [200, 'text/html', 'problem: Something answers at'],
    [404, 'text/plain', 'problem: Something answers at'],
    [401, 'text/plain', 'OTEL_EXPORTER_OTLP_HEADERS is not set. -> Set it to the header'],
    [415, 'text/plain', 'problem: '],
    [503, 'text/plain', 'warning: '],
  ])('answers %i %s', async (status, type, expected) => {
    expect(await tell({ OTEL_EXPORTER_OTLP_ENDPOINT: await receiver(status, type) })).toContain(expected);
  });

  test('wants the headers that there are, which are not sent or said', async () => {
    const said = await tell({
      OTEL_EXPORTER_OTLP_ENDPOINT: await receiver(401),
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20geheim',
    });
    expect(said).toMatch(/^ok: .*answers \(401 without the headers/);
    expect(said).not.toContain('geheim');
  });

  test('is a port for gRPC, or is not there', async () => {
    // The settings frame with which a gRPC server begins.
    const grpc = await serveTcp((socket) => void socket.end(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])));
    expect(await tell({ OTEL_EXPORTER_OTLP_ENDPOINT: grpc })).toContain('does not speak HTTP/1');
    expect(await tell({ OTEL_EXPORTER_OTLP_ENDPOINT: await closedPort() })).toContain('Nothing listens at');
  });

  test.each([
    [{}, 'skipped: OTEL_EXPORTER_OTLP_ENDPOINT is not set'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '127.0.0.1:4318' }, 'is not an http:// or https:// address'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317' },
      'has the port 4317, where receivers take gRPC',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'has the port 4318, where receivers take HTTP, and the protocol is set to grpc',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x:4318/v1/traces' }, 'ends with /v1/traces, which is added'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://x:4318' }, 'does not end with /v1/traces'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http' }, 'is none of http/json, http/protobuf, grpc'],
    [
      { OTEL_EXPORTER_PROTOCOL: 'http/json' },
      'no variable that OpenTelemetry knows. -> It is mostly OTEL_EXPORTER_OTLP_PROTOCOL',
    ],
    [{ OTEL_EXPORTER_OTLP_TRACE_ENDPOINT: 'x' }, 'It is mostly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_ENPOINT: 'x' }, 'It is mostly OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ OTEL_SDK_DISABLED: 'true' }, 'warning: OTEL_SDK_DISABLED is true'],
    [{ OTEL_TRACES_EXPORTER: 'none' }, 'warning: OTEL_TRACES_EXPORTER is none'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'skipped: http://x:4317: not asked, since the protocol is gRPC',
    ],
  ])('with %j', async (env, expected) => {
    expect(await tell({ ...env })).toContain(expected);
  });

  test('is not asked offline', async () => {
    const said = await tell({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x:4318' }, { offline: true });
    expect(said).toBe('skipped: http://x:4318/v1/traces: not asked (--offline)');
  });
});
