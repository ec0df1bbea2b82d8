import { fileURLToPath } from 'node:url';
import { describe, expect, vi } from 'vitest';
import { patient, telltaleUrl } from '../node/application.ts';
import { ask, it, register } from './world.ts';

vi.setConfig(patient);

const versions: [string, string][] = [
  ['6.0.0', 'openai-v6-0'],
  ['6.49.0', 'openai-v6'],
  ['7.57.0', 'openai'],
];

describe.each(versions)('with openai %s', (version, installed) => {
  it.concurrent('an ES module imports observed clients, and sees what it sees of the bare ones', async ({
    world,
  }) => {
    const { application } = world;
    application.link('openai', installed);
    const file = application.write(
      'app.mjs',
      `import * as module from 'openai';
       import OpenAI, { AzureOpenAI, toFile } from 'openai';
       import { Stream } from 'openai/streaming';
       import { APIError } from 'openai/error';
       ${ask}
       const dynamic = await import('openai');
       class Mine extends OpenAI {}
       const client = new OpenAI();
       const azure = new AzureOpenAI({ apiKey: 'k', apiVersion: '1' });
       const streamed = await client.chat.completions.create({ model: 's', messages: [], stream: true });
       for await (const _ of streamed);
       console.log(JSON.stringify({
         names: Object.keys(module).sort(),
         same: [dynamic.default === OpenAI, module.OpenAI === OpenAI, OpenAI.OpenAI === OpenAI],
         classes: [OpenAI.name, AzureOpenAI.name, typeof toFile, OpenAI.APIError === APIError],
         instances: [client.constructor === OpenAI, client instanceof OpenAI, azure instanceof OpenAI,
           new Mine() instanceof Mine, client instanceof Mine, streamed instanceof Stream],
         answers: [await ask(client), await ask(client.withOptions({ timeout: 5_000 })), await ask(new Mine())],
       }));`,
    );
    expect(await world.sameAsBare(file)).toContain('"answers":["Hello.","Hello.","Hello."]');
    expect(world.spans()).toEqual([4, 4]);
    expect(world.standIn.chats[0]?.headers['user-agent']).toBe(`OpenAI/JS ${version}`);
  });

  it.concurrent('a CommonJS module requires observed clients, and sees what it sees of the bare ones', async ({
    world,
  }) => {
    const { application } = world;
    application.link('openai', installed);
    const file = application.write(
      'app.cjs',
      `const OpenAI = require('openai');
       const { AzureOpenAI, toFile, default: Default } = require('openai');
       const { Stream } = require('openai/streaming');
       const { APIError } = require('openai/error');
       ${ask}
       class Mine extends OpenAI { extra() { return 'extra'; } }
       class Derived extends OpenAI.OpenAI { extra() { return 'extra'; } }
       const client = new OpenAI();
       const azure = new AzureOpenAI({ apiKey: 'k', apiVersion: '1' });
       const own = Object.getOwnPropertyDescriptors(OpenAI);
       (async () => {
         const streamed = await client.chat.completions.create({ model: 's', messages: [], stream: true });
         for await (const _ of streamed);
         console.log(JSON.stringify({
           type: [typeof OpenAI, OpenAI.name, OpenAI.length],
           own: Object.keys(own).map((name) => [name, own[name].enumerable, own[name].configurable, own[name].writable]),
           same: [Default === OpenAI.OpenAI, require('openai') === OpenAI, OpenAI.__esModule],
           classes: [Default.name, AzureOpenAI.name, typeof toFile, OpenAI.APIError === APIError, Default.APIError === APIError],
           instances: [client.constructor === Default, client instanceof OpenAI, client instanceof Default,
             azure instanceof OpenAI, azure instanceof Default, new Mine() instanceof Mine, new Mine().extra?.(),
             new Derived().extra(), streamed instanceof Stream],
           answers: [await ask(client), await ask(OpenAI()), await ask(new Derived()), await ask(new Mine())],
         }));
       })();`,
    );
    expect(await world.sameAsBare(file)).toContain('"answers":["Hello.","Hello.","Hello.","Hello."]');
    expect(world.spans()).toEqual([5, 5]);
    expect(world.standIn.chats[0]?.headers['user-agent']).toBe(`OpenAI/JS ${version}`);
  });
});

it.concurrent('each copy of openai in an application is observed where it is', async ({ world }) => {
  const { application } = world;
  application.link('openai', 'openai');
  application.link('openai', 'openai-v6', 'node_modules/a-library');
  application.write('node_modules/a-library/package.json', '{"name": "a-library", "main": "index.js"}');
  application.write(
    'node_modules/a-library/index.js',
    `const { OpenAI } = require('openai'); ${ask} exports.ask = () => ask(new OpenAI());`,
  );
  const file = application.write(
    'app.mjs',
    `import OpenAI from 'openai'; import library from 'a-library'; ${ask}
     console.log(await ask(new OpenAI()), await library.ask());`,
  );
  expect(await world.sameAsBare(file)).toBe('Hello. Hello.\n');
  expect(world.spans()).toEqual([2, 2]);
  const userAgents = world.standIn.chats.map(({ headers }) => headers['user-agent']);
  expect(new Set(userAgents)).toEqual(new Set(['OpenAI/JS 7.57.0', 'OpenAI/JS 6.49.0']));
});

