import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { always, clients, collect, hello, mockForTest, named } from '../support.ts';

const parameters = {
  type: 'object',
  properties: { place: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 9 } },
  required: ['place', 'days'],
  additionalProperties: false,
};
const weather = { type: 'function' as const, function: { name: 'weather', parameters } };
const clock = { type: 'function' as const, function: { name: 'clock' } };
const note = { type: 'custom' as const, custom: { name: 'note' } };
const weatherOf = { type: 'function' as const, name: 'weather', parameters, strict: true };
const noteOf = { type: 'custom' as const, name: 'note' };

function isWeather(text: string): boolean {
  const { place, days, ...others } = JSON.parse(text);
  return typeof place === 'string' && days >= 1 && days <= 9 && Object.keys(others).length === 0;
}

describe.each(clients)('openai $version', ({ Client }) => {
  async function setUp(options: Parameters<typeof mockForTest>[0] = {}) {
    const mock = await mockForTest(options);
    return { mock, openai: new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 }) };
  }

  test('gets the call that chat forces, with arguments by its schema', async () => {
    const { mock, openai } = await setUp();
    const answer = await openai.chat.completions.create({
      model: 'gpt-4o',
      messages: hello,
      tools: [clock, weather],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    });
    await mock.settled();
    const [choice] = answer.choices;
    const [call, ...others] = choice?.message.tool_calls ?? [];
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null, refusal: null } });
    expect(others).toEqual([]);
    expect(call).toMatchObject({ type: 'function', id: expect.stringMatching(/^call_[0-9a-f]{24}$/) });
    const args = call?.type === 'function' ? call.function.arguments : '';
    expect(isWeather(args)).toBe(true);
    // A token is four characters, of the name and of the arguments.
    expect(answer.usage?.completion_tokens).toBe(Math.ceil(args.length / 4) + 2);
    expect(mock.ledger()[0]).toMatchObject({
      finishReason: 'tool_calls',
      usage: { outputTokens: answer.usage?.completion_tokens },
    });
  });

  test('gets the same calls as chunks: each begun, then its arguments in pieces', async () => {
    const { mock, openai } = await setUp();
    const request = {
      model: 'gpt-4o',
      messages: hello,
      tools: [weather, note],
      tool_choice: 'required' as const,
    };
    let most = 0;
    for (let n = 0; n < 8; n++) {
      const whole = await openai.chat.completions.create(request, named(`call-${n}`));
      const chunks = await collect(
        await openai.chat.completions.create(
          { ...request, stream: true, stream_options: { include_usage: true } },
          named(`call-${n}`),
        ),
      );
      await mock.settled();
      const calls = whole.choices[0]?.message.tool_calls ?? [];
      most = Math.max(most, calls.length);
      expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: null, refusal: null });
      const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
      const begun = deltas.filter((delta) => delta.id !== undefined);
      expect(begun.map(({ index, id, type }) => ({ index, id, type }))).toEqual(
        calls.map(({ id, type }, index) => ({ index, id, type })),
      );
      const texts = calls.map((_, index) =>
        deltas
          .filter((delta) => delta.index === index)
          .map((delta) => delta.function?.arguments ?? delta.custom?.input ?? '')
          .join(''),
      );
      expect(texts).toEqual(
        calls.map((call) => (call.type === 'function' ? call.function.arguments : call.custom.input)),
      );
      expect(deltas.length).toBeGreaterThan(2 * calls.length);
      expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('tool_calls');
      expect(chunks.at(-1)?.usage).toEqual(whole.usage);
      expect(mock.ledger().at(-1)).toMatchObject({
        chunksSent: chunks.length,
        finishReason: 'tool_calls',
        usage: { outputTokens: whole.usage?.completion_tokens },
      });
    }
    expect(most).toBeGreaterThan(1);
  });

  test('makes one call at a time where it asks for that', async () => {
    const { openai } = await setUp();
    for (let n = 0; n < 8; n++) {
      const answer = await openai.chat.completions.create(
        {
          model: 'gpt-4o',
          messages: hello,
          tools: [weather],
          tool_choice: 'required',
          parallel_tool_calls: false,
        },
        named(`call-${n}`),
      );
      expect(answer.choices[0]?.message.tool_calls).toHaveLength(1);
    }
  });

  test('calls tools that it need not call by the rate, and never where none may be called', async () => {
    const { openai } = await setUp({ toolCallRate: 0.3 });
    let called = 0;
    for (let n = 0; n < 60; n++) {
      const request = { model: 'gpt-4o', messages: hello, tools: [weather] };
      const auto = await openai.chat.completions.create(request, named(`call-${n}`));
      if (auto.choices[0]?.message.tool_calls) called++;
      if (n > 8) continue;
      const none = await openai.chat.completions.create(
        { ...request, tool_choice: 'none' },
        named(`call-${n}`),
      );
      expect(none.choices[0]).toMatchObject({
        finish_reason: 'stop',
        message: { content: expect.any(String) },
      });
    }
    expect(called).toBeGreaterThan(6);
    expect(called).toBeLessThan(30);
  });

  test('ends a loop of tools with a text', async () => {
    const { mock, openai } = await setUp({ toolCallRate: 1 });
    const asked: unknown[] = [];
    const run = openai.chat.completions.runTools({
      model: 'gpt-4o',
      messages: hello,
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            parameters,
            parse: JSON.parse,
            function: (args: object) => {
              asked.push(args);
              return 'sunny';
            },
          },
        },
      ] as never,
    });
    expect((await run.finalContent())?.length).toBeGreaterThan(10);
    await mock.settled();
    expect(asked.length).toBeGreaterThan(0);
    expect(mock.ledger().map((entry) => entry.finishReason)).toEqual(['tool_calls', 'stop']);
  });

  test('ends a loop of tools over streams too', async () => {
    const { mock, openai } = await setUp({ toolCallRate: 1 });
    const run = openai.chat.completions.runTools({
      model: 'gpt-4o',
      messages: hello,
      stream: true,
      tools: [
        {
          type: 'function',
          function: { name: 'weather', parameters, parse: JSON.parse, function: () => 'sunny' },
        },
      ] as never,
    });
    expect((await run.finalContent())?.length).toBeGreaterThan(10);
    await mock.settled();
    expect(mock.ledger().map((entry) => entry.finishReason)).toEqual(['tool_calls', 'stop']);
  });

  test('gets calls as items of a response, and a text once they have results', async () => {
    const { mock, openai } = await setUp({ toolCallRate: 1 });
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'What is the weather?' }];
    const request = { model: 'gpt-4o', tools: [weatherOf, noteOf] };
    const asked = await openai.responses.create({ ...request, input });
    for (const item of asked.output) {
      if (item.type === 'function_call') {
        expect(isWeather(item.arguments)).toBe(true);
        input.push(item, { type: 'function_call_output', call_id: item.call_id, output: 'sunny' });
      } else if (item.type === 'custom_tool_call') {
        expect(item.input.length).toBeGreaterThan(0);
        input.push(item, { type: 'custom_tool_call_output', call_id: item.call_id, output: 'noted' });
      } else throw new Error(`${item.type} was not called for`);
    }
    expect(asked.status).toBe('completed');
    const said = await openai.responses.create({ ...request, input });
    await mock.settled();
    expect(said.output.map((item) => item.type)).toEqual(['message']);
    expect(mock.ledger().map((entry) => entry.finishReason)).toEqual(['tool_calls', 'stop']);
  });

  test('gets the same calls as typed events in order', async () => {
    const { mock, openai } = await setUp();
    const request = {
      model: 'gpt-5',
      input: 'Hello',
      tools: [weatherOf, noteOf],
      tool_choice: 'required' as const,
    };
    const kinds = new Set<string>();
    for (let n = 0; n < 8; n++) {
      const whole = await openai.responses.create(request, named(`call-${n}`));
      const events = await collect(
        await openai.responses.create({ ...request, stream: true }, named(`call-${n}`)),
      );
      await mock.settled();
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
      const types = events.map((event) => event.type).filter((type, at, all) => type !== all[at - 1]);
      expect(types).toEqual([
        ...[
          'response.created',
          'response.in_progress',
          'response.output_item.added',
          'response.output_item.done',
        ],
        ...whole.output.slice(1).flatMap((item) => {
          kinds.add(item.type);
          const event = item.type === 'function_call' ? 'function_call_arguments' : 'custom_tool_call_input';
          return [
            ...['response.output_item.added', `response.${event}.delta`, `response.${event}.done`],
            'response.output_item.done',
          ];
        }),
        'response.completed',
      ]);
      const last = events.at(-1);
      const final = last?.type === 'response.completed' ? last.response.output : [];
      // Only the ids of items tell one request from the next.
      const named_ = (items: OpenAI.Responses.ResponseOutputItem[]) =>
        items.map((item) => ({ ...item, id: '' }));
      expect(named_(final)).toEqual(named_(whole.output));
      const done = events.flatMap((event) =>
        event.type === 'response.output_item.done' ? [event.item] : [],
      );
      expect(done).toEqual(final);
      for (const [index, item] of final.entries()) {
        const deltas = events.flatMap((event) =>
          event.type === 'response.function_call_arguments.delta' && event.output_index === index
            ? [event.delta]
            : [],
        );
        if (item.type === 'function_call') expect(deltas.join('')).toBe(item.arguments);
      }
      expect(mock.ledger().at(-1)).toMatchObject({ chunksSent: events.length, finishReason: 'tool_calls' });
    }
    expect([...kinds].sort()).toEqual(['custom_tool_call', 'function_call']);
  });

  test('accumulates calls with its helpers', async () => {
    const { openai } = await setUp();
    const chat = openai.chat.completions.stream({
      model: 'gpt-4o',
      messages: hello,
      tools: [weather],
      tool_choice: 'required',
    });
    const message = await chat.finalMessage();
    const [call] = message.tool_calls ?? [];
    expect(call?.type === 'function' && isWeather(call.function.arguments)).toBe(true);
    const stream = openai.responses.stream({
      model: 'gpt-4o',
      input: 'Hello',
      tools: [weatherOf],
      tool_choice: 'required',
    });
    const [item] = (await stream.finalResponse()).output;
    expect(item?.type === 'function_call' && isWeather(item.arguments)).toBe(true);
  });
});

