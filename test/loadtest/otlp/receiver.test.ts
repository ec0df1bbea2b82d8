import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OtlpReceiver, type Signal, startOtlpReceiver } from '../../../loadtest/otlp/receiver.ts';

let receiver: OtlpReceiver;
let taken: { signal: Signal; body: unknown; json: string }[];

beforeEach(async () => {
  taken = [];
  receiver = await startOtlpReceiver({
    take: (signal, body, json) => {
      taken.push({ signal, body, json });
    },
  });
});

afterEach(() => receiver.close());

function post(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  return fetch(receiver.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

describe('the receiver', () => {
  it('takes traces, metrics and logs, as text and parsed', async () => {
    expect((await post('/v1/traces', '{"resourceSpans":[]}')).status).toBe(200);
    expect((await post('/v1/metrics', '{"resourceMetrics":[]}')).status).toBe(200);
    expect((await post('/v1/logs', '{"resourceLogs":[]}')).status).toBe(200);
    expect(taken).toEqual([
      { signal: 'traces', body: { resourceSpans: [] }, json: '{"resourceSpans":[]}' },
      { signal: 'metrics', body: { resourceMetrics: [] }, json: '{"resourceMetrics":[]}' },
      { signal: 'logs', body: { resourceLogs: [] }, json: '{"resourceLogs":[]}' },
    ]);
  });

  it('takes a body in gzip', async () => {
    const zipped = Uint8Array.from(gzipSync('{"resourceSpans":[]}'));
    const response = await post('/v1/traces', zipped, { 'content-encoding': 'gzip' });
    expect(response.status).toBe(200);
    expect(taken[0]?.json).toBe('{"resourceSpans":[]}');
  });

  it('refuses protobuf and says what to set', async () => {
    const response = await post('/v1/traces', 'x', { 'content-type': 'application/x-protobuf' });
    expect(response.status).toBe(415);
    expect(await response.text()).toContain('OTEL_EXPORTER_OTLP_PROTOCOL=http/json');
    expect(taken).toEqual([]);
  });

  it.each([
    ['what is no JSON', '/v1/traces', '{', 400],
    ['another path', '/v1/profiles', '{}', 404],
  ])('refuses %s', async (_what, path, body, status) => {
    expect((await post(path, body)).status).toBe(status);
    expect(taken).toEqual([]);
  });

  it('refuses what is no gzip though it says so', async () => {
    expect((await post('/v1/traces', '{}', { 'content-encoding': 'gzip' })).status).toBe(400);
  });

  it('refuses to be read', async () => {
    expect((await fetch(`${receiver.url}/v1/traces`)).status).toBe(405);
  });

  it('answers what it has taken before it closes, and listens on the same port again', async () => {
    const { url } = receiver;
    const answers = Promise.all([1, 2, 3].map(() => post('/v1/traces', '{"resourceSpans":[]}')));
    await expect.poll(() => taken.length).toBeGreaterThan(0);
    await receiver.close();
    expect((await answers).map(({ status }) => status)).toEqual([200, 200, 200]);
    await expect(post('/v1/traces', '{}')).rejects.toThrow('fetch failed');
    const port = Number(new URL(url).port);
    receiver = await startOtlpReceiver({
      take: (signal) => void taken.push({ signal, body: {}, json: '' }),
      port,
    });
    expect(receiver.url).toBe(url);
    expect((await post('/v1/metrics', '{}')).status).toBe(200);
    expect(taken.at(-1)?.signal).toBe('metrics');
  });
});
