import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openSession } from '../../../src/cli/shared/session.ts';
import { telltale } from '../../../src/index.ts';

it('a command asks a provider that is ill 5 times, and waits up to 2 s, 4 s, 8 s and 16 s where it names no time', async () => {
  const data = mkdtempSync(path.join(tmpdir(), 'telltale-session-'));
  const ill = createServer((_, response) => {
    response.writeHead(503, { 'content-type': 'application/json', 'retry-after-ms': '1' });
    response.end('{"error":{"message":"Overloaded.","type":"server_error"}}');
  });
  ill.listen(0, '127.0.0.1');
  await once(ill, 'listening');
  onTestFinished(() => {
    vi.unstubAllEnvs();
    ill.closeAllConnections();
    ill.close();
    rmSync(data, { recursive: true, force: true });
  });
  vi.stubEnv('OPENAI_API_KEY', 'k');
  vi.stubEnv('OPENAI_BASE_URL', `http://127.0.0.1:${(ill.address() as AddressInfo).port}/v1`);
  // Its traces are not looked at here.
  vi.stubEnv('OTEL_SDK_DISABLED', 'true');
  const { openai, close } = await openSession({ mock: false, json: false, data });
  try {
    const asking = openai.responses.create({ model: 'gpt-5-mini', input: 'Hello?' });
    await expect(asking).rejects.toMatchObject({ status: 503 });
    expect(telltale(openai).stats()).toMatchObject({ calls: 1, attempts: 5 });
    expect(telltale(openai).retries()?.worstCaseWaitMs).toBe(30_000);
  } finally {
    await close();
  }
});
