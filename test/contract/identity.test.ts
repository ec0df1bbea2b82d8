import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { observe, TelltaleError, telltale } from '../../src/index.ts';
import { worlds } from './worlds.ts';

const options = { apiKey: 'sk-test', baseURL: 'http://127.0.0.1:1/v1', defaultHeaders: { 'x-a': '1' } };

function keysInReach(client: object): string[] {
  const names: string[] = [];
  for (const name in client) names.push(name);
  return names;
}

/** `JSON.stringify`, or what it throws: a client refers to itself. */
function asJson(client: object): string {
  try {
    return JSON.stringify(client);
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each(worlds)('an observed client of openai $version', (world) => {
  const make = (): OpenAI => new world.OpenAI(options);

  it('is the object that was given', () => {
    const client = make();
    expect(observe(client)).toBe(client);
    expect(client).toBeInstanceOf(world.OpenAI);
    expect(client.constructor).toBe(world.OpenAI);
    expect(Object.getPrototypeOf(client)).toBe(world.OpenAI.prototype);
  });

  it('has the keys, in the order, that the bare client has', () => {
    const [bare, observed] = [make(), observe(make())];
    expect(Object.keys(observed)).toEqual(Object.keys(bare));
    expect(keysInReach(observed)).toEqual(keysInReach(bare));
    expect(Object.keys({ ...observed })).toEqual(Object.keys({ ...bare }));
    expect(asJson(observed)).toBe(asJson(bare));
  });

  it('keeps resources that refer to itself', () => {
    const client = observe(make());
    expect(Reflect.get(client.chat.completions, '_client')).toBe(client);
  });

  it('stays writable where the bare client is', () => {
    const client = observe(make());
    client.apiKey = 'sk-other';
    client.timeout = 5;
    client.maxRetries = 7;
    client.baseURL = 'http://127.0.0.1:2/v1';
    const fetch = async (): Promise<Response> => new Response();
    Reflect.set(client, 'fetch', fetch);
    expect([client.apiKey, client.timeout, client.maxRetries, client.baseURL]).toEqual([
      'sk-other',
      5,
      7,
      'http://127.0.0.1:2/v1',
    ]);
    expect(client.buildURL('/x', null)).toBe('http://127.0.0.1:2/v1/x');
  });

  it('is observed once, however often it is asked', () => {
    const client = observe(make(), { streamUsage: 'ask' });
    const makeRequest = Reflect.get(client, 'makeRequest');
    expect(observe(client)).toBe(client);
    expect(observe(client, { streamUsage: 'ask' })).toBe(client);
    expect(Reflect.get(client, 'makeRequest')).toBe(makeRequest);
  });

  it('refuses to be observed with other options', () => {
    const client = observe(make());
    const again = (): unknown => observe(client, { streamUsage: 'ask' });
    expect(again).toThrow(TelltaleError);
    expect(again).toThrow(expect.objectContaining({ code: 'already_observed' }));
  });

  it('shares its handle with what withOptions makes of it', () => {
    const client = observe(make());
    const clone = client.withOptions({ maxRetries: 0 });
    expect(clone).not.toBe(client);
    expect(clone).toBeInstanceOf(world.OpenAI);
    expect(clone.maxRetries).toBe(0);
    expect(telltale(clone)).toBe(telltale(client));
    expect(observe(clone)).toBe(clone);
    expect(Object.keys(clone)).toEqual(Object.keys(make().withOptions({ maxRetries: 0 })));
  });

  it('hands the bare fetch on to what withOptions makes, so that no call is seen twice', () => {
    const fetch = async (): Promise<Response> => new Response();
    const client = observe(new world.OpenAI({ ...options, fetch }));
    const bare = new world.OpenAI({ ...options, fetch });
    const optionsOf = (made: object): unknown =>
      Reflect.get(Reflect.get(made, '_options') as object, 'fetch');
    expect(optionsOf(client.withOptions({}))).toBe(optionsOf(bare.withOptions({})));
  });
});

describe('observe', () => {
  it('leaves what has no doors as it was, and says so', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const stranger = { chat: {} };
    expect(observe(stranger)).toBe(stranger);
    expect(Reflect.ownKeys(stranger)).toEqual(['chat']);
    expect((await warned).message).toMatch(/makeRequest/);
  });

  it.each(worlds)('leaves a frozen client of openai $version as it was, and says so', async ({ OpenAI }) => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const client = Object.freeze(new OpenAI(options));
    expect(observe(client)).toBe(client);
    expect((await warned).message).toMatch(/frozen/);
    expect(() => telltale(client)).toThrow(/not observed/);
  });
});
