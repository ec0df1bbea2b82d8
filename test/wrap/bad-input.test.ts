import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { observe, telltale } from '../../src/index.ts';
import { chatBody } from '../contract/answers.ts';
import { chatParams } from '../contract/contract-case.ts';
import { worlds } from '../contract/worlds.ts';

const options = {
  apiKey: 'k',
  baseURL: 'http://127.0.0.1:9/v1',
  fetch: async () => Response.json(chatBody),
};

/** What the process is warned of while `work` runs. */
async function warningsOf(work: () => void): Promise<string[]> {
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
  process.on('warning', listen);
  try {
    work();
    // Warnings are told in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', listen);
  }
  return warnings;
}

/** A client whose class gives itself out for another one, as subclasses can. */
function sayingItIs(agent: string, Client: typeof OpenAI): OpenAI {
  class Renamed extends Client {}
  Object.defineProperty(Renamed.prototype, 'getUserAgent', { value: () => agent });
  return new Renamed(options);
}

/** Everything that hangs on an object itself. */
function ownProperties(target: object): PropertyDescriptorMap {
  return Object.getOwnPropertyDescriptors(target);
}

/** Observes what cannot be observed: one clear warning, and the object is what it was. */
async function expectLeftAlone(subject: object, reason: RegExp): Promise<void> {
  const before = ownProperties(subject);
  const warnings = await warningsOf(() => expect(observe(subject)).toBe(subject));
  expect(warnings).toEqual([expect.stringMatching(reason)]);
  expect(warnings[0]).toMatch(/^TelltaleWarning: .*left as it was/);
  expect(ownProperties(subject)).toEqual(before);
  expect(() => telltale(subject)).toThrow(/not observed/);
}

describe('observe leaves alone, and says so once,', () => {
  it.each([
    ['openai 4', 'OpenAI/JS 4.104.0', /openai 4.*6 and 7/],
    ['openai 5, which has the doors too', 'OpenAI/JS 5.23.2', /openai 5.*6 and 7/],
    ['an openai 8 that nobody has tested', 'AzureOpenAI/JS 8.0.0-beta.1', /openai 8.*6 and 7/],
  ])('a client of %s', async (_, agent, reason) => {
    const client = sayingItIs(agent, OpenAI);
    await expectLeftAlone(client, reason);
    expect(await client.chat.completions.create(chatParams)).toMatchObject({ id: chatBody.id });
  });

  it.each([
    ['a foreign object', { chat: { completions: {} } }],
    ['an object without a prototype', Object.create(null) as object],
    ['an array', []],
    ['a promise of a client', Promise.resolve(new OpenAI(options))],
    ['an object with one door', { makeRequest: () => {} }],
  ])('%s', async (_, subject) => {
    await expectLeftAlone(subject, /no `makeRequest` and `retryRequest`/);
  });

  it.each([
    ['frozen', Object.freeze],
    ['sealed', Object.seal],
    ['closed to new properties', Object.preventExtensions],
  ])('a client that is %s, which works as before', async (_, close) => {
    const client = close(new OpenAI(options)) as OpenAI;
    await expectLeftAlone(client, /frozen/);
    expect(await client.chat.completions.create(chatParams)).toMatchObject({ id: chatBody.id });
  });

  it('a client that another copy of Telltale observes, and its clones', async () => {
    const client = observe(new OpenAI(options));
    vi.resetModules();
    const other = await import('../../src/index.ts');
    expect(other.observe).not.toBe(observe);
    for (const subject of [client, client.withOptions({ maxRetries: 0 })]) {
      const before = ownProperties(subject);
      const warnings = await warningsOf(() => expect(other.observe(subject)).toBe(subject));
      expect(warnings).toEqual([expect.stringMatching(/^TelltaleWarning: .*another copy.*left as it was/)]);
      expect(ownProperties(subject)).toEqual(before);
      await subject.chat.completions.create(chatParams);
    }
    // Each call is counted once, by the copy that came first.
    expect(telltale(client).stats().calls).toBe(2);
    expect(() => other.telltale(client)).toThrow(/not observed/);
  });
});

describe('observe refuses, before it does anything,', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['a name', 'gpt-5'],
    ['the class instead of a client', OpenAI],
  ])('%s', (_, subject) => {
    expect(() => observe(subject as object)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(/an OpenAI client/) }),
    );
  });
});

it.each(worlds)('openai $version is a major that is observed', async ({ OpenAI: Client }) => {
  const client = new Client(options);
  expect(await warningsOf(() => observe(client))).toEqual([]);
  await client.chat.completions.create(chatParams);
  expect(telltale(client).stats().outcomes.ok).toBe(1);
});

it.each(worlds)(
  'a client of openai $version that tells nothing of its version is observed by its doors',
  async ({ OpenAI: Client }) => {
    const client = sayingItIs('shop/2.1', Client);
    expect(await warningsOf(() => observe(client))).toEqual([]);
    await client.chat.completions.create(chatParams);
    expect(telltale(client).stats().outcomes.ok).toBe(1);
  },
);

it.each(worlds)(
  'a client of openai $version that is frozen after it was observed stays observed',
  async ({ OpenAI: Client }) => {
    const client = Object.freeze(observe(new Client(options)));
    await client.chat.completions.create(chatParams);
    await client.withOptions({ maxRetries: 0 }).chat.completions.create(chatParams);
    expect(telltale(client).stats().outcomes.ok).toBe(2);
  },
);

describe('a store', () => {
  const budget = { usd: 1, per: 'day' } as const;
  it.each([
    [{ store: {} }, /absent where there are no `options.limits` and no `options.budget`/],
    [{ store: {}, budget }, /Expected `options.store` to be a store that `redisStore` made, got/],
    [{ store: {}, limits: [{ requests: 1, per: 'minute' }] }, /a store that `redisStore` made/],
    [
      { store: {}, limiter: { acquire() {}, learn() {}, stats() {} } },
      /absent, because `options.limiter` has its own/,
    ],
  ])('that nothing could be kept in is refused: %j', (given, message) => {
    expect(() => observe(new OpenAI(options), given as never)).toThrow(message);
  });
});
