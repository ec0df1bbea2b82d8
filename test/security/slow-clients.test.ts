import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../loadtest/gateway/server.ts';
import { startOtlpReceiver } from '../../loadtest/otlp/receiver.ts';
import { serveTraces } from '../../src/cli/view/server.ts';
import { findSource } from '../../src/cli/view/sources.ts';
import { Traces } from '../../src/cli/view/traces.ts';
import { systemClock } from '../../src/clock.ts';
import { startMock } from '../../src/mock/index.ts';
import { linesOf, plainTraces } from '../cli/view/example-traces.ts';

/*
 * Every server of this machine that the package opens, and clients that send a byte at a time, never end, or send what is no
 * request. Each is refused or closed, nothing of it is kept, and nothing is served that is not the server's own.
 */

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Local {
  readonly name: string;
  readonly port: number;
  /** Where it takes a body. */
  readonly path: string;
  /** What stands before each of its paths. */
  readonly prefix: string;
  /** As it was started, in milliseconds. */
  readonly patience: Pick<Server, 'headersTimeout' | 'requestTimeout'>;
  readonly http: Server;
}

/** In place of minutes. */
const impatience = { headersTimeout: 500, requestTimeout: 1_000 };

let servers: readonly Local[];
let stop: () => Promise<void>;

beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-slow-'));
  writeFileSync(path.join(folder, 'a.jsonl'), linesOf(plainTraces(3)));
  const view = await serveTraces(new Traces(findSource(folder, folder, folder), systemClock), 0);
  const mock = await startMock();
  const receiver = await startOtlpReceiver({ take: () => {} });
  const gateway = await startGateway(new OpenAI({ apiKey: 'any', baseURL: mock.url, maxRetries: 0 }));
  stop = async () => {
    await view.close();
    await gateway.drain(1_000);
    await receiver.close();
    await mock.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const given: [string, string, string, string][] = [
    ['telltale view', view.url, new URL(view.url).pathname, ''],
    ['the control API of the mock', mock.url, '/__control/faults', ''],
    ['the mock', mock.url, '/v1/chat/completions', ''],
    ['the receiver', receiver.url, '/v1/traces', ''],
    ['the gateway', gateway.url, '/chat', ''],
  ];
  servers = await Promise.all(
    given.map(async ([name, url, where]) => {
      const port = Number(new URL(url).port);
      const prefix = name === 'telltale view' ? where.slice(0, -1) : '';
      const http = await httpServerOf(port);
      const { headersTimeout, requestTimeout } = http;
      return { name, port, path: where, prefix, http, patience: { headersTimeout, requestTimeout } };
    }),
  );
  // Two of them are one.
  for (const { http } of servers) Object.assign(http, impatience);
});

afterAll(async () => await stop());

/** Node tells of each request which server takes it. */
async function httpServerOf(port: number): Promise<Server> {
  let found: Server | undefined;
  const hear = (message: unknown): void => {
    const { server } = message as { server: Server };
    const address = server.address();
    if (typeof address === 'object' && address?.port === port) found = server;
  };
  subscribe('http.server.request.start', hear);
  await said(port, 'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n');
  unsubscribe('http.server.request.start', hear);
  if (!found) throw new Error('nobody answered');
  return found;
}

const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

/** Opens a connection; `closed` resolves with all that was said on it once it is closed from there. */
function open(port: number): { socket: Socket; closed: Promise<string> } {
  const socket = connect({ host: '127.0.0.1', port });
  sockets.add(socket);
  let heard = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    heard += text;
  });
  socket.on('error', () => {});
  return { socket, closed: new Promise((resolve) => socket.once('close', () => resolve(heard))) };
}

async function said(port: number, bytes: string): Promise<string> {
  const { socket, closed } = open(port);
  socket.write(Buffer.from(bytes, 'latin1'));
  return await closed;
}

const headers = 'host: 127.0.0.1\r\ncontent-type: application/json\r\n';

