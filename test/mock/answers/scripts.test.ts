import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI from 'openai';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type AnswerFunction,
  type AnswerRequest,
  type Answers,
  readAnswers,
} from '../../../src/mock/index.ts';
import { createFakeClock } from '../fake-clock.ts';
import { clients, collect, hello, instant, mockForTest, named } from '../support.ts';

const speech = {
  text: 'A storm comes.',
  toolCalls: [
    { name: 'reef', arguments: { sail: 'main', turns: 2 } },
    { name: 'shout', input: 'All hands!', id: 'call_mine' },
  ],
  reasoningTokens: 7,
};

describe.each(clients)('openai $version', ({ Client }) => {
  async function setUp(answers: Answers) {
    const mock = await mockForTest({ answers });
    return { mock, openai: new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 }) };
  }

  test('gets what is scripted, whole and as a stream, from chat', async () => {
    const { mock, openai } = await setUp([{ answer: speech }]);
    const whole = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello, max_tokens: 1 });
    const [choice] = whole.choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    expect(choice?.message.content).toBe('A storm comes.');
    expect(choice?.message.tool_calls).toEqual([
      {
        id: expect.stringMatching(/^call_/),
        type: 'function',
        function: { name: 'reef', arguments: '{"sail":"main","turns":2}' },
      },
      { id: 'call_mine', type: 'custom', custom: { name: 'shout', input: 'All hands!' } },
    ]);
    expect(whole.usage?.completion_tokens_details?.reasoning_tokens).toBe(7);
    const chunks = await collect(
      await openai.chat.completions.create({ model: 'gpt-4o', messages: hello, stream: true }),
    );
    await mock.settled();
    const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta ?? []);
    expect(deltas.map(({ content }) => content ?? '').join('')).toBe('A storm comes.');
    const calls = deltas.flatMap(({ tool_calls }) => tool_calls ?? []);
    expect(calls.map((call) => call.function?.arguments ?? '').join('')).toBe('{"sail":"main","turns":2}');
    expect(calls.map((call) => call.custom?.input ?? '').join('')).toBe('All hands!');
    const [first, second] = mock.ledger();
    expect(second?.usage).toEqual(first?.usage);
    expect(second?.chunksSent).toBe(chunks.length);
  });

  test('gets what is scripted, whole and as a stream, from Responses', async () => {
    const { mock, openai } = await setUp([{ answer: speech }]);
    const whole = await openai.responses.create({ model: 'gpt-4o', input: 'Hello' });
    expect(whole.output).toMatchObject([
      { type: 'reasoning' },
      { type: 'message', content: [{ text: 'A storm comes.' }] },
      { type: 'function_call', name: 'reef', arguments: '{"sail":"main","turns":2}' },
      { type: 'custom_tool_call', name: 'shout', input: 'All hands!', call_id: 'call_mine' },
    ]);
    const events = await collect(
      await openai.responses.create({ model: 'gpt-4o', input: 'Hello', stream: true }),
    );
    await mock.settled();
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    const last = events.at(-1);
    const anonymous = (items: readonly object[]) => items.map((item) => ({ ...item, id: '', call_id: '' }));
    expect(last?.type === 'response.completed' && anonymous(last.response.output)).toEqual(
      anonymous(whole.output),
    );
    expect(mock.ledger()[1]).toMatchObject({ usage: mock.ledger()[0]?.usage, chunksSent: events.length });
  });

  test('gets a body word for word, and streamed what says the same', async () => {
    const chat = {
      id: 'chatcmpl-mine',
      object: 'chat.completion',
      created: 5,
      model: 'mine',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Aye',
            refusal: null,
            tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    };
    const response = {
      id: 'resp_mine',
      object: 'response',
      created_at: 5,
      model: 'mine',
      status: 'completed',
      output: [
        {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Aye', annotations: [] }],
        },
        {
          id: 'fc_1',
          type: 'function_call',
          status: 'completed',
          call_id: 'call_1',
          name: 'f',
          arguments: '{}',
        },
      ],
      usage: {
        input_tokens: 3,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 4,
        output_tokens_details: { reasoning_tokens: 1 },
        total_tokens: 7,
      },
    };
    const { mock, openai } = await setUp(({ endpoint }) => ({ body: endpoint === 'chat' ? chat : response }));
    const { choices, ...rest } = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello });
    expect({ ...rest, choices }).toEqual(chat);
    const stream = openai.chat.completions.stream({
      model: 'gpt-4o',
      messages: hello,
      stream_options: { include_usage: true },
    });
    expect(await stream.finalChatCompletion()).toMatchObject({
      id: 'chatcmpl-mine',
      choices: [{ message: { content: 'Aye' }, finish_reason: 'tool_calls' }],
    });
    expect(await openai.responses.create({ model: 'gpt-4o', input: 'Hello' })).toMatchObject({
      id: 'resp_mine',
      output: response.output,
    });
    const events = await collect(
      await openai.responses.create({ model: 'gpt-4o', input: 'Hello', stream: true }),
    );
    await mock.settled();
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(
      events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : [])),
    ).toEqual(response.output);
    expect(mock.ledger().map((entry) => [entry.usage?.outputTokens, entry.finishReason])).toEqual([
      [4, 'tool_calls'],
      [4, 'tool_calls'],
      [4, 'stop'],
      [4, 'stop'],
    ]);
    expect(mock.ledger()[3]?.chunksSent).toBe(events.length);
  });

  test('meets a scripted error, streamed or not, and what a function threw', async () => {
    const body = { error: { message: 'No.', type: 'mine', param: null, code: 'no' } };
    const { openai } = await setUp(({ text }) => {
      if (text === 'throw') throw new Error('my own bug');
      if (text === 'reject') return Promise.reject(new Error('my later bug'));
      if (text === 'wrong') return { txt: 'a' } as never;
      return { body, status: 418 };
    });
    const ask = (content: string, stream: boolean) =>
      openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }], stream });
    for (const stream of [false, true]) {
      await expect(ask('Hello', stream)).rejects.toMatchObject({ status: 418, code: 'no' });
      await expect(ask('throw', stream)).rejects.toMatchObject({
        status: 500,
        type: 'mock_error',
        message: expect.stringContaining('my own bug'),
      });
      await expect(ask('reject', stream)).rejects.toMatchObject({
        message: expect.stringContaining('my later bug'),
      });
      await expect(ask('wrong', stream)).rejects.toMatchObject({
        message: expect.stringContaining('Unknown option `answers(…).txt`. Did you mean `text`?'),
      });
    }
  });
});

