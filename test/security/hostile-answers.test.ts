import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { type Step, startSteps, streams } from '../wrap/steps-server.ts';
import { listen } from './support.ts';

/*
 * A provider, or whoever answers in its place, that means ill. The caller gets what the bare client gives; what is said and
 * counted of the call stays small, sane and on its line.
 */

const answerOf = (fields: object): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-5-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
  ...fields,
});

const body =
  (text: string, headers: Record<string, string> = {}): Step =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text);
  };

const message = [{ role: 'user' as const, content: 'Hi' }];

async function clientOf(steps: readonly Step[], options: ObserveOptions = {}): Promise<OpenAI> {
  const { url } = await startSteps(steps);
  return observe(new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 }), options);
}

const ask = (openai: OpenAI, model = 'gpt-5-mini') =>
  openai.chat.completions.create({ model, messages: message });

const long = 'x'.repeat(300_000);
/** No name of a model, no id and no word of the API is so long. */
const mostCharacters = 2_000;

describe('words of the provider that are very long', () => {
  it('are in no span, no metric, no log record and no statistics in full', async () => {
    const told = listen();
    const lines: unknown[] = [];
    const log = { info: (...all: unknown[]) => lines.push(all), warn: () => {}, error: () => {} };
    const words = {
      id: long,
      model: long,
      service_tier: long,
      system_fingerprint: long,
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: long }],
    };
    const openai = await clientOf([body(JSON.stringify(answerOf(words)))], { log });
    await ask(openai);
    expect((await told.text()).length).toBeLessThan(20 * mostCharacters);
    expect(JSON.stringify(lines).length).toBeLessThan(8 * mostCharacters);
    expect(JSON.stringify(telltale(openai).stats()).length).toBeLessThan(10 * mostCharacters);
    expect(lines).toHaveLength(1);
  });

  it('are nowhere in full when they come in a stream', async () => {
    const told = listen();
    const chunk = (delta: object, finish_reason: string | null = null) =>
      `data: ${JSON.stringify({ id: long, model: long, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    const openai = await clientOf([streams([chunk({ content: 'a' }), chunk({}, long), 'data: [DONE]\n\n'])]);
    const stream = await openai.chat.completions.create({ model: 'gpt-5', messages: message, stream: true });
    for await (const _chunk of stream);
    expect((await told.text()).length).toBeLessThan(20 * mostCharacters);
  });

  it('are nowhere in full when they are of a resource, or of an error', async () => {
    const told = listen();
    const file = { object: long, id: long, status: long };
    const error = { error: { message: long, type: long, code: long } };
    const openai = await clientOf([
      body(JSON.stringify(file)),
      (response) =>
        response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(error)),
    ]);
    await openai.files.retrieve('file-1');
    await expect(ask(openai)).rejects.toThrow();
    expect((await told.text()).length).toBeLessThan(20 * mostCharacters);
  });

  it('are nowhere in full when they are headers', async () => {
    const told = listen();
    const fetch = async () =>
      new Response('{"error":{"message":"no"}}', {
        status: 429,
        headers: {
          'content-type': 'application/json',
          'x-request-id': long,
          'retry-after': long,
          'x-ratelimit-limit-tokens': long,
        },
      });
    const openai = observe(new OpenAI({ apiKey: 'any', fetch, maxRetries: 0 }));
    await expect(ask(openai)).rejects.toThrow();
    expect((await told.text()).length).toBeLessThan(20 * mostCharacters);
  });
});

const reasonsOf = (span: { readonly attributes: object } | undefined): readonly unknown[] =>
  ((span?.attributes as Record<string, unknown> | undefined)?.['gen_ai.response.finish_reasons'] ??
    []) as unknown[];

describe('an answer of ten thousand choices', () => {
  const many = 10_000;

  it('has a few finish reasons on its span', async () => {
    const told = listen();
    const choices = Array.from({ length: many }, (_, index) => ({
      index,
      message: { content: 'a' },
      finish_reason: `r${index}`,
    }));
    const openai = await clientOf([body(JSON.stringify(answerOf({ choices })))]);
    await ask(openai);
    const [span] = told.tracing.spans.getFinishedSpans().filter(({ name }) => name.startsWith('chat'));
    expect(reasonsOf(span).length).toBeLessThanOrEqual(128);
  });

  it('has a few finish reasons when it is a stream', async () => {
    const told = listen();
    const chunks = Array.from({ length: many }, (_, index) => ({
      id: 'c',
      choices: [{ index, delta: {}, finish_reason: `r${index}` }],
    }));
    const pieces = [chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''), 'data: [DONE]\n\n'];
    const openai = await clientOf([streams(pieces)]);
    const stream = await openai.chat.completions.create({ model: 'gpt-5', messages: message, stream: true });
    for await (const _chunk of stream);
    const [span] = told.tracing.spans.getFinishedSpans().filter(({ name }) => name.startsWith('chat'));
    expect(reasonsOf(span).length).toBeLessThanOrEqual(128);
  });
});

describe('usage that makes no sense', () => {
  const nonsense = [
    '-5',
    '"7"',
    '1e300',
    'null',
    '1e999',
    '-0.5',
    '[3]',
    '{"__proto__":1}',
    '9007199254740991',
  ];
  const usages = nonsense.flatMap((count) => [
    `{"prompt_tokens":${count},"completion_tokens":${count},"total_tokens":${count}}`,
    `{"prompt_tokens":5,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":${count},"audio_tokens":${count},"cache_write_tokens":${count}},"completion_tokens_details":{"reasoning_tokens":${count},"audio_tokens":${count}}}`,
    `{"type":"duration","seconds":${count}}`,
  ]);
  const ofUsage = (usage: string): string =>
    `{"id":"a","model":"gpt-5-mini","choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],"usage":${usage}}`;

  const finite = (value: unknown, path: string): void => {
    if (typeof value === 'number')
      expect(Number.isFinite(value) && value >= 0, `${path}: ${value}`).toBe(true);
    if (typeof value === 'object' && value !== null)
      for (const [name, inner] of Object.entries(value)) finite(inner, `${path}.${name}`);
  };

  it('leaves every figure a number from 0 up', async () => {
    const told = listen();
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const openai = await clientOf(
      usages.map((usage) => body(ofUsage(usage))),
      {
        budget: { usd: 1e9, per: 'day', unpriced: 'allow' },
        audit: {},
        limits: [{ tokens: 1e15, per: 'minute' }],
      },
    );
    for (const _usage of usages) await ask(openai);
    finite(telltale(openai).stats(), 'stats');
    finite(telltale(openai).budget(), 'budgets');
    finite(await telltale(openai).audit({ by: ['model'] }), 'audit');
    for (const point of await told.metrics.points()) finite(point.value, point.name);
    for (const { attributes } of told.tracing.spans.getFinishedSpans()) finite(attributes, 'span');
    expect(warned.mock.calls).toEqual([]);
  });

  it.each(['1e300', '1.7976931348623157e308', '-1', '"3"'])(
    'costs no endless amount for %s seconds of sound',
    async (seconds) => {
      const openai = await clientOf([body(`{"text":"a","usage":{"type":"duration","seconds":${seconds}}}`)], {
        budget: { usd: 1e9, per: 'day', unpriced: 'allow' },
        audit: {},
      });
      await openai.audio.transcriptions.create({
        model: 'whisper-1',
        file: new File([new Uint8Array(8)], 'a.wav'),
        response_format: 'verbose_json',
      });
      finite(telltale(openai).stats(), 'stats');
      finite(await telltale(openai).audit({ by: ['model'] }), 'audit');
    },
  );
});