describe('a client that takes its time', () => {
  it('has a minute for its headers and five for its body, at every server', async () => {
    for (const { name, patience } of servers) {
      const { headersTimeout, requestTimeout } = patience;
      const isBounded = [headersTimeout, requestTimeout].every((ms) => ms > 0 && ms <= 300_000);
      expect([name, isBounded, headersTimeout <= 60_000]).toEqual([name, true, true]);
    }
  });

  it('is closed by every server, however it does it', async () => {
    const ways: Record<string, (where: string) => [string, string?]> = {
      'says nothing': () => [''],
      'stops in the first line': (where) => [`POST ${where}`],
      'stops in its headers': (where) => [`POST ${where} HTTP/1.1\r\n${headers}`],
      'has headers that never end': (where) => [`POST ${where} HTTP/1.1\r\n${headers}`, 'x-a: b\r\n'],
      'has a body that does not come': (where) => [
        `POST ${where} HTTP/1.1\r\n${headers}content-length: 900\r\n\r\n{`,
      ],
      'has a body that never ends': (where) => [
        `POST ${where} HTTP/1.1\r\n${headers}transfer-encoding: chunked\r\n\r\n`,
        '1\r\nx\r\n',
      ],
    };
    const waits = servers.flatMap(({ name, port, path: where }) =>
      Object.entries(ways).map(async ([way, bytes]) => {
        const [first, drip] = bytes(where);
        const { socket, closed } = open(port);
        socket.write(first);
        const dripping = drip === undefined ? undefined : setInterval(() => socket.write(drip), 20);
        await closed.finally(() => clearInterval(dripping));
        return `${name} ${way}`;
      }),
    );
    expect(await Promise.all(waits)).toHaveLength(servers.length * Object.keys(ways).length);
  });
});

describe('a body that never ends', () => {
  it('is kept by no server, even in pieces of one byte', async () => {
    for (const { name, port, path: where, http, patience } of servers) {
      // It reads bodies as its control API does.
      if (name === 'the mock') continue;
      // Nothing is let go of here because time is up.
      Object.assign(http, patience);
      const taken = once(http, 'connection') as Promise<[Socket]>;
      const { socket, closed } = open(port);
      let isClosed = false;
      void closed.then(() => {
        isClosed = true;
      });
      collect();
      const before = process.memoryUsage().heapUsed;
      socket.write(`POST ${where} HTTP/1.1\r\n${headers}transfer-encoding: chunked\r\n\r\n`);
      const pieces = Buffer.from('1\r\nx\r\n'.repeat(10_000));
      // More than 64 MiB, with what each takes beside its byte.
      for (let at = 0; at < 40; at++) socket.write(pieces);
      const [there] = await taken;
      while (!isClosed && there.bytesRead < socket.bytesWritten)
        await new Promise((resolve) => setTimeout(resolve, 5));
      collect();
      const held = process.memoryUsage().heapUsed - before;
      socket.destroy();
      Object.assign(http, impatience);
      expect([name, held < 16 * 1_024 * 1_024 ? 'little' : held]).toEqual([name, 'little']);
    }
  });
});

const get = (target: string, more = ''): string =>
  `GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n${more}\r\n`;

