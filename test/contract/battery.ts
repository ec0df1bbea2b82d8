import type OpenAI from 'openai';
import { type Answer, chatBody, chatChunk, event, events, failure, json, responseBody } from './answers.ts';
import { type ContractCase, collect, model } from './contract-case.ts';

/** Calls in which every text that may be content is one of `texts`, and that succeed and fail in many ways. */
export function battery(texts: Texts): readonly ContractCase[] {
  const { prompt, answer, args, fileName, errorMessage } = texts;
  const data = Buffer.from(`picture of ${prompt}`).toString('base64');
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: 'system', content: `Be kind. ${prompt}` },
    {
      role: 'user',
      name: 'alice',
      content: [
        { type: 'text', text: prompt },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
        {
          type: 'image_url',
          image_url: { url: `https://example.com/a.png?who=${encodeURIComponent(prompt)}` },
        },
        { type: 'file', file: { filename: fileName, file_data: `data:text/plain;base64,${data}` } },
      ],
    },
    {
      role: 'assistant',
      tool_calls: [{ id: 'call_0', type: 'function', function: { name: 'look', arguments: args } }],
    },
    { role: 'tool', tool_call_id: 'call_0', content: JSON.stringify({ found: [prompt] }) },
  ];
  const tools: OpenAI.ChatCompletionTool[] = [
    { type: 'function', function: { name: 'look', description: prompt, parameters: { type: 'object' } } },
  ];
  const chat = { model, messages, tools, user: prompt, metadata: { note: prompt } };
  const respond = {
    model,
    instructions: prompt,
    input: [{ role: 'user' as const, content: [{ type: 'input_text' as const, text: prompt }] }],
  };
  const choice = {
    index: 0,
    finish_reason: 'tool_calls',
    logprobs: null,
    message: {
      role: 'assistant',
      content: answer,
      refusal: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: args } }],
    },
  };
  const chunks = [
    chatChunk({ role: 'assistant', content: answer.slice(0, 3), reasoning_content: answer }),
    chatChunk({ content: answer.slice(3) }),
    chatChunk({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'look', arguments: args } }] }),
  ];
  const output = [
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: answer }] },
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      content: [{ type: 'output_text', text: answer, annotations: [] }],
    },
    { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: args },
  ];
  const refused = (status: number): Answer => ({
    status,
    headers: { 'content-type': 'application/json', 'retry-after-ms': '1' },
    steps: [
      JSON.stringify({
        error: { message: errorMessage, type: errorMessage, param: errorMessage, code: 'bad' },
      }),
    ],
  });
  const stream = ({ client }: { client: OpenAI }) =>
    client.chat.completions.create({ ...chat, stream: true });
  const readAll: ContractCase['run'] = async (site) => collect(await stream(site));
  const cases: Omit<ContractCase, 'calls'>[] = [
    {
      name: 'a chat',
      script: [json({ ...chatBody, choices: [choice, { ...choice, index: 1 }] })],
      run: ({ client }) => client.chat.completions.create({ ...chat, n: 2 }),
    },
    {
      name: 'a streamed chat',
      script: [events([...chunks, chatChunk({}, 'stop'), 'data: [DONE]\n\n'])],
      run: readAll,
    },
    { name: 'a stream that is cut', script: [events(chunks)], run: readAll },
    { name: 'a stream that is reset', script: [events([...chunks, { reset: true }])], run: readAll },
    {
      name: 'a stream that is left',
      script: [events([...chunks, { untilClientLeaves: true }])],
      run: async (site) => {
        for await (const chunk of await stream(site)) return chunk;
        return undefined;
      },
    },
    {
      name: 'a stream with an error in it',
      script: [events([...chunks, event({ error: { message: errorMessage, code: 'server_error' } })])],
      run: readAll,
    },
    {
      name: 'a stream that is no JSON',
      script: [events([...chunks, `data: {"content": ${answer}\n\n`])],
      run: readAll,
    },
    {
      name: 'a response',
      script: [json({ ...responseBody, instructions: prompt, output })],
      run: ({ client }) => client.responses.create(respond),
    },
    {
      name: 'a streamed response',
      script: [
        events([
          event({ type: 'response.created', response: { ...responseBody, output: [] } }),
          event({ type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: answer }),
          event({ type: 'response.completed', response: { ...responseBody, output } }),
        ]),
      ],
      run: async ({ client }) => collect(await client.responses.create({ ...respond, stream: true })),
    },
    {
      name: 'a response that failed',
      script: [
        json({
          ...responseBody,
          status: 'failed',
          output: [],
          error: { code: 'server_error', message: errorMessage },
        }),
      ],
      run: ({ client }) => client.responses.create(respond),
    },
    {
      name: 'embeddings',
      script: [json({ object: 'list', model, data: [], usage: { prompt_tokens: 3, total_tokens: 3 } })],
      run: ({ client }) =>
        client.embeddings.create({ model, input: [prompt, answer], encoding_format: 'float' }),
    },
    ...[400, 401, 404, 422, 429, 500].map((status) => ({
      name: `an answer of ${status}`,
      script: [refused(status), refused(status), refused(status)],
      run: ({ client }: { client: OpenAI }) => client.chat.completions.create(chat),
    })),
    {
      name: 'a chat after a refusal',
      script: [refused(503), json({ ...chatBody, choices: [choice] })],
      run: ({ client }) => client.chat.completions.create(chat),
    },
    {
      name: 'an answer that is no JSON',
      script: [
        { status: 200, headers: { 'content-type': 'application/json' }, steps: [`{"choices": ${answer}`] },
      ],
      run: ({ client }) => client.chat.completions.create(chat),
    },
    {
      name: 'an answer that is no JSON, read raw',
      script: [
        { status: 200, headers: { 'content-type': 'application/json' }, steps: [`{"choices": ${answer}`] },
      ],
      run: async ({ client }) => (await client.chat.completions.create(chat).asResponse()).json(),
    },
    {
      name: 'an error page',
      script: [{ status: 400, headers: { 'content-type': 'text/html' }, steps: [`<p>${errorMessage}</p>`] }],
      run: ({ client }) => client.chat.completions.create(chat),
    },
    {
      name: 'a reset',
      script: ['reset', 'reset', 'reset'],
      run: ({ client }) => client.chat.completions.create(chat),
    },
    {
      name: 'a request that cannot be sent',
      script: [],
      run: ({ client }) => {
        const cycle: Record<string, unknown> = { text: prompt };
        cycle['self'] = cycle;
        return client.chat.completions.create({ ...chat, metadata: cycle as never });
      },
    },
    {
      name: 'an abort',
      script: ['silence'],
      run: ({ client, abort, server }) => {
        void server.arrived(1).then(() => abort.abort(new Error(prompt)));
        return client.chat.completions.create(chat, { signal: abort.signal });
      },
    },
    {
      name: 'an upload',
      script: [json({ id: 'file-1', object: 'file', filename: fileName })],
      run: async ({ client, world }) =>
        client.files.create({
          file: await world.toFile(Buffer.from(prompt), fileName),
          purpose: 'user_data',
        }),
    },
    {
      name: 'an image',
      script: [json({ created: 1, data: [{ b64_json: data, revised_prompt: answer }] })],
      run: ({ client }) => client.images.generate({ model, prompt }),
    },
    {
      name: 'a query and headers',
      script: [failure(404)],
      run: ({ client }) =>
        client.get(`/files?name=${encodeURIComponent(prompt)}#${encodeURIComponent(prompt)}`, {
          query: { after: prompt },
          headers: { 'x-note': texts.header },
        }),
    },
    {
      name: 'an address of its own',
      script: [failure(404)],
      run: ({ client, server }) => client.get(`${server.origin}/v1/files/${encodeURIComponent(fileName)}`),
    },
    {
      name: 'a moderation',
      script: [json({ id: 'modr-1', model, results: [{ flagged: true, note: answer }] })],
      run: ({ client }) => client.moderations.create({ model, input: prompt }),
    },
  ];
  return cases.map((one) => ({
    ...one,
    options: { apiKey: texts.apiKey, defaultQuery: { tenant: prompt }, maxRetries: 2 },
    calls: [],
  }));
}

export interface Texts {
  readonly prompt: string;
  readonly answer: string;
  /** Arguments of a tool call, as JSON. */
  readonly args: string;
  readonly fileName: string;
  readonly errorMessage: string;
  readonly apiKey: string;
  readonly header: string;
}