describe('names that every object has', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];

  it('are names of models like any other', async () => {
    listen();
    const openai = await clientOf(
      names.map((model) => body(JSON.stringify(answerOf({ model })))),
      {
        budget: { usd: 10, per: 'day', tag: 'constructor', unpriced: 'allow' },
        audit: {},
        prices: {},
        breaker: {},
      },
    );
    for (const name of names) await ask(openai, name);
    const { byModel, cost } = telltale(openai).stats();
    for (const name of names) expect(Object.hasOwn(byModel, name) && byModel[name]?.calls).toBe(1);
    expect(cost.usd).toBe(0);
    expect(cost.unknownCalls).toBe(names.length);
    expect(Object.keys(cost.unpricedModels).sort()).toEqual([...names].sort());
    const rows = await telltale(openai).audit({ by: ['model', 'tag:__proto__'] });
    expect(rows.map(({ model }) => model).sort()).toEqual([...names].sort());
    expect(({} as Record<string, unknown>)['calls']).toBeUndefined();
  });

  it('change no prototype when they are keys in a body whose content is recorded', async () => {
    listen();
    const evil = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const text = `{"id":"a","model":"gpt-5-mini","__proto__":{"polluted":1},"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"__proto__","type":"function","function":{"name":"__proto__","arguments":${JSON.stringify(evil)}}}],"__proto__":{"polluted":1}},"finish_reason":"tool_calls"}],"usage":${evil}}`;
    for (const content of ['full', 'redacted'] as const) {
      const openai = await clientOf([body(text)], { content });
      await ask(openai);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('JSON that is thirty thousand levels deep', () => {
  const levels = 30_000;
  const deep = `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const deepObject = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

  it.each([
    ['the whole of it', deep],
    [
      'a field',
      `{"id":"a","deep":${deepObject},"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}`,
    ],
    [
      'the content',
      `{"id":"a","choices":[{"index":0,"message":{"content":${deep}},"finish_reason":"stop"}]}`,
    ],
    [
      'the arguments of a tool',
      `{"id":"a","choices":[{"index":0,"message":{"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":${JSON.stringify(deepObject)}}}]},"finish_reason":"stop"}]}`,
    ],
    [
      'the usage',
      `{"id":"a","choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],"usage":${deepObject}}`,
    ],
    ['an error', `{"error":${deepObject}}`],
  ])('gives the caller what the bare client gives: %s', async (_what, text) => {
    const told = listen();
    const { url } = await startSteps([body(text)]);
    const settle = async (client: OpenAI): Promise<string> => {
      try {
        return `resolved ${typeof (await ask(client))}`;
      } catch (error) {
        return `threw ${(error as Error).constructor.name}`;
      }
    };
    const bare = await settle(new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 }));
    for (const content of ['none', 'redacted', 'full'] as const) {
      const openai = observe(new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 }), {
        content,
        audit: {},
      });
      expect(await settle(openai)).toBe(bare);
      expect(telltale(openai).stats().inFlight).toBe(0);
    }
    expect(told.tracing.spans.getFinishedSpans().filter(({ name }) => name.startsWith('chat'))).toHaveLength(
      3,
    );
  });

  it('is read on behind it in a stream', async () => {
    const told = listen();
    const event = (fields: string): string => `data: {"id":"a"${fields}}\n\n`;
    const openai = await clientOf(
      [
        streams([
          event(`,"deep":${deepObject},"choices":[{"index":0,"delta":{"content":"a"}}]`),
          event(',"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]'),
          event(',"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}'),
          'data: [DONE]\n\n',
        ]),
      ],
      { content: 'full' },
    );
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const stream = await openai.chat.completions.create({ model: 'gpt-5', messages: message, stream: true });
    for await (const _chunk of stream);
    const [span] = told.tracing.spans.getFinishedSpans().filter(({ name }) => name.startsWith('chat'));
    expect(span?.attributes).toMatchObject({ 'telltale.outcome': 'ok', 'gen_ai.usage.input_tokens': 3 });
    expect(warned.mock.calls).toEqual([]);
  });
});