describe('fixtures', () => {
  const base = { model: 'gpt-4o', messages: hello };

  async function setUp(answers: Answers) {
    const mock = await mockForTest({ answers });
    async function ask(body: object = {}, headers: Record<string, string> = {}) {
      const path_ = 'input' in body ? '/responses' : '/chat/completions';
      const answer = await fetch(mock.url + path_, {
        method: 'POST',
        headers: { authorization: 'Bearer any', ...headers },
        body: JSON.stringify('input' in body ? { model: 'gpt-4o', ...body } : { ...base, ...body }),
      });
      const { choices, output } = (await answer.json()) as Record<string, never[]>;
      const [choice] = (choices ?? []) as { message: { content: string } }[];
      const [item] = (output ?? []) as { content: { text: string }[] }[];
      return choice?.message.content ?? item?.content[0]?.text;
    }
    return { mock, ask };
  }

  test('match by everything that they say, the first of them wins, and the rest is generated', async () => {
    const { ask } = await setUp([
      { match: { endpoint: 'responses' }, answer: 'from responses' },
      { match: { model: 'gpt-5*', text: 'there' }, answer: 'gpt-5 there' },
      { match: { model: 'gpt-5' }, answer: 'gpt-5' },
      { match: { text: /^hello/gi, headers: { 'X-Role': 'cook' } }, answer: 'cook' },
      { match: { text: /^hello/gi, headers: { 'x-role': /ma/ } }, answer: 'mate' },
      { match: { callId: 'call-7' }, answer: 'call 7' },
      { match: { callId: /^call-\d$/ }, answer: 'a call' },
    ]);
    const said = (content: string) => ({ messages: [{ role: 'user', content }] });
    expect(await ask({ input: 'Hello' })).toBe('from responses');
    expect(await ask({ model: 'gpt-5-mini' })).toBe('gpt-5 there');
    expect(await ask({ model: 'gpt-5', ...said('Bye') })).toBe('gpt-5');
    for (let n = 0; n < 3; n++) expect(await ask({}, { 'x-role': 'cook' })).toBe('cook');
    expect(await ask({}, { 'x-role': 'mate' })).toBe('mate');
    expect(await ask({}, { 'x-call-id': 'call-7' })).toBe('call 7');
    expect(await ask({}, { 'x-call-id': 'call-8' })).toBe('a call');
    expect(await ask({}, { 'x-call-id': 'other' })).toMatch(/^(\w+ ?){8,}$/);
  });

  test('answer as often as they say since the start', async () => {
    const { mock, ask } = await setUp([
      { answer: 'one', times: 1 },
      { answer: 'two', times: 2 },
      { answer: 'more' },
    ]);
    const five = async () => [await ask(), await ask(), await ask(), await ask(), await ask()];
    expect(await five()).toEqual(['one', 'two', 'two', 'more', 'more']);
    mock.start();
    expect(await five()).toEqual(['one', 'two', 'two', 'more', 'more']);
  });

  test('are read from YAML and JSON', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'answers-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const yaml = path.join(directory, 'answers.yaml');
    await writeFile(
      yaml,
      `- match: { text: { regex: "^hello", flags: i } }
  answer: Ahoy
- match: { endpoint: responses }
  answer:
    json: { wind: 12 }
    delayMs: 0
`,
    );
    const { ask } = await setUp(await readAnswers(yaml));
    expect(await ask()).toBe('Ahoy');
    expect(await ask({ input: 'Bye' })).toBe('{"wind":12}');
    const json = path.join(directory, 'answers.json');
    await writeFile(json, JSON.stringify([{ answer: { txt: 'a' } }]));
    await expect(readAnswers(json)).rejects.toThrow(
      `In ${json}: Unknown option \`answers[0].answer.txt\`. Did you mean \`text\`?`,
    );
    await writeFile(json, '[');
    await expect(readAnswers(json)).rejects.toThrow(`Cannot read the answers in ${json}`);
    await expect(readAnswers(path.join(directory, 'none'))).rejects.toThrow('Cannot read the answers');
  });

  test.each([
    [{}, '`answers` to be an array of fixtures or a function'],
    [[{ answer: 4 }], '`answers[0].answer` to be an object'],
    [[{ answer: 'a', tims: 1 }], 'Did you mean `times`?'],
    [[{ answer: 'a', times: 0 }], '`answers[0].times` to be a positive integer'],
    [
      [{ answer: 'a', match: { endpoint: 'embeddings' } }],
      "`answers[0].match.endpoint` to be 'chat' or 'responses'",
    ],
    [[{ answer: 'a', match: { text: 4 } }], '`answers[0].match.text` to be a text or a regular expression'],
    [
      [{ answer: 'a', match: { text: { regex: '(' } } }],
      '`answers[0].match.text.regex` to be a regular expression',
    ],
    [[{ answer: { text: 'a', json: 1 } }], 'an answer with one of `text` and `json`'],
    [[{ answer: { toolCalls: [{ arguments: {} }] } }], '`answers[0].answer.toolCalls[0].name`'],
    [
      [{ answer: { toolCalls: [{ name: 'a', arguments: [] }] } }],
      'toolCalls[0].arguments` to be an object or a text',
    ],
    [[{ answer: { toolCalls: [{ name: 'a', input: 'b', arguments: {} }] } }], 'absent, since `input`'],
    [[{ answer: { chunks: [1] } }], '`answers[0].answer.chunks[0]`'],
    [[{ answer: { usage: { outputTokens: -1 } } }], '`answers[0].answer.usage.outputTokens`'],
    [[{ answer: { finishReason: 'done' } }], '`answers[0].answer.finishReason`'],
    [[{ answer: { delayMs: -1 } }], '`answers[0].answer.delayMs`'],
    [[{ answer: { body: 'text' } }], '`answers[0].answer.body` to be a JSON object'],
    [[{ answer: { body: {}, status: 99 } }], '`answers[0].answer.status`'],
    [[{ answer: { json: { now: () => 1 } } }], '`answers[0].answer` to be what JSON can hold'],
    [[{ answer: { status: 400 } }], '`answers[0].answer.body` to be given'],
  ])('%j are refused by name', async (answers, message) => {
    await expect(mockForTest({ answers: answers as never })).rejects.toThrow(message);
  });
});

