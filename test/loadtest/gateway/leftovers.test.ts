import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayLeft } from '../../../loadtest/books/left.ts';
import { type RequestWatch, watchRequests, whatIsLeft } from '../../../loadtest/gateway/leftovers.ts';

let server: Server;
let origin: string;
let watch: RequestWatch;

/** Answers `/whole` at once, `/endless` with headers and no end, and `/silent` not at all. */
beforeEach(async () => {
  server = createServer((request, response) => {
    if (request.url === '/silent') return;
    response.writeHead(200);
    if (request.url === '/whole') response.end('done');
    else response.write('more to come');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  watch = watchRequests(origin);
});

afterEach(async () => {
  watch.stop();
  server.close();
  server.closeAllConnections();
});

describe('the requests on a socket', () => {
  it('are none once an answer was read to its end', async () => {
    const response = await fetch(`${origin}/whole`);
    await response.text();
    expect(watch.underWay()).toBe(0);
  });

  it('are those that got no answer, until they are given up', async () => {
    const controller = new AbortController();
    const answer = fetch(`${origin}/silent`, { signal: controller.signal });
    await once(server, 'request');
    expect(watch.underWay()).toBe(1);
    controller.abort();
    await expect(answer).rejects.toThrow('abort');
    await expect.poll(() => watch.underWay()).toBe(0);
  });

  it('are those whose answer has not ended, until it is let go', async () => {
    const response = await fetch(`${origin}/endless`);
    expect(watch.underWay()).toBe(1);
    await response.body?.cancel();
    await expect.poll(() => watch.underWay()).toBe(0);
  });

  it('end with their connection', async () => {
    const answer = fetch(`${origin}/silent`);
    await once(server, 'request');
    server.closeAllConnections();
    await expect(answer).rejects.toThrow('fetch failed');
    expect(watch.underWay()).toBe(0);
  });

  it('are those to this origin alone', async () => {
    const other = watchRequests('http://127.0.0.1:1');
    const response = await fetch(`${origin}/endless`);
    expect([watch.underWay(), other.underWay()]).toEqual([1, 0]);
    await response.body?.cancel();
    other.stop();
  });
});

describe('what is left', () => {
  const nothing: GatewayLeft = { openCalls: 0, requests: 0, resources: {} };

  it('is nothing as soon as there is nothing', async () => {
    const looks = [{ ...nothing, requests: 1 }, { ...nothing, resources: { TCPSocketWrap: 1 } }, nothing];
    expect(await whatIsLeft(() => looks.shift() ?? { ...nothing, openCalls: 9 })).toEqual(nothing);
    expect(looks).toEqual([]);
  });

  it('is what is there after a while', async () => {
    expect(await whatIsLeft(() => ({ ...nothing, openCalls: 2 }))).toEqual({ ...nothing, openCalls: 2 });
  });
});

describe('what keeps a process alive', () => {
  it.each([
    ['nothing', '', {}],
    ['a timer', 'setTimeout(() => {}, 60_000);', { Timeout: 1 }],
    ['a timer that does not keep it alive', 'setTimeout(() => {}, 60_000).unref();', {}],
    ['a server', "require('node:net').createServer().listen(0);", { TCPServerWrap: 1 }],
  ])('is %s', { timeout: 20_000 }, async (_what, script, held) => {
    const leftovers = new URL('../../../loadtest/gateway/leftovers.ts', import.meta.url).href;
    const told = `import(${JSON.stringify(leftovers)}).then(({ heldResources }) => setImmediate(() => process.send(heldResources())));`;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script + told], {
      // As the runner starts a gateway.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const [message] = await once(child, 'message');
    child.kill('SIGKILL');
    expect(message).toEqual(held);
  });
});
