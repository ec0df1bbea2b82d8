import type OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallLogLine, ObserveOptions } from '../../src/index.ts';
import {
  type Answer,
  chatBody,
  chatChunk,
  chatEvents,
  chatPieces,
  event,
  events,
  failure,
  json,
} from './answers.ts';
import { contentOf, contentNames as names } from './content-of.ts';
import { answered, chatOf, choice, hi, said, streamed, text } from './content-shapes.ts';
import { type ContractCase, chatParams, collect, model } from './contract-case.ts';
import { type Observed, perform } from './perform.ts';
import { RecordBook } from './record-book.ts';
import { type EndedSpan, isCall } from './span-book.ts';
import { worlds } from './worlds.ts';

describe.each(worlds)('openai $version, content asked for', (world) => {
  let book: RecordBook;
  beforeAll(() => {
    book = new RecordBook();
  });
  afterAll(() => book.close());
  beforeEach(() => book.clear());

  const call = (): EndedSpan => {
    const [span, ...others] = book.spans.own.filter(isCall);
    if (!span || others.length > 0) throw new Error(`${others.length + 1} calls`);
    return span;
  };
  const run = (one: Pick<ContractCase, 'script' | 'run'>, options: ObserveOptions): Promise<Observed> =>
    perform(one, world, true, options);

  it('puts content on the span of the call alone', async () => {
    await run(
      {
        script: [failure(503), json(chatBody)],
        run: ({ client }) => client.chat.completions.create(chatParams),
      },
      { content: 'full' },
    );
    const others = book.spans.own.filter((span) => !isCall(span));
    expect(others).toHaveLength(3);
    for (const span of others) expect(contentOf(span)).toEqual({});
  });

  it("gives the log line the error's own words, redacted, and the closed ones where content is not asked for", async () => {
    const lines: CallLogLine[] = [];
    const write = (line: CallLogLine): void => void lines.push(line);
    const log = { info: write, warn: write, error: write };
    const error = { message: 'No credit for a.person@example.com', type: 'x', code: 'insufficient_quota' };
    const turnedAway: Pick<ContractCase, 'script' | 'run'> = {
      script: [{ status: 403, headers: {}, steps: [JSON.stringify({ error })] }],
      run: ({ client }) => client.chat.completions.create(chatParams).catch(() => undefined),
    };
    for (const content of ['redacted', 'none'] as const) await run(turnedAway, { content, log });
    expect(lines.map(({ errorMessage }) => errorMessage)).toEqual([
      '403 No credit for [redacted e-mail]',
      'HTTP 403, code insufficient_quota',
    ]);
  });

  it('names the texts of every kind of endpoint that has some', async () => {
    const completion = { id: 'c', model, choices: [{ index: 0, text: 'there', finish_reason: 'stop' }] };
    await run(
      {
        script: [json(completion), json({ id: 'm', model, results: [] }), json({ created: 1, data: [] })],
        run: async ({ client }) => {
          await client.completions.create({ model, prompt: 'Hi' });
          await client.moderations.create({ model, input: 'Hi' });
          await client.images.generate({ model, prompt: 'Hi' });
        },
      },
      { content: 'full' },
    );
    expect(book.spans.own.filter(isCall).map(contentOf)).toEqual([
      { input: [said('user', text('Hi'))], output: [answered('stop', text('there'))] },
      { input: [said('user', text('Hi'))] },
      { input: [said('user', text('Hi'))] },
    ]);
  });

  it('shows what was asked, not what the application made of it since', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Hi' }];
    const parameters: Record<string, unknown> = { type: 'object' };
    const tools = [{ type: 'function' as const, function: { name: 'look', parameters } }];
    await run(
      {
        script: [events(chatEvents)],
        run: async ({ client }) => {
          const stream = await client.chat.completions.create({ model, messages, tools, stream: true });
          messages.push({ role: 'user', content: 'Later' });
          parameters['type'] = 'later';
          return collect(stream);
        },
      },
      { content: 'full' },
    );
    expect(contentOf(call())).toMatchObject({
      input: hi,
      tools: [{ type: 'function', name: 'look', parameters: { type: 'object' } }],
    });
  });

  describe('an error', () => {
    const failing = (answer: Answer) => ({
      script: [answer],
      run: ({ client }: { client: OpenAI }) => client.chat.completions.create(chatParams),
    });
    const exception = (): unknown => call().events.map(({ name, attributes }) => [name, attributes]);
    const message = 'No such user: bob@example.com';
    const refusing = (words: string): Answer => ({
      status: 400,
      headers: { 'content-type': 'application/json' },
      steps: [JSON.stringify({ error: { message: words } })],
    });

    it('is told in its own words, redacted', async () => {
      await run(failing(refusing(message)), { content: 'redacted' });
      expect(exception()).toEqual([
        [
          'exception',
          { 'exception.type': 'BadRequestError', 'exception.message': '400 No such user: [redacted e-mail]' },
        ],
      ]);
    });

    it("is told in full with content: 'full'", async () => {
      await run(failing(refusing(message)), { content: 'full' });
      expect(exception()).toEqual([
        ['exception', { 'exception.type': 'BadRequestError', 'exception.message': `400 ${message}` }],
      ]);
    });

    it('is told where it came inside of a stream', async () => {
      const broken = events([...chatPieces, event({ error: { message, code: 'server_error' } })]);
      await run(
        {
          script: [broken],
          run: async ({ client }) => collect(await client.chat.completions.create(streamed)),
        },
        { content: 'redacted' },
      );
      expect(exception()).toEqual([
        [
          'exception',
          { 'exception.type': 'provider_error', 'exception.message': 'No such user: [redacted e-mail]' },
        ],
      ]);
    });

    it('is none where the caller stopped the call', async () => {
      await run(
        {
          script: ['silence'],
          run: ({ client, abort, server }) => {
            void server.arrived(1).then(() => abort.abort());
            return client.chat.completions.create(chatParams, { signal: abort.signal });
          },
        },
        { content: 'full' },
      );
      expect(exception()).toEqual([]);
    });

    it('never tells the key that the call was made with, whatever it looks like', async () => {
      const apiKey = 'azure key of no known form';
      for (const content of ['redacted', 'full'] as const) {
        book.clear();
        await perform({ ...failing(refusing(`Wrong key: ${apiKey}`)), options: { apiKey } }, world, true, {
          content,
        });
        expect(exception()).toEqual([
          [
            'exception',
            { 'exception.type': 'BadRequestError', 'exception.message': '400 Wrong key: [redacted api key]' },
          ],
        ]);
      }
    });
  });

  describe('a function of the user', () => {
    const chat = {
      script: [json(chatBody), json(chatBody)],
      run: async ({ client }: { client: OpenAI }) => [
        await client.chat.completions.create(chatParams),
        await client.chat.completions.create(chatParams),
      ],
    };

    it('has its say on every text, and none on what a message is made of', async () => {
      await run(
        { ...chat, run: ({ client }) => client.chat.completions.create(chatParams) },
        { content: 'redacted', redact: () => '***' },
      );
      expect(contentOf(call())).toEqual({
        input: [said('user', text('***'))],
        output: [answered('stop', text('***'))],
      });
    });

    it.each([
      [
        'throws',
        () => {
          throw new Error('cannot redact Hi');
        },
      ],
      ['returns a promise', async () => Promise.reject(new Error('Hi'))],
      ['returns nothing', () => undefined],
    ])('that %s costs the content, and nothing else', async (_, redact) => {
      const [bare, observed] = [
        await perform(chat, world, false),
        await run(chat, { content: 'redacted', redact: redact as never }),
      ];
      expect(observed.result).toStrictEqual(bare.result);
      expect(observed.unhandled).toEqual([]);
      const spans = book.spans.own.filter(isCall);
      expect(spans).toHaveLength(2);
      for (const span of spans) {
        expect(contentOf(span)).toEqual({});
        expect(span.events).toEqual([]);
        expect(span.attributes['telltale.outcome']).toBe('ok');
      }
      const said = await book.text();
      expect(said.match(/`options.redact` failed/g)).toHaveLength(1);
      expect(said).toMatch(/The content of such calls is left out\. The call itself is not affected\./);
      expect(said).not.toMatch(/\bHi\b/);
    });
  });

  describe('what is too long', () => {
    const long = 'All work and no play makes Jack a dull boy. '.repeat(2000);

    it('is cut, says how much of it, and stays JSON', async () => {
      await run(
        {
          script: [chatOf(choice(0, { role: 'assistant', content: long }))],
          run: ({ client }) =>
            client.chat.completions.create({ model, messages: [{ role: 'user', content: long }] }),
        },
        { content: 'full', contentMaxBytes: 2048 },
      );
      const { attributes } = call();
      for (const name of [names.input, names.output])
        expect(Buffer.byteLength(String(attributes[name]))).toBeLessThanOrEqual(2048);
      const { input } = contentOf(call()) as { input: [{ parts: [{ content: string }] }] };
      const [, kept = '', cut] = /^(.*)…\[(\d+) bytes cut\]$/.exec(input[0].parts[0].content) ?? [];
      expect(long.startsWith(kept)).toBe(true);
      expect(kept.length).toBeGreaterThan(1900);
      expect(kept.length + Number(cut)).toBe(long.length);
      expect(attributes['telltale.content.cut.bytes']).toBe(2 * Number(cut) + expectedDifference(attributes));
    });

    /** The output's wrapping is longer by its finish reason, so a little more of its text is cut. */
    function expectedDifference(attributes: EndedSpan['attributes']): number {
      const cuts = [names.input, names.output].map((name) =>
        Number(/(\d+) bytes cut/.exec(String(attributes[name]))?.[1]),
      );
      return (cuts[1] ?? 0) - (cuts[0] ?? 0);
    }

    it('is not put together any further when it is streamed', async () => {
      const pieces = Array.from({ length: 200 }, () => chatChunk({ content: long.slice(0, 4400) }));
      await run(
        {
          script: [events([...pieces, chatChunk({}, 'stop'), 'data: [DONE]\n\n'])],
          run: async ({ client }) => (await collect(await client.chat.completions.create(streamed))).length,
        },
        { content: 'full', contentMaxBytes: 1024 },
      );
      const { output } = contentOf(call()) as { output: [{ parts: [{ content: string }] }] };
      const [, kept = '', cut] = /^(.*)…\[(\d+) bytes cut\]$/.exec(output[0].parts[0].content) ?? [];
      expect(kept.length + Number(cut)).toBe(200 * 4400);
    });
  });
});