describe('tools', () => {
  test('that are allowed are called alone', async () => {
    const mock = await mockForTest();
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    for (let n = 0; n < 8; n++) {
      const answer = await openai.chat.completions.create(
        {
          model: 'gpt-4o',
          messages: hello,
          tools: [weather, clock],
          tool_choice: {
            type: 'allowed_tools',
            allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'clock' } }] },
          },
        },
        named(`call-${n}`),
      );
      const calls = answer.choices[0]?.message.tool_calls ?? [];
      expect(new Set(calls.map((call) => call.type === 'function' && call.function.name))).toEqual(
        new Set(['clock']),
      );
      const response = await openai.responses.create(
        {
          model: 'gpt-4o',
          input: 'Hello',
          tools: [weatherOf, noteOf],
          tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'custom', name: 'note' }] },
        },
        named(`call-${n}`),
      );
      expect(new Set(response.output.map((item) => item.type))).toEqual(new Set(['custom_tool_call']));
    }
  });

  test('that the provider runs are never called', async () => {
    const mock = await mockForTest({ toolCallRate: 1 });
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    const answer = await openai.responses.create({
      model: 'gpt-4o',
      input: 'Hello',
      tools: [{ type: 'web_search' }],
    });
    expect(answer.output.map((item) => item.type)).toEqual(['message']);
  });

  test('are cut off by the allowance, in the midst of their arguments', async () => {
    const mock = await mockForTest();
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    const answer = await openai.chat.completions.create({
      model: 'gpt-4o',
      messages: hello,
      tools: [weather],
      tool_choice: 'required',
      max_tokens: 4,
    });
    const [choice] = answer.choices;
    const [call] = choice?.message.tool_calls ?? [];
    expect(choice?.finish_reason).toBe('length');
    expect(answer.usage?.completion_tokens).toBe(4);
    expect(call?.type === 'function' && call.function.arguments).toMatch(/^\{"pl/);
    const response = await openai.responses.create({
      model: 'gpt-4o',
      input: 'Hello',
      tools: [weatherOf],
      tool_choice: 'required',
      max_output_tokens: 4,
    });
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
    expect(response.output).toMatchObject([{ type: 'function_call', status: 'incomplete' }]);
  });

  test('that break off have cost what was sent up to there', async () => {
    const fault = { kind: 'cut' as const, rate: 1, afterChunks: 3 };
    const mock = await mockForTest({ schedule: always(fault) });
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    const chunks = await collect(
      await openai.chat.completions.create({
        model: 'gpt-4o',
        messages: hello,
        tools: [weather],
        tool_choice: 'required',
        stream: true,
      }),
    );
    const events = await collect(
      await openai.responses.create({
        model: 'gpt-4o',
        input: 'Hello',
        tools: [weatherOf],
        tool_choice: 'required',
        stream: true,
      }),
    );
    await mock.settled();
    // The name is two tokens.
    expect(mock.ledger()).toMatchObject([
      { end: 'cut', chunksSent: chunks.length, usage: { outputTokens: 2 + 2 } },
      { end: 'cut', chunksSent: events.length, usage: { outputTokens: 2 + 3 } },
    ]);
    expect(chunks).toHaveLength(1 + 1 + 2);
    expect(events).toHaveLength(3 + 3);
  });

  test.each([
    ['no list', { tools: {} }, { param: 'tools' }],
    ['no name', { tools: [{ type: 'function', function: {} }] }, { param: 'tools[0].name' }],
    ['a choice without tools', { tool_choice: 'required' }, { param: 'tool_choice' }],
    ['a choice of what is not there', { tools: [clock], tool_choice: weather }, { param: 'tool_choice' }],
    ['an unknown choice', { tools: [clock], tool_choice: 'maybe' }, { code: 'invalid_value' }],
    [
      'a schema that no value fits',
      {
        tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', not: {} } } }],
        tool_choice: 'required',
      },
      { param: 'tools[0].function.parameters', code: 'invalid_function_parameters' },
    ],
    [
      'a grammar that the mock cannot read',
      {
        tools: [
          {
            type: 'custom',
            custom: {
              name: 'c',
              format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } },
            },
          },
        ],
        tool_choice: 'required',
      },
      { param: 'tools[0].custom.format' },
    ],
  ])('are refused for %s', async (_what, fields, expected) => {
    const mock = await mockForTest();
    const answer = await fetch(`${mock.url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer any' },
      body: JSON.stringify({ model: 'gpt-4o', messages: hello, ...fields }),
    });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: object }).error).toMatchObject(expected);
  });

  test('of a regular grammar get an input that it takes', async () => {
    const mock = await mockForTest();
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    const answer = await openai.responses.create({
      model: 'gpt-4o',
      input: 'Hello',
      tools: [{ ...noteOf, format: { type: 'grammar', syntax: 'regex', definition: '[a-c]{3}-\\d+' } }],
      tool_choice: 'required',
    });
    const [item] = answer.output;
    expect(item?.type === 'custom_tool_call' && item.input).toMatch(/^[a-c]{3}-\d+$/);
  });
});
