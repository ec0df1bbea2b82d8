import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { AzureOpenAI } from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { outsideWord } from '../../src/outside-word.ts';
import { OwnKeys, ownKeys } from '../../src/own-keys.ts';
import { inspected, listen } from './support.ts';

/*
 * Keys whose form nobody knows: hexadecimal as Azure's, a token of a gateway, whatever a company gives its services. A provider
 * says them back in every word that is written down, alone and inside of other words.
 */

/** One of its own for each test, so that none passes by what the one before has taught. */
let made = 0;
const newKey = (): string => `0canary${(++made).toString(16).padStart(2, '0')}f3a9c2d4e5b60718293a4b`;

/** Answers with the key that it was sent, wherever it has a word to say. */
async function startEcho(): Promise<string> {
  const server = createServer((request, response) => {
    let asked = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      asked += piece;
    });
    request.on('end', () => {
      const { authorization, 'api-key': apiKey } = request.headers;
      const key = String(authorization ?? apiKey).replace(/^\w+ /, '');
      const inside = `req_${key}_1`;
      const headers = {
        'x-request-id': inside,
        'x-ratelimit-limit-tokens': key,
        'retry-after': key,
        'openai-processing-ms': key,
      };
      const words = { id: inside, model: key, service_tier: key, system_fingerprint: inside };
      if (asked.includes('"fail"')) {
        response.writeHead(401, { ...headers, 'content-type': 'application/json' });
        const error = { message: `Wrong: ${key}`, type: key, code: inside, param: key };
        response.end(JSON.stringify({ error }));
        return;
      }
      if (asked.includes('"stream":true')) {
        response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
        const chunk = (delta: object, finish_reason: string | null) =>
          `data: ${JSON.stringify({ ...words, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
        response.end(`${chunk({ content: 'Hello' }, null)}${chunk({}, key)}data: [DONE]\n\n`);
        return;
      }
      response.writeHead(200, { ...headers, 'content-type': 'application/json' });
      const message = { role: 'assistant', content: 'Hello' };
      response.end(
        JSON.stringify({
          ...words,
          object: key,
          status: key,
          choices: [{ index: 0, message, finish_reason: key }],
          usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

async function callAll(openai: OpenAI, key: string, headers?: Record<string, string>): Promise<void> {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  const quietly = (work: Promise<unknown>): Promise<unknown> => work.catch(() => {});
  const options = headers && { headers };
  await quietly(openai.chat.completions.create({ model: 'gpt-5-mini', messages }, options));
  await quietly(openai.chat.completions.create({ model: 'fail', messages }, options));
  const stream = await openai.chat.completions.create(
    { model: 'gpt-5-mini', messages, stream: true },
    options,
  );
  for await (const _chunk of stream);
  await quietly(openai.files.retrieve('file-1', options));
  // Whoever mixes up two variables asks for a model, or for a conversation, of this name.
  await quietly(openai.chat.completions.create({ model: key, messages }, options));
  await quietly(openai.conversations.retrieve(key, options));
}

type Observed = (client: OpenAI, more?: ObserveOptions) => OpenAI;

describe('a key without a known beginning that the provider says back', () => {
  const cases: Record<string, (url: string, observed: Observed) => Promise<string[]>> = {
    'is that of the client': async (baseURL, observed) => {
      const apiKey = newKey();
      await callAll(observed(new OpenAI({ baseURL, apiKey, maxRetries: 0 })), apiKey);
      return [apiKey];
    },
    'is given by a function, and another one for each request': async (baseURL, observed) => {
      const keys: string[] = [];
      const apiKey = async (): Promise<string> => {
        const key = newKey();
        keys.push(key);
        return key;
      };
      await callAll(observed(new OpenAI({ baseURL, apiKey, maxRetries: 0 })), 'gpt-5');
      expect(keys.length).toBeGreaterThan(3);
      return keys;
    },
    'is one that was put in the place of another': async (baseURL, observed) => {
      const [before, after] = [newKey(), newKey()];
      const openai = observed(new OpenAI({ baseURL, apiKey: before, maxRetries: 0 }));
      await callAll(openai, before);
      openai.apiKey = after;
      await callAll(openai, before);
      await callAll(openai, after);
      return [before, after];
    },
    'is that of a clone': async (baseURL, observed) => {
      const apiKey = newKey();
      const openai = observed(new OpenAI({ baseURL, apiKey: newKey(), maxRetries: 0 }));
      await callAll(openai.withOptions({ apiKey }), apiKey);
      return [apiKey];
    },
    'is a header of one request': async (baseURL, observed) => {
      const key = newKey();
      const openai = observed(new OpenAI({ baseURL, apiKey: 'any', maxRetries: 0 }));
      await callAll(openai, 'gpt-5', { authorization: `Bearer ${key}` });
      return [key];
    },
    'is that of Azure': async (baseURL, observed) => {
      const apiKey = newKey();
      const azure = new AzureOpenAI({ baseURL, apiKey, apiVersion: '2025-01-01', maxRetries: 0 });
      await callAll(observed(azure), apiKey);
      return [apiKey];
    },
    'is that of a client that it falls back to': async (baseURL, observed) => {
      const apiKey = newKey();
      const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
      const dead = new OpenAI({ baseURL: 'http://127.0.0.1:1', apiKey: 'any', maxRetries: 0 });
      await callAll(observed(dead, { fallback: { '*': [{ client, model: 'gpt-5' }] } }), apiKey);
      return [apiKey];
    },
    'is longer than any word that is kept, and begins where it is cut': async (baseURL, observed) => {
      const apiKey = `${newKey()}${'Ab1'.repeat(400)}`;
      await callAll(observed(new OpenAI({ baseURL, apiKey, maxRetries: 0 })), 'gpt-5');
      return [apiKey.slice(0, 30)];
    },
  };

  it.each(Object.entries(cases))('is nowhere, when it %s', async (_how, run) => {
    const told = listen();
    const said: unknown[] = [];
    const say = (...all: unknown[]): void => void said.push(all);
    const url = await startEcho();
    const options: ObserveOptions = { log: { info: say, warn: say, error: say }, audit: {}, breaker: {} };
    const clients: OpenAI[] = [];
    const keys = await run(url, (client, more) => {
      clients.push(observe(client, { ...options, ...more }));
      return client;
    });
    for (const client of clients) {
      const handle = telltale(client);
      said.push(handle.stats(), handle.health(), await handle.audit({ by: ['model'] }));
    }
    const everything = `${await told.text()}\n${inspected(said)}`;
    expect(everything).toContain('[redacted api key]');
    expect(keys.filter((key) => everything.includes(key))).toEqual([]);
  });
});

describe('the keys of this process', () => {
  it('are the last 64, so that no number of them makes a word dear', () => {
    const keys = new OwnKeys();
    for (let at = 0; at < 100; at++) keys.add(`key-number-${String(at).padStart(6, '0')}`);
    const shown = Array.from({ length: 100 }, (_, at) => `key-number-${String(at).padStart(6, '0')}`);
    const hidden = shown.filter((key) => keys.without(key) !== key);
    expect(hidden).toEqual(shown.slice(36));
  });

  it('are no words that people use for one', () => {
    const keys = new OwnKeys();
    for (const word of ['any', 'EMPTY', 'lm-studio', 'Missing Key', 'gpt-5-mini', 'x'.repeat(15)]) {
      keys.add(word);
      expect(keys.without(`model ${word}`)).toBe(`model ${word}`);
    }
    keys.add('x'.repeat(16));
    expect(keys.without(`a${'x'.repeat(16)}b`)).toBe('a[redacted api key]b');
  });

  it('are taken out of words that were written down before they were known', () => {
    const key = newKey();
    expect(outsideWord(key)).toBe(key);
    expect(outsideWord(key)).toBe(key);
    ownKeys.add(key);
    expect(outsideWord(key)).toBe('[redacted api key]');
  });

  it('leave the longest, where one is a part of another', () => {
    const keys = new OwnKeys();
    keys.add('0123456789abcdef');
    keys.add('0123456789abcdef0123456789abcdef');
    expect(keys.without('id-0123456789abcdef0123456789abcdef')).not.toMatch(/[0-9a-f]{8}/);
  });
});
