import * as bare from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TelltaleError } from '../../src/errors.ts';
import * as observed from '../../src/openai.ts';
import { telltale } from '../../src/wrap/observe-client.ts';
import { type StandIn, startStandIn } from '../node/stand-in.ts';

const { AzureOpenAI, default: OpenAI } = observed;
let provider: StandIn;

beforeEach(async () => {
  provider = await startStandIn();
});

afterEach(async () => {
  delete process.env['TELLTALE_STREAM_USAGE'];
  await provider.close();
});

const azureOptions = { apiKey: 'k', apiVersion: '2025-01-01', endpoint: 'http://127.0.0.1:9' };

function newClient(): bare.OpenAI {
  return new OpenAI({ apiKey: 'k', baseURL: `${provider.url}/v1` });
}

async function ask(client: bare.OpenAI): Promise<void> {
  await client.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hi' }] });
}

function calls(client: object): number {
  return telltale(client).stats().calls;
}

test('every export of openai is there, and only the client classes are others', () => {
  expect(Object.keys(observed).sort()).toEqual(Object.keys(bare).sort());
  const others = Object.entries(bare).filter(([name, value]) => Reflect.get(observed, name) !== value);
  expect(others.map(([name]) => name).sort()).toEqual(['AzureOpenAI', 'BedrockOpenAI', 'OpenAI', 'default']);
  expect(observed.default).toBe(observed.OpenAI);
});

test('each new client is observed', async () => {
  const client = newClient();
  await ask(client);
  expect(calls(client)).toBe(1);
  expect(provider.chats[0]?.headers['user-agent']).toBe(`OpenAI/JS ${bareVersion()}`);
});

test('the Azure and Bedrock clients are observed as well', () => {
  expect(calls(new AzureOpenAI(azureOptions))).toBe(0);
  const bedrock = new observed.BedrockOpenAI({ apiKey: 'k', awsRegion: 'us-east-1' });
  expect(calls(bedrock)).toBe(0);
});

describe('instanceof says what it says with the bare classes', () => {
  test('for clients of either kind', () => {
    const azure = new AzureOpenAI(azureOptions);
    expect(newClient()).toBeInstanceOf(bare.OpenAI);
    expect(newClient()).toBeInstanceOf(OpenAI);
    expect(newClient()).not.toBeInstanceOf(AzureOpenAI);
    expect(azure).toBeInstanceOf(bare.AzureOpenAI);
    expect(azure).toBeInstanceOf(AzureOpenAI);
    expect(azure).toBeInstanceOf(OpenAI);
    expect(new bare.OpenAI({ apiKey: 'k' })).toBeInstanceOf(OpenAI);
    expect({}).not.toBeInstanceOf(OpenAI);
  });

  test('for subclasses of the application’s', () => {
    class Mine extends OpenAI {}
    class Other extends OpenAI {}
    const mine = new Mine({ apiKey: 'k' });
    expect(mine).toBeInstanceOf(Mine);
    expect(mine).toBeInstanceOf(OpenAI);
    expect(mine).not.toBeInstanceOf(Other);
    expect(newClient()).not.toBeInstanceOf(Mine);
  });
});

test('names and statics stay', () => {
  const client = newClient();
  expect([OpenAI.name, AzureOpenAI.name, client.constructor.name]).toEqual([
    'OpenAI',
    'AzureOpenAI',
    'OpenAI',
  ]);
  expect(client.constructor).toBe(OpenAI);
  expect(OpenAI.length).toBe(bare.OpenAI.length);
  expect(OpenAI.APIError).toBe(bare.APIError);
  expect(OpenAI.OpenAI).toBe(OpenAI);
  expect(AzureOpenAI.OpenAI).toBe(OpenAI);
  expect(Object.keys(OpenAI)).toEqual([]);
});

test('a clone by withOptions is observed once and counts with its origin', async () => {
  const client = newClient();
  const clone = client.withOptions({ timeout: 5_000 });
  await ask(clone);
  await ask(client);
  expect(clone).toBeInstanceOf(OpenAI);
  expect(telltale(clone)).toBe(telltale(client));
  expect([calls(client), telltale(client).stats().attempts, provider.chats.length]).toEqual([2, 2, 2]);
});

test('a subclass with its own constructor is observed, with what it overrides', async () => {
  class Tenant extends OpenAI {
    readonly tenant = 'acme';
    constructor() {
      super({ apiKey: 'k', baseURL: `${provider.url}/v1` });
    }
    protected override async prepareRequest(request: { headers: Headers }): Promise<void> {
      request.headers.set('x-tenant', this.tenant);
    }
  }
  const client = new Tenant();
  await ask(client);
  expect(calls(client)).toBe(1);
  expect(provider.chats[0]?.headers['x-tenant']).toBe('acme');
});

describe('TELLTALE_STREAM_USAGE', () => {
  async function stream(client: bare.OpenAI): Promise<unknown> {
    await client.chat.completions
      .create({ model: 'm', messages: [], stream: true })
      .asResponse()
      .then((response) => response.text());
    return provider.chats[0]?.body['stream_options'];
  }

  test('ask adds the request field', async () => {
    process.env['TELLTALE_STREAM_USAGE'] = 'ask';
    expect(await stream(newClient())).toEqual({ include_usage: true });
  });

  test.each(['as-is', '', undefined])('%j leaves the request alone', async (value) => {
    if (value !== undefined) process.env['TELLTALE_STREAM_USAGE'] = value;
    expect(await stream(newClient())).toBeUndefined();
  });

  test('another value is refused by name when a client is made', () => {
    process.env['TELLTALE_STREAM_USAGE'] = 'yes';
    expect(newClient).toThrow(TelltaleError);
    expect(newClient).toThrow(
      "Expected `TELLTALE_STREAM_USAGE` to be 'ask' or 'as-is', got `\"yes\"` (string)",
    );
  });
});

function bareVersion(): string {
  const userAgent = (
    new bare.OpenAI({ apiKey: 'k' }) as unknown as { getUserAgent(): string }
  ).getUserAgent();
  return userAgent.split(' ')[1] ?? '';
}
