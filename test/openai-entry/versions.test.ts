import { expect, test, vi } from 'vitest';
import { Application, patient } from '../node/application.ts';
import { startStandIn } from '../node/stand-in.ts';

vi.setConfig(patient);

/** What an application can see of the module it imports, as one line of JSON. */
const look = (imported: string): string => `
  import * as module from '${imported}';
  import OpenAI, { AzureOpenAI, toFile } from '${imported}';
  const client = new OpenAI({ maxRetries: 0 });
  const azure = new AzureOpenAI({ apiKey: 'k', apiVersion: '1' });
  const ask = async (client) => {
    const { choices } = await client.chat.completions.create({ model: 'm', messages: [] });
    return choices[0].message.content;
  };
  console.log(JSON.stringify({
    names: Object.keys(module).filter((name) => module[name] !== undefined).sort(),
    classes: [OpenAI.name, AzureOpenAI.name, toFile.name, OpenAI.OpenAI === OpenAI, module.OpenAI === OpenAI],
    instances: [client.constructor === OpenAI, client instanceof OpenAI, azure instanceof OpenAI],
    clone: client.withOptions({ timeout: 1 }) instanceof OpenAI,
    keys: Object.keys(client).sort(),
    errors: OpenAI.APIError === module.APIError,
    answers: [await ask(client), await ask(client.withOptions({ maxRetries: 1 }))],
  }));`;

test.concurrent.each([
  ['6.0.0', 'openai-v6-0'],
  ['6.49.0', 'openai-v6'],
  ['7.57.0', 'openai'],
])('with openai %s an application sees what it sees of openai itself', async (version, installed) => {
  const provider = await startStandIn();
  const application = new Application({
    openai: installed,
    '@opentelemetry/api': '@opentelemetry/api',
    'hdr-histogram-js': 'hdr-histogram-js',
  });
  const source = application.bringTelltale();
  application.write('bare.mjs', look('openai'));
  application.write('observed.mjs', look(`${source}openai.ts`));
  const environment = { OPENAI_BASE_URL: `${provider.url}/v1` };
  const [bare, observed] = await Promise.all(
    ['bare.mjs', 'observed.mjs'].map((file) => application.run([file], environment).ended),
  );
  expect(bare?.stderr).toBe('');
  expect(bare?.stdout).toContain('"answers":["Hello.","Hello."]');
  expect(observed).toEqual(bare);
  expect(new Set(provider.chats.map(({ headers }) => headers['user-agent']))).toEqual(
    new Set([`OpenAI/JS ${version}`]),
  );
  application.remove();
  await provider.close();
});