it.concurrent('telltale/openai and observe() on top observe no call twice', async ({ world }) => {
  const { application } = world;
  application.link('openai', 'openai');
  const file = application.write(
    'app.mjs',
    `import OpenAI from 'openai';
     import Observed from '${telltaleUrl('openai.ts')}';
     import { observe } from '${telltaleUrl('index.ts')}';
     ${ask}
     const isOriginal = Object.hasOwn(Object.getPrototypeOf(Observed).prototype, 'makeRequest');
     console.log(await ask(observe(new OpenAI())), await ask(new Observed()), isOriginal);`,
  );
  expect(await world.run([...register, file])).toMatchObject({ stdout: 'Hello. Hello. true\n', stderr: '' });
  expect(world.spans()).toEqual([2, 2]);
});

it.concurrent('a worker thread is observed too, and sends what it has before it ends', async ({ world }) => {
  const { application } = world;
  application.link('openai', 'openai');
  application.write(
    'worker.mjs',
    `import OpenAI from 'openai'; ${ask} console.log(await ask(new OpenAI()));`,
  );
  const file = application.write(
    'app.mjs',
    `import { Worker } from 'node:worker_threads'; new Worker(new URL('worker.mjs', import.meta.url));`,
  );
  expect(await world.run([...register, file])).toMatchObject({ stdout: 'Hello.\n', stderr: '' });
  expect(world.spans()).toEqual([1, 1]);
});

it.concurrent('--require registers as --import does', async ({ world }) => {
  const { application } = world;
  application.link('openai', 'openai');
  const file = application.write(
    'app.cjs',
    `const OpenAI = require('openai'); ${ask} ask(new OpenAI()).then(console.log);`,
  );
  const ended = await world.run(['--require', fileURLToPath(telltaleUrl('register.ts')), file]);
  expect(ended).toMatchObject({ stdout: 'Hello.\n', stderr: '' });
  expect(world.spans()).toEqual([1, 1]);
});

it.concurrent('TELLTALE_STREAM_USAGE=ask asks for the usage of streams', async ({ world }) => {
  const { application } = world;
  application.link('openai', 'openai');
  const file = application.write(
    'app.mjs',
    `import OpenAI from 'openai';
     await new OpenAI().chat.completions.create({ model: 'm', messages: [], stream: true }).asResponse();
     process.exit(0);`,
  );
  await world.run([...register, file], { TELLTALE_STREAM_USAGE: 'ask' });
  expect(world.standIn.chats[0]?.body['stream_options']).toEqual({ include_usage: true });
});

it.concurrent('TELLTALE_CONTENT=redacted puts redacted content on spans', async ({ world }) => {
  const { application } = world;
  application.link('openai', 'openai');
  const file = application.write(
    'app.mjs',
    `import OpenAI from 'openai';
     await new OpenAI().chat.completions.create({
       model: 'm',
       messages: [{ role: 'user', content: 'I am bob@example.com' }],
     });`,
  );
  await world.run([...register, file], { TELLTALE_CONTENT: 'redacted' });
  await world.run([...register, file]);
  const said = JSON.stringify(world.standIn.spans);
  expect(said.match(/I am \[redacted e-mail\]/g)).toHaveLength(1);
  expect(said).not.toContain('bob@example.com');
});

it.concurrent('an OpenTelemetry SDK that was set up before receives everything', async ({ world }) => {
  const { application } = world;
  application.link('openai', 'openai');
  application.link('@opentelemetry/sdk-node', '@opentelemetry/sdk-node');
  const otel = application.write(
    'otel.mjs',
    `import { NodeSDK } from '@opentelemetry/sdk-node';
     const sdk = new NodeSDK({ serviceName: 'own-sdk' });
     sdk.start();
     process.once('beforeExit', () => sdk.shutdown());`,
  );
  const file = application.write(
    'app.mjs',
    `import OpenAI from 'openai'; ${ask} console.log(await ask(new OpenAI()));`,
  );
  const ended = await world.run(['--import', otel, ...register, file], {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_LOGS_EXPORTER: 'none',
  });
  expect(ended).toMatchObject({ stdout: 'Hello.\n', stderr: '' });
  expect(world.spans()).toEqual([1, 1]);
  expect(world.standIn.resource['service.name']).toBe('own-sdk');
});