describe('a scripted answer', () => {
  test('says what it is told of its pieces, usage and end', async () => {
    const mock = await mockForTest({
      answers: [
        {
          answer: {
            chunks: ['Heave ', 'ho, ', 'and up she rises'],
            finishReason: 'content_filter',
            usage: { inputTokens: 500, cachedTokens: 128, outputTokens: 90 },
          },
        },
      ],
    });
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    const chunks = await collect(
      await openai.chat.completions.create({
        model: 'gpt-4o',
        messages: hello,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    expect(chunks.slice(1, 4).map((chunk) => chunk.choices[0]?.delta.content)).toEqual([
      ...['Heave ', 'ho, ', 'and up she rises'],
    ]);
    expect(chunks.at(-1)?.usage).toMatchObject({
      prompt_tokens: 500,
      completion_tokens: 90,
      total_tokens: 590,
    });
    const response = await openai.responses.create({ model: 'gpt-4o', input: 'Hello' });
    await mock.settled();
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
      output_text: 'Heave ho, and up she rises',
      usage: { input_tokens: 500, input_tokens_details: { cached_tokens: 128 }, output_tokens: 90 },
    });
    expect(mock.ledger().map((entry) => [entry.usage?.outputTokens, entry.finishReason])).toEqual([
      [90, 'content_filter'],
      [90, 'content_filter'],
    ]);
  });

  test('of nothing is empty, and so are its choices', async () => {
    const mock = await mockForTest({ answers: [{ answer: {} }] });
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    const chat = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello, n: 2 });
    expect(chat.choices.map((choice) => choice.message.content)).toEqual(['', '']);
    expect(chat.usage?.completion_tokens).toBe(0);
    expect((await openai.responses.create({ model: 'gpt-4o', input: 'Hello' })).output).toEqual([]);
  });

  test('takes the time that it is told, whole and streamed', async () => {
    const clock = createFakeClock();
    const mock = await mockForTest({
      clock,
      latency: instant,
      answers: [{ answer: { text: 'late', delayMs: 700 } }],
    });
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    for (const stream of [false, true]) {
      const asked = openai.chat.completions.create({ model: 'gpt-4o', messages: hello, stream }).asResponse();
      await expect.poll(() => clock.waiting()).toBe(1);
      clock.advance(699);
      expect(clock.waiting()).toBe(1);
      clock.advance(1);
      await (await asked).text();
      expect(mock.ledger().at(-1)?.headersAtMs).toBe((mock.ledger().at(-1)?.arrivedAtMs ?? 0) + 700);
    }
  });

  test('of a function may depend on all that is asked', async () => {
    const seen: AnswerRequest[] = [];
    const answers: AnswerFunction = async (request) => {
      seen.push(request);
      return request.attempt === 0 ? `first of ${request.callId}` : undefined;
    };
    const mock = await mockForTest({ answers });
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    const request = { model: 'gpt-4o', input: 'Hello', instructions: 'Be short', user: 'me' };
    expect((await openai.responses.create(request, named('call-1'))).output_text).toBe('first of call-1');
    expect((await openai.responses.create(request, named('call-1'))).output_text).toMatch(/^(\w+ ?){8,}$/);
    expect(seen[0]).toMatchObject({
      endpoint: 'responses',
      model: 'gpt-4o',
      messages: [{ role: 'system', content: 'Be short' }, 'Hello'],
      text: 'Hello',
      streamed: false,
      body: { user: 'me' },
      headers: { authorization: 'Bearer any' },
      callId: 'call-1',
      attempt: 0,
    });
  });
});
