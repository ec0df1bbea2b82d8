import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { clients, collect, hello, mockForTest, named } from '../support.ts';

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, size: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
  required: ['city', 'size'],
  additionalProperties: false,
};
const chatFormat = { type: 'json_schema' as const, json_schema: { name: 'place', strict: true, schema } };
const textFormat = { format: { type: 'json_schema' as const, name: 'place', strict: true, schema } };
const refusing = [{ role: 'user' as const, content: 'Say it: [refuse]' }];
const said = "I'm sorry, but I can't help with that.";

function isPlace(value: unknown): boolean {
  const { city, size } = value as { city: unknown; size: unknown };
  return typeof city === 'string' && (size === null || Number.isInteger(size));
}

describe.each(clients)('openai $version', ({ Client }) => {
  async function setUp(options: Parameters<typeof mockForTest>[0] = {}) {
    const mock = await mockForTest(options);
    return { mock, openai: new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 }) };
  }

  test('parses structured output, whole and streamed', async () => {
    const { openai } = await setUp();
    const chat = { model: 'gpt-4o', messages: hello, response_format: chatFormat };
    const response = { model: 'gpt-4o', input: 'Hello', text: textFormat };
    expect(isPlace((await openai.chat.completions.parse(chat)).choices[0]?.message.parsed)).toBe(true);
    expect(isPlace((await openai.responses.parse(response)).output_parsed)).toBe(true);
    const stream = openai.chat.completions.stream(chat, named('call-1'));
    const deltas = await collect(
      await openai.chat.completions.create({ ...chat, stream: true }, named('call-1')),
    );
    const text = deltas.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(await stream.finalContent()).toBe(text);
    expect(isPlace(JSON.parse(text))).toBe(true);
    const events = openai.responses.stream(response);
    const [item] = (await events.finalResponse()).output;
    const [part] = item?.type === 'message' ? item.content : [];
    expect(part?.type === 'output_text' && isPlace(JSON.parse(part.text))).toBe(true);
  });

  test('gets a JSON object where it asks for one, and must say the word', async () => {
    const { openai } = await setUp();
    const chat = { model: 'gpt-4o', response_format: { type: 'json_object' as const } };
    const answer = await openai.chat.completions.create({
      ...chat,
      messages: [{ role: 'user', content: 'In JSON' }],
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toBeTypeOf('object');
    await expect(openai.chat.completions.create({ ...chat, messages: hello })).rejects.toMatchObject({
      status: 400,
      param: 'messages',
    });
    const response = { model: 'gpt-4o', text: { format: { type: 'json_object' as const } } };
    const whole = await openai.responses.create({ ...response, input: 'In JSON' });
    expect(JSON.parse(whole.output_text)).toBeTypeOf('object');
    await expect(openai.responses.create({ ...response, input: 'Hello' })).rejects.toMatchObject({
      param: 'input',
    });
  });

  test('is refused by the model where a message has the trigger', async () => {
    const { mock, openai } = await setUp();
    const chat = { model: 'gpt-4o', messages: refusing, response_format: chatFormat };
    const whole = await openai.chat.completions.create(chat);
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: null, refusal: said },
    });
    const chunks = await collect(await openai.chat.completions.create({ ...chat, stream: true }));
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.refusal ?? '').join('')).toBe(said);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('');
    const response = { model: 'gpt-4o', input: 'Say it: [refuse]' };
    expect((await openai.responses.create(response)).output).toMatchObject([
      { type: 'message', content: [{ type: 'refusal', refusal: said }] },
    ]);
    const events = await collect(await openai.responses.create({ ...response, stream: true }));
    const types = events.map((event) => event.type);
    expect(types).toEqual([
      ...[
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.content_part.added',
      ],
      ...types.filter((type) => type === 'response.refusal.delta'),
      ...[
        'response.refusal.done',
        'response.content_part.done',
        'response.output_item.done',
        'response.completed',
      ],
    ]);
    await mock.settled();
    // Ten tokens of OpenAI's tokenizer.
    expect(mock.ledger().map((entry) => entry.usage?.outputTokens)).toEqual([10, 10, 10, 10]);
  });

  test('is told a summary of the reasoning, and its cipher, where it asks for them', async () => {
    const { openai } = await setUp();
    const request = {
      model: 'gpt-5',
      input: 'Hello',
      reasoning: { effort: 'low' as const, summary: 'detailed' as const },
      include: ['reasoning.encrypted_content' as const],
    };
    const whole = await openai.responses.create(request, named('call-1'));
    const [item] = whole.output;
    const summary = item?.type === 'reasoning' ? item.summary : [];
    expect(whole.reasoning).toMatchObject({ effort: 'low', summary: 'detailed' });
    expect(summary.length).toBeGreaterThan(0);
    expect(item?.type === 'reasoning' && item.encrypted_content).toMatch(/^[A-Za-z0-9+/]{300,}=*$/);
    const events = await collect(
      await openai.responses.create({ ...request, stream: true }, named('call-1')),
    );
    const before = events.findIndex((event) => event.type === 'response.content_part.added');
    const types = events.slice(0, before).map((event) => event.type);
    expect(types.filter((type, at) => type !== types[at - 1])).toEqual([
      ...['response.created', 'response.in_progress', 'response.output_item.added'],
      ...summary.flatMap(() => [
        ...['response.reasoning_summary_part.added', 'response.reasoning_summary_text.delta'],
        ...['response.reasoning_summary_text.done', 'response.reasoning_summary_part.done'],
      ]),
      ...['response.output_item.done', 'response.output_item.added'],
    ]);
    for (const [index, { text }] of summary.entries()) {
      const deltas = events.flatMap((event) =>
        event.type === 'response.reasoning_summary_text.delta' && event.summary_index === index
          ? [event.delta]
          : [],
      );
      expect(deltas.join('')).toBe(text);
    }
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    const plain = await openai.responses.create({ model: 'gpt-5', input: 'Hello' });
    expect(plain.output[0]).toEqual({ id: expect.any(String), type: 'reasoning', summary: [] });
  });

  test('gets as many choices as it asks for, each with its own words, and pays for all', async () => {
    const { mock, openai } = await setUp();
    const request = { model: 'gpt-4o', messages: hello, n: 3 };
    const whole = await openai.chat.completions.create(request, named('call-1'));
    const texts = whole.choices.map((choice) => choice.message.content ?? '');
    expect(whole.choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
    expect(new Set(texts).size).toBe(3);
    const words = texts.reduce((sum, text) => sum + text.split(' ').length, 0);
    expect(whole.usage?.completion_tokens).toBe(words);
    const chunks = await collect(
      await openai.chat.completions.create({ ...request, stream: true }, named('call-1')),
    );
    await mock.settled();
    const streamed = texts.map((_, index) =>
      chunks.map(({ choices: [choice] }) => (choice?.index === index ? choice.delta.content : '')).join(''),
    );
    expect(streamed).toEqual(texts);
    const finished = chunks.flatMap(({ choices: [choice] }) => (choice?.finish_reason ? [choice.index] : []));
    expect(finished).toEqual([0, 1, 2]);
    // In turn, as they are made.
    expect(chunks.slice(3, 9).map((chunk) => chunk.choices[0]?.index)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(mock.ledger()[1]).toMatchObject({ chunksSent: chunks.length, usage: { outputTokens: words } });
  });

  test('is told how likely each token was', async () => {
    const { openai } = await setUp();
    const request = { model: 'gpt-4o', messages: hello, logprobs: true, top_logprobs: 3 };
    const whole = await openai.chat.completions.create(request, named('call-1'));
    const [choice] = whole.choices;
    const content = choice?.logprobs?.content ?? [];
    expect(content.map(({ token }) => token).join('')).toBe(choice?.message.content);
    for (const { token, logprob, bytes, top_logprobs } of content) {
      expect(Buffer.from(bytes ?? []).toString()).toBe(token);
      expect(top_logprobs[0]).toMatchObject({ token, logprob });
      expect(new Set(top_logprobs.map((top) => top.token)).size).toBe(3);
      const sum = top_logprobs.reduce((all, top) => all + Math.exp(top.logprob), 0);
      expect(sum).toBeLessThanOrEqual(1.000_01);
    }
    const chunks = await collect(
      await openai.chat.completions.create({ ...request, stream: true }, named('call-1')),
    );
    expect(chunks.flatMap((chunk) => chunk.choices[0]?.logprobs?.content ?? [])).toEqual(content);
    const response = await openai.responses.create({
      model: 'gpt-4o',
      input: 'Hello',
      include: ['message.output_text.logprobs'],
      top_logprobs: 2,
    });
    const [item] = response.output;
    const [part] = item?.type === 'message' ? item.content : [];
    const likely = part?.type === 'output_text' ? (part.logprobs ?? []) : [];
    expect(likely.map(({ token }) => token).join('')).toBe(response.output_text);
    expect(likely[0]?.top_logprobs).toHaveLength(2);
  });

  test('gets an answer that ends before a stop sequence', async () => {
    const { mock, openai } = await setUp();
    const whole = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello }, named('call-1'));
    const text = whole.choices[0]?.message.content ?? '';
    const stop = ` ${text.split(' ')[3]}`;
    const cut = await openai.chat.completions.create(
      { model: 'gpt-4o', messages: hello, stop: ['never said', stop] },
      named('call-1'),
    );
    await mock.settled();
    expect(cut.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: text.slice(0, text.indexOf(stop)) },
    });
    expect(cut.usage?.completion_tokens).toBe(text.slice(0, text.indexOf(stop)).split(' ').length);
  });

  test('is told how much of a prediction came true, and pays for the rest', async () => {
    const { openai } = await setUp({ answers: () => 'abcd'.repeat(5) });
    const predict = (content: string) =>
      openai.chat.completions.create({
        model: 'gpt-4o',
        messages: hello,
        prediction: { type: 'content', content },
      });
    const { usage } = await predict(`${'abcd'.repeat(3)}${'x'.repeat(8)}`);
    expect(usage?.completion_tokens).toBe(5 + 2);
    expect(usage?.completion_tokens_details).toMatchObject({
      accepted_prediction_tokens: 3,
      rejected_prediction_tokens: 2,
    });
  });

  test('is told its metadata and its tier, and pads its pieces where it asks for that', async () => {
    const { openai } = await setUp();
    const chat = await openai.chat.completions.create({
      model: 'gpt-4o',
      messages: hello,
      service_tier: 'flex',
      metadata: { run: 'a' },
      store: true,
    });
    expect(chat).toMatchObject({ service_tier: 'flex', metadata: { run: 'a' } });
    const response = await openai.responses.create({
      model: 'gpt-4o',
      input: 'Hello',
      service_tier: 'auto',
      metadata: { run: 'b' },
    });
    expect(response).toMatchObject({ service_tier: 'default', metadata: { run: 'b' } });
    const chunks = await collect(
      await openai.chat.completions.create({
        model: 'gpt-4o',
        messages: hello,
        stream: true,
        stream_options: { include_obfuscation: true } as never,
      }),
    );
    const sizes = chunks.slice(1, -1).map((chunk) => {
      const { obfuscation } = chunk as unknown as { obfuscation: string };
      return (chunk.choices[0]?.delta.content?.length ?? 0) + obfuscation.length;
    });
    expect(new Set(sizes)).toEqual(new Set([16]));
    const events = await collect(
      await openai.responses.create({
        model: 'gpt-4o',
        input: 'Hello',
        stream: true,
        stream_options: { include_obfuscation: true } as never,
      }),
    );
    const deltas = events.filter((event) => event.type === 'response.output_text.delta');
    expect(deltas.every((event) => 'obfuscation' in event)).toBe(true);
  });

  test('is told as an event when reasoning or words ran out of their allowance', async () => {
    const { openai } = await setUp();
    const events = await collect(
      await openai.responses.create({ model: 'gpt-4o', input: 'Hello', max_output_tokens: 5, stream: true }),
    );
    const last = events.at(-1);
    expect(last).toMatchObject({
      type: 'response.incomplete',
      response: {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ type: 'message', status: 'incomplete' }],
        usage: { output_tokens: 5 },
      },
    });
  });
});

