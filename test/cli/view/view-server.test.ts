import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveTraces, type ViewServer } from '../../../src/cli/view/server.ts';
import { findSource } from '../../../src/cli/view/sources.ts';
import { Traces } from '../../../src/cli/view/traces.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { hostile, hostileTrace, linesOf, plainTraces, retriedTrace, traceIdOf } from './example-traces.ts';

let folder: string;
let server: ViewServer;
const clock = createFakeClock();

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'telltale-view-'));
  writeFileSync(
    path.join(folder, 'a.jsonl'),
    linesOf([...plainTraces(20), retriedTrace(20), hostileTrace(21)]),
  );
  server = await serveTraces(new Traces(findSource(folder, folder, folder), clock), 0);
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Got {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A request as nobody's library would make it. */
function ask(
  where: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Got> {
  const { port, pathname } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, path: where.replace('TOKEN/', pathname), method, headers },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
      },
    );
    request.on('error', reject).end();
  });
}

type Given = Readonly<Record<string, () => string>>;

function headersOf(given: Given): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value()]));
}

const port = (): string => new URL(server.url).port;

describe('who is answered', () => {
  it.each<[string, Given]>([
    ['by the address that was printed', {}],
    ['by localhost', { host: () => `localhost:${port()}` }],
    ['when somebody types it in', { 'sec-fetch-site': () => 'none' }],
    [
      'when the page asks itself',
      { 'sec-fetch-site': () => 'same-origin', origin: () => `http://127.0.0.1:${port()}` },
    ],
  ])('%s', async (_, headers) => {
    expect(await ask('TOKEN/', { headers: headersOf(headers) })).toMatchObject({ status: 200 });
  });

  it.each<[string, number, Given]>([
    ['a name that was rebound to this machine', 403, { host: () => `evil.example:${port()}` }],
    ['this machine by another port', 403, { host: () => '127.0.0.1' }],
    ['a name that begins like ours', 403, { host: () => `127.0.0.1.evil.example:${port()}` }],
    ['another site', 403, { 'sec-fetch-site': () => 'cross-site' }],
    ['another port of this machine', 403, { 'sec-fetch-site': () => 'same-site' }],
    ['a page that says where it is from', 403, { origin: () => 'http://evil.example' }],
    ['a page from nowhere', 403, { origin: () => 'null' }],
  ])('not %s', async (_, status, headers) => {
    for (const where of ['TOKEN/', 'TOKEN/list', `TOKEN/trace?id=${traceIdOf(20)}`]) {
      const got = await ask(where, { headers: headersOf(headers) });
      expect(got.status).toBe(status);
      expect(got.body).not.toContain('gpt-5');
    }
  });

  it.each([
    '/',
    '/list',
    '/view.js',
    '/0123456789abcdef0123456789abcdef/list',
    '//list',
    '/../list',
    '/%2e%2e/',
  ])('not without the token: %s', async (where) => {
    const got = await ask(where);
    expect(got.status).toBe(404);
    expect(got.body).not.toContain('gpt-5');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('not %s', async (method) => {
    const got = await ask('TOKEN/list', { method, headers: { 'content-length': '0' } });
    expect(got.status).toBe(405);
    expect(got.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('with headers that let nothing else read, frame, keep or run it', async () => {
    for (const where of ['TOKEN/', 'TOKEN/list', 'TOKEN/view.js', 'TOKEN/nothing', '/']) {
      const { headers } = await ask(where, { headers: {} });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('on the loopback address alone, by a token that is another each time', async () => {
    const traces = new Traces(findSource(folder, folder, folder), clock);
    const other = await serveTraces(traces, 0);
    expect(other.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
    expect(new URL(other.url).pathname).not.toBe(new URL(server.url).pathname);
    await other.close();
  });
});

async function list(query = ''): Promise<{ version: string; html: string; notes: string; models: string[] }> {
  return JSON.parse((await ask(`TOKEN/list?${query}`)).body) as never;
}

const rowsOf = (html: string): number => html.match(/class="row"/g)?.length ?? 0;

describe('what is answered', () => {
  it('shows hostile texts as texts', async () => {
    const { html, models } = await list();
    expect(models).toContain(hostile);
    const { body } = await ask(`TOKEN/trace?id=${traceIdOf(21)}`);
    const shown = (JSON.parse(body) as { html: string }).html;
    for (const markup of [html, shown]) {
      expect(markup).toContain('&lt;img src=x onerror=');
      expect(markup).not.toMatch(/<img|<script|\u202e/);
    }
    const unknown = await ask(`TOKEN/trace?id=${encodeURIComponent('<script>x</script>')}`);
    expect((JSON.parse(unknown.body) as { html: string }).html).toContain('&lt;script&gt;');
  });

  it.each([
    ['outcome=error', 3],
    ['outcome=not+ok', 11],
    ['model=gpt-5', 7],
    ['q=REQ_20', 1],
    [`q=conv-20`, 1],
    [`q=${traceIdOf(3)}`, 1],
    ['minSeconds=2&maxSeconds=10', 1],
    ['minCost=0.009', 1],
    ['minCost=nonsense&page=-3', 22],
    ['q=nothing+like+it', 0],
  ])('filters by %s', async (query, rows) => {
    expect(rowsOf((await list(query)).html)).toBe(rows);
  });

  it('says 204 until something new was written, and then shows it', async () => {
    const { version } = await list();
    expect((await ask(`TOKEN/list?known=${version}`)).status).toBe(204);
    const line = linesOf([retriedTrace(30)]);
    appendFileSync(path.join(folder, 'a.jsonl'), line.slice(0, 100));
    clock.advance(1_000);
    expect((await ask(`TOKEN/list?known=${version}`)).status).toBe(204);
    appendFileSync(path.join(folder, 'a.jsonl'), `${line.slice(100)}rubbish\n`);
    writeFileSync(path.join(folder, 'b.jsonl'), linesOf([retriedTrace(31)]));
    clock.advance(1_000);
    const after = await list(`known=${version}`);
    expect(after.html).toContain(traceIdOf(30));
    expect(after.html).toContain(traceIdOf(31));
    expect(after.notes).toBe('24 traces of 2 files. Lines or spans that could not be read: 1.');
  });
});
