import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openRedis } from '../../loadtest/redis.ts';
import { startMock } from '../../src/mock/index.ts';

/** What snippets run against: the mock provider, a receiver of telemetry, and a Redis where there is one. */
export interface World {
  readonly env: NodeJS.ProcessEnv;
  readonly hasRedis: boolean;
  close(): Promise<void>;
}

export async function openWorld(env: NodeJS.ProcessEnv): Promise<World> {
  const mock = await startMock({
    latency: { firstTokenMs: 1, betweenTokensMs: 0 },
    background: { queuedMs: 1, runsMs: 1 },
    batches: { validatingMs: 1, runningMs: 1, finalizingMs: 1 },
  });
  const receiver = createServer((request, response) => {
    request
      .resume()
      .once('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
  const redis = hasRedis ? await openRedis({ ...env, REDIS_URL: '' }) : undefined;
  return {
    hasRedis,
    env: {
      ...env,
      OPENAI_BASE_URL: mock.url,
      OPENAI_API_KEY: 'any',
      OPENAI_WEBHOOK_SECRET: `whsec_${Buffer.from('any secret').toString('base64')}`,
      AZURE_OPENAI_ENDPOINT: mock.url,
      AZURE_OPENAI_API_KEY: 'any',
      OPENAI_API_VERSION: '2025-04-01-preview',
      OTHER_KEY: 'any',
      AUDIT_KEY: 'a key of the application',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      ...(redis && { DOCS_REDIS_PORT: new URL(redis.url).port }),
    },
    async close() {
      receiver.closeAllConnections();
      receiver.close();
      await Promise.all([mock.close(), redis?.stop()]);
    },
  };
}
