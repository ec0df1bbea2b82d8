import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { K6Call } from '../../../loadtest/k6/record.ts';
import { readTargetOptions } from '../../../loadtest/target/options.ts';
import { runTarget } from '../../../loadtest/target/run.ts';
import { needsK6, presentK6 } from '../fixtures/present-k6.ts';

const k6 = presentK6();
const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

/** What a service does with a request for each path. */
const doors: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/well': (response) => void response.end('{}'),
  '/empty': (response) => void response.end(),
  '/500': (response) => void response.writeHead(500).end('<script>alert(1)</script>'),
  '/429': (response) => void response.writeHead(429, { 'retry-after': 'soon' }).end(),
  '/hang': () => {},
  '/close': (response) => void response.destroy(),
  '/redirect': (response) => void response.writeHead(302, { location: '/led-away' }).end(),
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setTimeout(() => response.destroy(), 50);
  },
};

describe.skipIf(!k6)(`a service that behaves badly${needsK6}`, { timeout: 120_000 }, () => {
  it.skipIf(!hasIpv6)('is told as its callers saw it, at an IPv6 address too', async () => {
    const asked = new Set<string>();
    const server = createServer((request, response) => {
      asked.add(request.url ?? '');
      (doors[request.url ?? ''] ?? doors['/well'])?.(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
    const folder = mkdtempSync(path.join(tmpdir(), 'telltale-bad-'));
    const file = path.join(folder, 'requests.json');
    writeFileSync(file, JSON.stringify(Object.keys(doors).map((door) => ({ path: door }))));
    const target = `http://[::1]:${(server.address() as AddressInfo).port}`;
    const line = `--requests ${file} --scenario calm --rate 8 --duration 4s --timeout 1s --mock-port 0 --otlp-port 0`;
    const options = readTargetOptions(['--target', target, ...line.split(' ')], () => 5);
    if (!options || !k6) throw new Error('no options');
    const { report } = await runTarget({
      options,
      env: process.env,
      k6,
      outDirectory: path.join(folder, 'out'),
      out: new PassThrough().resume(),
      signal: new AbortController().signal,
    });
    server.closeAllConnections();
    server.close();
    const { calls } = JSON.parse(readFileSync(path.join(folder, 'out', 'books', 'k6.json'), 'utf8')) as {
      calls: K6Call[];
    };
    const outcomes = Object.fromEntries(
      Object.keys(doors).map((door) => [
        door,
        [...new Set(calls.filter(({ model }) => model === door).map(({ outcome }) => outcome))],
      ]),
    );
    expect(outcomes).toEqual({
      '/well': ['ok'],
      '/empty': ['ok'],
      '/500': ['error'],
      '/429': ['refused'],
      '/hang': ['lost'],
      '/close': ['lost'],
      '/redirect': ['error'],
      '/cut': ['truncated'],
    });
    expect(asked).not.toContain('/led-away');
    expect(report.source).toBe('ledger');
    expect(report.verdict.reasons).toEqual([
      expect.stringMatching(/^I2 is broken/),
      expect.stringContaining('requests that reached the mock provider > 0, measured 0'),
    ]);
    expect(report.errors.map(({ errorType }) => errorType)).toEqual(
      expect.arrayContaining(['HTTP 500', 'HTTP 429', 'HTTP 302', 'request timeout']),
    );
    expect(report.generator.lag).toBeDefined();
    expect(readFileSync(path.join(folder, 'out', 'report.html'), 'utf8')).not.toContain('three books');
  });
});