describe('what is no request', () => {
  const rubbish: Record<string, string> = {
    'bytes of another protocol': '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
    'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'HTTP/0.9': 'GET /\r\n\r\n',
    'a version to come': 'GET / HTTP/9.9\r\nhost: a\r\n\r\n',
    'no host': 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n',
    'two lengths': get('/', 'content-length: 1\r\ncontent-length: 2\r\n'),
    'a length and pieces': get('/', 'content-length: 5\r\ntransfer-encoding: chunked\r\n'),
    'a length below 0': get('/', 'content-length: -1\r\n'),
    'a header of a megabyte': get('/', `x-a: ${'x'.repeat(1_000_000)}\r\n`),
    'ten thousand headers': get('/', 'x-a: b\r\n'.repeat(10_000)),
    'a path of a megabyte': get(`/${'x'.repeat(1_000_000)}`),
    'a proxy': 'CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\nconnection: close\r\n\r\n',
    'another protocol from here on': get('/', 'upgrade: websocket\r\nconnection: upgrade\r\n'),
    'a header with a line in it': get('/', 'x-a: b\u0000\r\n'),
    'a piece as long as there is memory': `POST / HTTP/1.1\r\n${headers}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n`,
    'nothing but line ends': '\r\n'.repeat(100_000),
  };

  it.each(Object.entries(rubbish))(
    'is refused, and its sender alone hears of it: %s',
    async (_what, bytes) => {
      const refused = servers.map(async ({ name, port }) => {
        const answer = await said(port, bytes);
        expect([name, answer]).toEqual([name, expect.stringMatching(/^(?:$|HTTP\/1\.1 4\d\d )/)]);
        // It is there for others.
        expect(await said(port, get('/'))).toMatch(/^HTTP\/1\.1 4\d\d /);
      });
      await Promise.all(refused);
    },
  );
});

describe('a path that leads out', () => {
  it.each([
    '/../../../../../../etc/passwd',
    '/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
    '/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '/..\\..\\..\\..\\..\\..\\etc\\passwd',
    '/..%5c..%5c..%5c..%5cetc%5cpasswd',
    '/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd',
    '//etc/passwd',
    '/view.css%00.js',
    '/view.css/../../../../package.json',
    '/./server.ts',
    '/%',
    '/%ff%fe',
    '/file:///etc/passwd',
    '/files/..%2f..%2fetc%2fpasswd/content',
    '/v1/files/..%2f..%2fetc%2fpasswd/content',
    '/list/../../../etc/passwd',
  ])('leads nowhere: %s', async (where) => {
    for (const { name, port, prefix } of servers) {
      const answer = await said(port, get(`${prefix}${where}`, 'authorization: Bearer any\r\n'));
      expect([name, answer]).toEqual([name, expect.stringMatching(/^HTTP\/1\.1 4\d\d /)]);
      expect(answer).not.toMatch(/root:|"name": ?"telltale"|http\.createServer/);
    }
  });

  it.each(['http://127.0.0.1', 'http://evil.example', 'https://127.0.0.1:1', 'file://'])(
    'is no page where it is a whole address: %s',
    async (origin) => {
      for (const { name, port, prefix } of servers) {
        for (const where of ['/list', '/__ledger', '/__control/state', '/chat', '/v1/traces', '/healthz']) {
          const answer = await said(port, get(`${origin}${prefix}${where}`));
          expect([name, where, answer]).toEqual([name, where, expect.stringMatching(/^HTTP\/1\.1 4\d\d /)]);
        }
      }
    },
  );

  it('is no name of a file where it is the id of a trace', async () => {
    const [view] = servers;
    for (const id of [
      '../../../etc/passwd',
      '%2e%2e%2fetc%2fpasswd',
      '__proto__',
      `${'a'.repeat(10_000)}`,
      '%00',
    ]) {
      const answer = await said(view?.port ?? 0, get(`${view?.prefix}/trace?id=${id}`));
      expect(answer).not.toMatch(/root:/);
      expect(answer).toMatch(/^HTTP\/1\.1 (?:200|403) /);
    }
  });
});

describe('JSON for the control API of the mock', () => {
  it.each([
    ['very deep', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['very deep faults', `{"faults":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
    ['a deep schedule', `{"schedule":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`],
    ['names that every object has', '{"__proto__":{"faults":[]},"constructor":1}'],
    ['cut', '{"faults":['],
    ['no text', '\u0000\u00ff\u00fe'],
  ])('is refused, and the mock lives on: %s', async (_what, body) => {
    const [, control] = servers;
    for (const where of ['faults', 'schedule', 'start']) {
      const answer = await said(
        control?.port ?? 0,
        `POST /__control/${where} HTTP/1.1\r\n${headers}connection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    }
  });
});