describe('a request', () => {
  test.each([
    [
      'audio',
      { modalities: ['text', 'audio'], audio: { voice: 'a', format: 'wav' } },
      { code: 'unsupported_value' },
    ],
    ['likelihoods that are not asked for', { top_logprobs: 2 }, { param: 'top_logprobs' }],
    ['too many likelihoods', { logprobs: true, top_logprobs: 21 }, { code: 'integer_above_max_value' }],
    ['too many stops', { stop: ['a', 'b', 'c', 'd', 'e'] }, { code: 'array_above_max_length' }],
    ['a stop of nothing', { stop: '' }, { param: 'stop' }],
    ['an unknown format', { response_format: { type: 'xml' } }, { param: 'response_format.type' }],
    [
      'a format without a schema',
      { response_format: { type: 'json_schema', json_schema: { name: 'a' } } },
      { code: 'missing_required_parameter' },
    ],
    [
      'a schema that nothing fits',
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'a', schema: { type: 'object', properties: { a: false }, required: ['a'] } },
        },
      },
      { param: 'response_format', code: 'invalid_json_schema' },
    ],
    [
      'a prediction of more than one choice',
      { n: 2, prediction: { type: 'content', content: 'a' } },
      { param: 'prediction' },
    ],
  ])('for %s is refused', async (_what, fields, expected) => {
    const mock = await mockForTest();
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 });
    const error = await openai.chat.completions
      .create({ model: 'gpt-4o', messages: hello, ...fields } as never)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 400, ...expected });
  });
});