describe('headers that make no sense', () => {
  const values = [
    '1e308',
    '-1',
    'NaN',
    'Infinity',
    '-Infinity',
    '0x10',
    '1e-320',
    'Fri, 31 Dec 9999 23:59:59 GMT',
    '99999999999999999999',
    'soon',
    ' ',
    '1,2',
  ];

  it('hold no call for longer than a window of its limit', async () => {
    listen();
    const work = values.map(async (value) => {
      const headers = {
        'retry-after': value,
        'retry-after-ms': value,
        ...Object.fromEntries(
          ['limit', 'remaining', 'reset'].flatMap((what) =>
            ['requests', 'tokens', 'project-tokens'].map((of) => [`x-ratelimit-${what}-${of}`, value]),
          ),
        ),
      };
      const openai = await clientOf(
        [
          (response) =>
            response
              .writeHead(429, { 'content-type': 'application/json', ...headers })
              .end('{"error":{"message":"no"}}'),
          body(JSON.stringify(answerOf({})), headers),
        ],
        {
          retry: { maxAttempts: 2, initialDelayMs: 1, maxDelayMs: 20, maxRetryAfterMs: 20, jitter: 'none' },
          limits: [
            { requests: 100, perMs: 200 },
            { tokens: 100_000, perMs: 200 },
          ],
          breaker: {},
        },
      );
      await ask(openai).catch(() => {});
      await ask(openai);
      return telltale(openai).stats();
    });
    for (const { inFlight, outcomes } of await Promise.all(work)) {
      expect(inFlight).toBe(0);
      expect(outcomes.ok).toBeGreaterThan(0);
    }
  });

  it('are no trouble when there are a thousand of them', async () => {
    const told = listen();
    const headers = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`x-h-${at}`, `${at}`]));
    const openai = await clientOf([body(JSON.stringify(answerOf({})), headers)], { content: 'full' });
    await ask(openai);
    expect(await told.text()).not.toContain('x-h-');
  });
});

describe('an answer that is another kind of thing', () => {
  it.each([
    ['HTML', 'text/html', '<html><script>alert(1)</script></html>'],
    ['a number', 'application/json', '1e400'],
    ['null', 'application/json', 'null'],
    ['a text', 'application/json', '"sk-abc"'],
    ['nothing', 'application/json', ''],
    ['lists for objects', 'application/json', '{"id":[],"model":{},"choices":{"length":1e9},"usage":[]}'],
    ['numbers for texts', 'application/json', '{"id":1,"model":2,"choices":[null,1,"a",[]],"usage":"7"}'],
  ])('gives the caller what the bare client gives: %s', async (_what, type, text) => {
    listen();
    const { url } = await startSteps([body(text, { 'content-type': type })]);
    const settle = async (client: OpenAI): Promise<string> => {
      try {
        return `resolved ${JSON.stringify(await ask(client))}`;
      } catch (error) {
        return `threw ${String(error)}`;
      }
    };
    const bare = new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 });
    const openai = observe(new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 }), {
      content: 'full',
      audit: {},
    });
    expect(await settle(openai)).toBe(await settle(bare));
    expect(telltale(openai).stats().inFlight).toBe(0);
  });
});
