import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import { afterEach, expect, test, vi } from 'vitest';
import { start } from '../../src/node/index.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What docs/recipes.md says of the variables, as a receiver sees it. */
test.each([
  ['application/json', undefined],
  ['application/x-protobuf', 'http/protobuf'],
])(
  'with a base path, keys and the protocol of the environment, spans leave as %s',
  async (type, protocol) => {
    const seen: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
    const receiver = createServer(({ url, headers }, response) => {
      seen.push({ url, headers });
      response.end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}/otlp`);
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-honeycomb-team=a-key,Authorization=ApiKey%20a-key');
    if (protocol !== undefined) vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', protocol);
    const sdk = start({ metrics: false, logs: false });
    trace.getTracer('a').startSpan('one').end();
    await sdk.shutdown();
    receiver.closeAllConnections();
    receiver.close();
    expect(seen).toEqual([
      {
        url: '/otlp/v1/traces',
        headers: expect.objectContaining({
          'content-type': type,
          'x-honeycomb-team': 'a-key',
          authorization: 'ApiKey a-key',
        }),
      },
    ]);
  },
);
