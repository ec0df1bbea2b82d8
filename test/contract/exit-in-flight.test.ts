import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Application, type Ended, patient, telltaleUrl } from '../node/application.ts';
import { type StandIn, startStandIn } from '../node/stand-in.ts';
import { chatChunk, chatEvents } from './answers.ts';

vi.setConfig(patient);

let application: Application;
let receiver: StandIn;
let provider: http.Server;

beforeAll(async () => {
  application = new Application({ '@opentelemetry/api': '@opentelemetry/api' });
  for (const [name, installed] of [
    ['v6', 'openai-v6'],
    ['v7', 'openai'],
  ] as const)
    application.link(name, installed);
  receiver = await startStandIn();
  // The path says how a request is answered.
  provider = http.createServer((request, response) => {
    request.resume();
    if (request.url?.startsWith('/busy/')) response.writeHead(503, { 'retry-after-ms': '59000' }).end();
    else if (request.url?.startsWith('/stream/')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chatChunk({ content: 'a' }));
    } else if (request.url?.startsWith('/short/')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(chatEvents.join(''));
    }
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  application.remove();
  provider.closeAllConnections();
  provider.close();
  await receiver.close();
});

type World = 'v6' | 'v7';

/** An application that makes a client, `c`, and goes on with `rest`. */
function script(world: World, path: string, rest: string, observed: boolean, start = ''): string {
  const { port } = provider.address() as AddressInfo;
  return application.write(
    `${world}-${path}-${observed}-${rest.length}.mjs`,
    `import OpenAI from '${world}';
     ${observed ? `import { observe } from ${JSON.stringify(telltaleUrl('index.ts'))};` : 'const observe = (c) => c;'}
     ${start}
     const c = observe(new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:${port}/${path}', logLevel: 'off' }));
     const ask = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
     ${rest}`,
  );
}

/** Runs it bare and observed: both have to end alike, and neither may have to be killed. */
async function sameEnd(world: World, path: string, rest: string): Promise<Ended> {
  const run = (observed: boolean): Promise<Ended> =>
    application.run([script(world, path, rest, observed)]).ended;
  const [bare, observed] = await Promise.all([run(false), run(true)]);
  expect(observed).toEqual(bare);
  return observed;
}

const inFlight: readonly (readonly [string, string, string])[] = [
  [
    'before the headers',
    'silence',
    'c.chat.completions.create(ask); setTimeout(() => process.exit(3), 200);',
  ],
  ['in a wait', 'busy', 'c.chat.completions.create(ask); setTimeout(() => process.exit(3), 200);'],
  [
    'in a stream',
    'stream',
    'for await (const _ of await c.chat.completions.create({ ...ask, stream: true })) process.exit(3);',
  ],
];

describe.each<World>(['v6', 'v7'])('a process with an observed client of openai %s', (world) => {
  test.concurrent.each(inFlight)('exits with a call in flight %s', async (_, path, rest) => {
    expect(await sameEnd(world, path, rest)).toMatchObject({ code: 3, stdout: '', stderr: '' });
  });

  test.concurrent('ends by itself when nobody reads a stream that has arrived', async () => {
    const rest = `globalThis.held = await c.chat.completions.create({ ...ask, stream: true }); console.log('got it');`;
    expect(await sameEnd(world, 'short', rest)).toMatchObject({ code: 0, stdout: 'got it\n', stderr: '' });
  });

  test.concurrent('ends by itself when a stream is dropped in the middle', async () => {
    const rest = `for await (const _ of await c.chat.completions.create({ ...ask, stream: true })) break; console.log('left');`;
    expect(await sameEnd(world, 'stream', rest)).toMatchObject({ code: 0, stdout: 'left\n', stderr: '' });
  });

  test.concurrent('dies of a signal with calls in flight, and has sent what had ended', async () => {
    const start = `import { start } from ${JSON.stringify(telltaleUrl('node/index.ts'))};
      start({ endpoint: ${JSON.stringify(receiver.url)}, serviceName: '${world}' });`;
    const rest = `
      const { port } = new URL(c.baseURL);
      const other = c.withOptions({ baseURL: 'http://127.0.0.1:' + port + '/short' });
      for await (const _ of await other.chat.completions.create({ ...ask, model: 'ended-${world}', stream: true }));
      c.chat.completions.create({ ...ask, model: 'flying-${world}' });
      setTimeout(() => console.log('flying'), 100);`;
    const run = application.run([script(world, 'silence', rest, true, start)]);
    await run.said('flying');
    run.kill('SIGTERM');
    expect(await run.ended).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
    const names = receiver.spans.map(({ name }) => name);
    expect(names).toContain(`chat ended-${world}`);
  });
});
