import {
  chatBody,
  chatChunk,
  chatEvents,
  chatPieces,
  events,
  failure,
  json,
  responseBody,
  responseEvents,
} from '../answers.ts';
import { billed, type ContractCase, cancelled, chatParams, collect, model, ok } from '../contract-case.ts';
import { errorPortrait } from '../normalize.ts';

const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const answer = JSON.stringify({ city: 'Köln' });
const parsedBody = {
  ...chatBody,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: answer, refusal: null },
      finish_reason: 'stop',
      logprobs: null,
    },
  ],
};
const toolCall = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: answer } };
const toolBody = {
  ...chatBody,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: null, refusal: null, tool_calls: [toolCall] },
      finish_reason: 'tool_calls',
      logprobs: null,
    },
  ],
};
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'the weather',
    parameters: schema,
    parse: JSON.parse,
    function: ({ city }: { city: string }) => `rain in ${city}`,
  },
} as const;
/** A choice that calls the tool of that name. */
const calling = (name: string) => ({
  ...toolBody.choices[0],
  message: {
    ...toolBody.choices[0]?.message,
    tool_calls: [{ ...toolCall, function: { name, arguments: answer } }],
  },
});

class Counter {
  readonly seen: unknown[] = [];
  readonly tool = { type: 'function' as const, function: new CountingTool(this.seen) };
}

/** What a tool is given as `this`, and whether its private state is still reachable there. */
class CountingTool {
  #calls = 0;
  readonly description = 'counts';
  readonly parameters = schema;
  readonly #seen: unknown[];
  readonly function: (args: string) => Promise<string>;

  constructor(seen: unknown[]) {
    this.#seen = seen;
    const self = this;
    this.function = async function count(this: unknown, args: string) {
      self.#seen.push(this === self, args, ++self.#calls);
      return 'one';
    };
  }
}

/** As `zodFunction` makes them: what it needs is where nobody enumerates it. */
const parseable = Object.defineProperties(
  { type: 'function', function: { name: 'weather', parameters: schema, strict: true } },
  {
    $brand: { value: 'auto-parseable-tool' },
    $parseRaw: { value: JSON.parse },
    $callback: { value: ({ city }: { city: string }) => `sun in ${city}` },
  },
) as unknown;
const toolEvents = [
  chatChunk({
    role: 'assistant',
    tool_calls: [{ index: 0, ...toolCall, function: { name: 'weather', arguments: '' } }],
  }),
  chatChunk({ tool_calls: [{ index: 0, function: { arguments: answer } }] }),
  chatChunk({}, 'tool_calls'),
  'data: [DONE]\n\n',
];

/** The helpers that the client builds on its own calls. */
export const helpers: readonly ContractCase[] = [
  {
    name: 'chat.completions.parse()',
    script: [json(parsedBody)],
    run: ({ client }) =>
      client.chat.completions.parse({
        ...chatParams,
        response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } },
      }),
    calls: [billed('10/5', 200)],
  },
  {
    name: 'responses.parse()',
    script: [json(responseBody)],
    run: async ({ client }) => (await client.responses.parse({ model, input: 'Hi' })).output_text,
    calls: [billed('10/5', 200)],
  },
  {
    name: 'chat.completions.stream() and its final completion',
    script: [failure(503), events(chatEvents)],
    run: async ({ client }) => {
      const stream = client.chat.completions.stream(chatParams);
      const contents: string[] = [];
      stream.on('content', (delta) => contents.push(delta));
      return { final: await stream.finalChatCompletion(), contents };
    },
    calls: [ok(503, 200)],
  },
  {
    name: 'chat.completions.stream() iterated',
    script: [events(chatEvents)],
    run: ({ client }) => collect(client.chat.completions.stream(chatParams)),
    calls: [ok(200)],
  },
  {
    name: 'chat.completions.stream() aborted',
    script: [events([...chatPieces, { untilClientLeaves: true }])],
    run: async ({ client }) => {
      const stream = client.chat.completions.stream(chatParams);
      let seen = 0;
      stream.on('chunk', () => {
        if (++seen === chatPieces.length) stream.abort();
      });
      const error = await stream.done().then(
        () => 'done',
        (thrown: unknown) => errorPortrait(thrown, client),
      );
      return { seen, error, aborted: stream.aborted };
    },
    calls: [cancelled(200)],
  },
  {
    name: 'chat.completions.stream() that fails',
    script: [failure(400)],
    run: ({ client }) => client.chat.completions.stream(chatParams).finalContent(),
    calls: [{ outcome: 'error', errorType: 'invalid_request', attempts: [400] }],
  },
  {
    name: 'chat.completions.runTools()',
    script: [json(toolBody), failure(429), json(chatBody)],
    run: async ({ client }) => {
      const runner = client.chat.completions.runTools({ ...chatParams, tools: [weather] });
      return { content: await runner.finalContent(), messages: runner.messages };
    },
    calls: [ok(200), ok(429, 200)],
  },
  {
    name: 'chat.completions.runTools() streamed',
    script: [events(toolEvents), events(chatEvents)],
    run: async ({ client }) => {
      const runner = client.chat.completions.runTools({ ...chatParams, stream: true, tools: [weather] });
      return { content: await runner.finalContent(), messages: runner.messages };
    },
    calls: [ok(200), ok(200)],
  },
  {
    name: 'a tool that keeps private state, has no name of its own and no parser',
    script: [json({ ...toolBody, choices: [calling('count')] }), json(chatBody)],
    run: async ({ client }) => {
      const counter = new Counter();
      const runner = client.chat.completions.runTools({ ...chatParams, tools: [counter.tool] });
      return { content: await runner.finalContent(), messages: runner.messages, seen: counter.seen };
    },
    calls: [ok(200), ok(200)],
  },
  {
    name: 'a tool made by a helper',
    script: [json(toolBody), json(chatBody)],
    run: async ({ client }) => {
      const runner = client.chat.completions.runTools({
        ...chatParams,
        tools: [parseable as typeof weather],
      });
      return { content: await runner.finalContent(), messages: runner.messages };
    },
    calls: [ok(200), ok(200)],
  },
  {
    name: 'a tool that throws',
    script: [json(toolBody)],
    run: async ({ client }) => {
      const broken = {
        ...weather,
        function: {
          ...weather.function,
          function: () => {
            throw new RangeError('no weather today');
          },
        },
      };
      const runner = client.chat.completions.runTools({ ...chatParams, tools: [broken] });
      return { error: errorPortrait(await runner.done().catch((error: unknown) => error), client) };
    },
    calls: [ok(200)],
  },
  {
    name: 'tools of which one is missing its function',
    script: [],
    run: async ({ client }) => {
      const runner = client.chat.completions.runTools({ ...chatParams, tools: [null as never] });
      return { error: errorPortrait(await runner.done().catch((error: unknown) => error), client) };
    },
    calls: [],
  },
  {
    name: 'responses.stream() and its final response',
    script: [events(responseEvents)],
    run: async ({ client }) => {
      const stream = client.responses.stream({ model, input: 'Hi' });
      const types: string[] = [];
      for await (const item of stream) types.push(item.type);
      return { types, final: await stream.finalResponse() };
    },
    calls: [billed('10/5', 200)],
  },
  {
    name: 'a stream turned into bytes and back',
    script: [events(chatEvents)],
    run: async ({ client }) => {
      const { ChatCompletionStream } = await import('openai/lib/ChatCompletionStream');
      const stream = client.chat.completions.stream(chatParams);
      return ChatCompletionStream.fromReadableStream(stream.toReadableStream()).finalContent();
    },
    calls: [ok(200)],
  },
];
