import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { telltale } from '../../src/index.ts';
import { type Answer, chatBody, chatChunk, chatPieces, event, events, failure } from './answers.ts';
import { type ContractCase, chatParams, collect, model } from './contract-case.ts';
import { type Observed, perform } from './perform.ts';
import { isCall, SpanBook } from './span-book.ts';
import { type World, worlds } from './worlds.ts';

const streamed = { ...chatParams, stream: true } as const;

/** A provider that sends usage to whoever asks for it. */
function provider(_path: string, body: string): Answer {
  const asked = body.includes('"include_usage":true');
  const usage = event({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model,
    choices: [],
    usage: chatBody.usage,
  });
  return events([...chatPieces, chatChunk({}, 'stop'), ...(asked ? [usage] : []), 'data: [DONE]\n\n']);
}

/** One that does not know the field. */
function oldProvider(path: string, body: string): Answer {
  if (!body.includes('stream_options')) return provider(path, body);
  const error = { message: 'Unrecognized request argument: stream_options', type: 'invalid_request_error' };
  return {
    status: 400,
    headers: { 'content-type': 'application/json' },
    steps: [JSON.stringify({ error: { ...error, param: null, code: null } })],
  };
}

const ways: Readonly<Record<string, ContractCase['run']>> = {
  iterated: async ({ client }) => collect(await client.chat.completions.create(streamed)),
  'read through tee()': async ({ client }) => {
    const [left, right] = (await client.chat.completions.create(streamed)).tee();
    return Promise.all([collect(left), collect(right)]);
  },
  'passed on as bytes': async ({ client }) =>
    new Response((await client.chat.completions.create(streamed)).toReadableStream()).text(),
  'read raw as text': async ({ client }) =>
    (await client.chat.completions.create(streamed).asResponse()).text(),
  'read raw by its reader': async ({ client }) => {
    const { body } = await client.chat.completions.create(streamed).asResponse();
    const reader = body?.getReader();
    const pieces: Uint8Array[] = [];
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read())
      pieces.push(read.value);
    return Buffer.concat(pieces).toString();
  },
  'read raw through a pipe': async ({ client }) => {
    const { body } = await client.chat.completions.create(streamed).asResponse();
    return body === null ? '' : (await collect(body.pipeThrough(new TextDecoderStream()))).join('');
  },
  'read raw, wrapped': async ({ client }) =>
    new Response((await client.chat.completions.create(streamed).asResponse()).body).text(),
  'read raw from a clone': async ({ client }) =>
    (await client.chat.completions.create(streamed).asResponse()).clone().text(),
  'read by the helper': async ({ client }) =>
    client.chat.completions.stream(chatParams).finalChatCompletion(),
};

function requestsAsking(performance: Observed): boolean[] {
  return performance.exchanges.map(({ body }) => body.includes('include_usage'));
}

describe.each(worlds)("openai $version with streamUsage: 'ask'", (world: World) => {
  let book: SpanBook;
  beforeAll(() => {
    book = new SpanBook();
  });
  afterAll(() => book.close());
  beforeEach(() => book.clear());

  const ask = (run: ContractCase['run'], script: ContractCase['script'] = provider): Promise<Observed> =>
    perform({ run, script }, world, true, { streamUsage: 'ask' });
  const tokens = (): unknown[] =>
    book.own
      .filter(isCall)
      .map(({ attributes }) => [
        attributes['telltale.usage.source'],
        attributes['gen_ai.usage.input_tokens'],
        attributes['gen_ai.usage.output_tokens'],
      ]);

  it.each(Object.entries(ways))(
    'learns the usage of a stream that is %s and shows none of it',
    async (_, run) => {
      const bare = await perform({ run, script: provider }, world, false);
      const observed = await ask(run);
      expect(observed.error).toBeUndefined();
      expect(observed.result).toStrictEqual(bare.result);
      expect(requestsAsking(observed)).toEqual([true]);
      expect(tokens()).toEqual([['provider', 10, 5]]);
      expect(observed.openCalls).toBe(0);
    },
  );

  it('leaves a caller who asks alone, and gives them their chunk', async () => {
    const run: ContractCase['run'] = async ({ client }) =>
      collect(await client.chat.completions.create({ ...streamed, stream_options: { include_usage: true } }));
    const bare = await perform({ run, script: provider }, world, false);
    const observed = await ask(run);
    expect(observed.result).toStrictEqual(bare.result);
    expect(observed.exchanges).toEqual(bare.exchanges);
  });

  it('leaves a caller who declines alone', async () => {
    const observed = await ask(async ({ client }) =>
      collect(
        await client.chat.completions.create({ ...streamed, stream_options: { include_usage: false } }),
      ),
    );
    expect(observed.exchanges[0]?.body).toContain('"include_usage":false');
  });

  it("never touches the caller's own objects", async () => {
    const params = Object.freeze({ ...streamed });
    await ask(async ({ client }) => collect(await client.chat.completions.create(params)));
    expect(params).not.toHaveProperty('stream_options');
  });

  it('asks a provider that refuses the field once and never again', async () => {
    const run: ContractCase['run'] = async ({ client }) => [
      await collect(await client.chat.completions.create(streamed)),
      await collect(await client.chat.completions.create(streamed)),
    ];
    const bare = await perform({ run, script: oldProvider }, world, false);
    const observed = await ask(run, oldProvider);
    expect(observed.result).toStrictEqual(bare.result);
    expect(requestsAsking(observed)).toEqual([true, false, false]);
    expect(tokens().map((line) => (line as unknown[])[0])).toEqual(['estimated', 'estimated']);
  });

  it('holds no permit of a limiter any more, refused and asked again', async () => {
    const run: ContractCase['run'] = async ({ client }) => {
      await collect(await client.chat.completions.create(streamed));
      return telltale(client).limits()?.admitted;
    };
    const limits = [{ requests: 1_000, per: 'minute' as const }];
    const observed = await perform({ run, script: oldProvider }, world, true, { streamUsage: 'ask', limits });
    expect(observed.result).toBe(2);
    expect(observed.openCalls).toBe(0);
  });

  it('asks again in each attempt of a call that is retried', async () => {
    const answers = [failure(503), failure(429)];
    const observed = await ask(
      ways['iterated'] as ContractCase['run'],
      (path, body) => answers.shift() ?? provider(path, body),
    );
    expect(requestsAsking(observed)).toEqual([true, true, true]);
    expect(tokens()).toEqual([['provider', 10, 5]]);
  });
});
