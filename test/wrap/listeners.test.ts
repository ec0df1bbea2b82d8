import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { observe, telltale } from '../../src/index.ts';

let server: Server;
let openai: OpenAI;

beforeEach(async () => {
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  openai = observe(new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${port}/v1` }));
});
afterEach(() => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

it.each([
  [
    'throws',
    () => {
      throw new Error('mine');
    },
  ],
  ['rejects', () => Promise.reject(new Error('mine'))],
  [
    'gives a thenable that rejects',
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
    () => ({ then: (_: unknown, no: (e: unknown) => void) => no(new Error('mine')) }),
  ],
])('a listener that %s is reported once and harms nobody', async (_, listener) => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const heard = vi.fn();
  telltale(openai).on('call', listener as () => void);
  telltale(openai).on('call', heard);
  await openai.models.list();
  await openai.models.list();
  await new Promise(setImmediate);
  process.off('unhandledRejection', unhandled);
  expect(heard).toHaveBeenCalledTimes(2);
  expect(unhandled).not.toHaveBeenCalled();
  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    expect.stringMatching(
      /^A listener for 'call' failed and is ignored: Error at .*\. The call itself is not affected\.$/,
    ),
  ]);
});

it('a listener that was taken off hears no more', async () => {
  const heard = vi.fn();
  const off = telltale(openai).on('attempt', heard);
  await openai.models.list();
  off();
  await openai.models.list();
  expect(heard).toHaveBeenCalledTimes(1);
});
