import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { proxyFor } from '../../../loadtest/program/proxy.ts';

const target = new URL('https://github.com/grafana/k6');

describe('HTTPS_PROXY', () => {
  test.each([
    [{ HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
    [{ https_proxy: 'http://small:1', HTTPS_PROXY: 'http://capital:2' }, 'http://small:1/'],
    [{ HTTPS_PROXY: 'proxy.example:8080' }, 'http://proxy.example:8080/'],
    [{ HTTPS_PROXY: 'https://user:word@proxy' }, 'https://user:word@proxy/'],
    [{ HTTP_PROXY: 'http://only-for-http:1' }, undefined],
    [{ HTTPS_PROXY: '' }, undefined],
  ])('%o names %s', (env, proxy) => {
    expect(proxyFor(target, env)?.href).toBe(proxy);
  });

  test.each(['socks5://proxy:1080', 'http://'])('%s is refused', (setting) => {
    expect(() => proxyFor(target, { HTTPS_PROXY: setting })).toThrow('HTTPS_PROXY is not');
  });

  test('is not for plain http', () => {
    expect(proxyFor(new URL('http://127.0.0.1:1/'), { HTTPS_PROXY: 'http://proxy:1' })).toBeUndefined();
  });
});

describe('NO_PROXY', () => {
  test.each([
    ['*', 'https://github.com', true],
    ['github.com', 'https://github.com', true],
    ['github.com', 'https://objects.github.com', true],
    ['.github.com', 'https://objects.github.com', true],
    ['*.github.com', 'https://objects.github.com', true],
    ['GitHub.com', 'https://github.com', true],
    ['localhost, github.com', 'https://github.com', true],
    ['localhost github.com', 'https://github.com', true],
    ['github.com:443', 'https://github.com', true],
    ['github.com:8443', 'https://github.com', false],
    ['hub.com', 'https://github.com', false],
    ['github.com.evil', 'https://github.com', false],
    ['::1', 'https://[::1]', true],
    ['[::1]:443', 'https://[::1]', true],
    ['127.0.0.1', 'https://127.0.0.1:8443', true],
    ['', 'https://github.com', false],
  ])('%s exempts %s: %s', (noProxy, url, exempt) => {
    const proxy = proxyFor(new URL(url), { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: noProxy });
    expect(proxy === undefined).toBe(exempt);
  });
});

const fixtures = path.join(import.meta.dirname, 'fixtures');
const cert = path.join(fixtures, 'localhost-cert.pem');

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A server that says over TLS what it was asked for. */
function startTarget(): Promise<number> {
  const tls = { cert: readFileSync(cert), key: readFileSync(path.join(fixtures, 'localhost-key.pem')) };
  return listen(createHttpsServer(tls, (request, response) => response.end(`got ${request.url}`)));
}

interface Proxy {
  readonly port: number;
  /** What it was asked for: target and login. */
  readonly asked: { target: string | undefined; login: string | undefined }[];
}

/** A proxy that connects wherever it is told to, or answers `refusal`. */
async function startProxy(refusal?: number): Promise<Proxy> {
  const asked: Proxy['asked'] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request: IncomingMessage, client) => {
    asked.push({ target: request.url, login: request.headers['proxy-authorization'] });
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  return { port: await listen(server), asked };
}

/** Fetches in a process of its own, because Node reads NODE_EXTRA_CA_CERTS only at its start. */
async function fetchInChild(url: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'fetch-url.ts'), url], {
    env: { ...env, PATH: process.env['PATH'], NODE_OPTIONS: process.env['NODE_OPTIONS'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const text of child.stdout.setEncoding('utf8')) said += text;
  return said.trim();
}

describe('a file behind a proxy', () => {
  test('comes through its tunnel, with TLS from end to end and the login given', async () => {
    const port = await startTarget();
    const proxy = await startProxy();
    const said = await fetchInChild(`https://localhost:${port}/file`, {
      HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${proxy.port}`,
      NODE_EXTRA_CA_CERTS: cert,
    });
    expect(said).toBe('got /file');
    expect(proxy.asked).toEqual([
      { target: `localhost:${port}`, login: `Basic ${Buffer.from('me:p@ss').toString('base64')}` },
    ]);
  });

  test('comes from an address without a name', async () => {
    const port = await startTarget();
    const proxy = await startProxy();
    const env = { HTTPS_PROXY: `127.0.0.1:${proxy.port}`, NODE_EXTRA_CA_CERTS: cert };
    expect(await fetchInChild(`https://127.0.0.1:${port}/file`, env)).toBe('got /file');
    expect(proxy.asked).toEqual([{ target: `127.0.0.1:${port}`, login: undefined }]);
  });

  test('comes directly where NO_PROXY names its host', async () => {
    const port = await startTarget();
    const proxy = await startProxy();
    const said = await fetchInChild(`https://localhost:${port}/file`, {
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      NO_PROXY: 'localhost',
      NODE_EXTRA_CA_CERTS: cert,
    });
    expect(said).toBe('got /file');
    expect(proxy.asked).toEqual([]);
  });

  test('is refused where the certificate is not trusted, and the way out is named', async () => {
    const port = await startTarget();
    const proxy = await startProxy();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const said = await fetchInChild(`https://localhost:${port}/file`, env);
    expect(said).toContain(`localhost:${port} cannot be reached`);
    expect(said).toContain('NODE_EXTRA_CA_CERTS');
  });

  test('is not had where the proxy refuses, which is named', async () => {
    const proxy = await startProxy(407);
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const said = await fetchInChild('https://localhost:1/file', env);
    expect(said).toBe(`error: the proxy 127.0.0.1:${proxy.port} answered HTTP 407`);
  });

  test('is not had where there is no proxy, which is named', async () => {
    const said = await fetchInChild('https://localhost:1/file', { HTTPS_PROXY: 'http://127.0.0.1:1' });
    expect(said).toBe('error: the proxy 127.0.0.1:1 cannot be reached (ECONNREFUSED)');
  });
});
