import {
  chatBody,
  chatChunk,
  chatEvents,
  chatPieces,
  embeddingBody,
  event,
  events,
  failure,
  json,
  responseBody,
  responseEvents,
} from './answers.ts';
import { type ContractCase, chatParams, collect, model } from './contract-case.ts';

export const text = (content: string) => ({ type: 'text', content });
export const said = (role: string, ...parts: unknown[]) => ({ role, parts });
export const answered = (finish: string, ...parts: unknown[]) => ({
  role: 'assistant',
  parts,
  finish_reason: finish,
});
export const hi = [said('user', text('Hi'))];
export const streamed = { ...chatParams, stream: true } as const;
const toolCall = {
  id: 'call_1',
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Köln"}' },
};
const toolPart = { type: 'tool_call', id: 'call_1', name: 'weather', arguments: { city: 'Köln' } };
const sha256OfHello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const hello = Buffer.from('hello').toString('base64');
const blob = { type: 'blob', content: `sha256:${sha256OfHello}`, byte_size: 5 };

/** A call, and what of it is shown. */
export interface Shape extends Pick<ContractCase, 'name' | 'script' | 'run'> {
  readonly content: Record<string, unknown>;
  /** Where openai 6 hands over something else. */
  readonly contentBy6?: Record<string, unknown>;
}

export const choice = (index: number, message: object, finish_reason = 'stop') => ({
  index,
  message,
  finish_reason,
});
export const chatOf = (...choices: object[]) => json({ ...chatBody, choices });
const responseOf = (...output: object[]) => json({ ...responseBody, output });
const chunkAt = (index: number, delta: object, finish_reason: string | null = null): string =>
  event({ id: 'chatcmpl-1', model, choices: [{ index, delta, finish_reason }] });

/** Every kind of content, as JSON and streamed. */
export const shapes: readonly Shape[] = [
  {
    name: 'a chat',
    script: [json(chatBody)],
    run: ({ client }) => client.chat.completions.create(chatParams),
    content: { input: hi, output: [answered('stop', text('Grüße'))] },
  },
  {
    name: 'a chat read raw',
    script: [json(chatBody)],
    run: async ({ client }) => (await client.chat.completions.create(chatParams).asResponse()).arrayBuffer(),
    content: { input: hi, output: [answered('stop', text('Grüße'))] },
  },
  {
    name: 'a streamed chat',
    script: [events(chatEvents)],
    run: async ({ client }) => collect(await client.chat.completions.create(streamed)),
    content: { input: hi, output: [answered('stop', text('Grüße aus Köln'))] },
  },
  {
    name: 'a streamed chat cut into single bytes',
    script: [events([...Buffer.from(chatEvents.join(''))].map((byte) => new Uint8Array([byte])))],
    run: async ({ client }) => collect(await client.chat.completions.create(streamed)),
    content: { input: hi, output: [answered('stop', text('Grüße aus Köln'))] },
  },
  {
    name: 'a streamed chat read by two through tee()',
    script: [events(chatEvents)],
    run: async ({ client }) => {
      const [left, right] = (await client.chat.completions.create(streamed)).tee();
      return Promise.all([collect(left), collect(right)]);
    },
    content: { input: hi, output: [answered('stop', text('Grüße aus Köln'))] },
  },
  {
    name: 'a streamed chat read as text',
    script: [events(chatEvents)],
    run: async ({ client }) => (await client.chat.completions.create(streamed).asResponse()).text(),
    content: { input: hi, output: [answered('stop', text('Grüße aus Köln'))] },
  },
  {
    name: 'a stream whose last event is not closed',
    script: [events([...chatPieces, chatChunk({ content: '!' }, 'stop').trimEnd()])],
    run: async ({ client }) => collect(await client.chat.completions.create(streamed)),
    content: { input: hi, output: [answered('stop', text('Grüße aus Köln!'))] },
    contentBy6: { input: hi, output: [answered('error', text('Grüße aus Köln'))] },
  },
  {
    name: 'a stream that is cut',
    script: [events(chatPieces)],
    run: async ({ client }) => collect(await client.chat.completions.create(streamed)),
    content: { input: hi, output: [answered('error', text('Grüße aus Köln'))] },
  },
  {
    name: 'a stream that the caller leaves',
    script: [events([chatPieces[0] ?? '', { untilClientLeaves: true }])],
    run: async ({ client }) => {
      for await (const chunk of await client.chat.completions.create(streamed)) return chunk;
      return undefined;
    },
    content: { input: hi, output: [answered('error', text('Gr'))] },
  },
  {
    name: 'a chat with two choices, reasoning, a refusal and a tool call',
    script: [
      chatOf(
        choice(
          0,
          { role: 'assistant', content: null, reasoning_content: 'Hm.', tool_calls: [toolCall] },
          'tool_calls',
        ),
        choice(1, { role: 'assistant', content: 'No', refusal: 'I will not.' }, 'content_filter'),
      ),
    ],
    run: ({ client }) => client.chat.completions.create({ ...chatParams, n: 2 }),
    content: {
      input: hi,
      output: [
        answered('tool_call', { type: 'reasoning', content: 'Hm.' }, toolPart),
        answered('content_filter', text('No'), { type: 'refusal', content: 'I will not.' }),
      ],
    },
  },
  {
    name: 'the same, streamed, with the choices in turns',
    script: [
      events([
        chunkAt(0, { role: 'assistant', reasoning_content: 'H' }),
        chunkAt(1, { role: 'assistant', content: 'N' }),
        chunkAt(0, { reasoning_content: 'm.' }),
        chunkAt(0, {
          tool_calls: [{ index: 0, ...toolCall, function: { name: 'weather', arguments: '{"city"' } }],
        }),
        chunkAt(1, { content: 'o' }),
        chunkAt(0, { tool_calls: [{ index: 0, function: { arguments: ':"Köln"}' } }] }),
        chunkAt(1, { refusal: 'I will not.' }),
        chunkAt(1, {}, 'content_filter'),
        chunkAt(0, {}, 'tool_calls'),
        'data: [DONE]\n\n',
      ]),
    ],
    run: async ({ client }) => collect(await client.chat.completions.create({ ...streamed, n: 2 })),
    content: {
      input: hi,
      output: [
        answered('tool_call', { type: 'reasoning', content: 'Hm.' }, toolPart),
        answered('content_filter', text('No'), { type: 'refusal', content: 'I will not.' }),
      ],
    },
  },
  {
    name: 'a chat with everything that can be in one',
    script: [json(chatBody)],
    run: ({ client }) =>
      client.chat.completions.create({
        model,
        messages: [
          { role: 'developer', content: 'Be kind.' },
          {
            role: 'user',
            name: 'alice',
            content: [
              { type: 'text', text: 'Look' },
              { type: 'image_url', image_url: { url: `data:image/png;base64,${hello}`, detail: 'low' } },
              { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
              { type: 'input_audio', input_audio: { data: hello, format: 'mp3' } },
              {
                type: 'file',
                file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${hello}` },
              },
              { type: 'file', file: { file_id: 'file-1' } },
            ],
          },
          { role: 'assistant', content: null, tool_calls: [toolCall as never] },
          { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
        ],
        tools: [
          {
            type: 'function',
            function: { name: 'weather', description: 'the weather', parameters: { type: 'object' } },
          },
          { type: 'custom', custom: { name: 'free' } },
        ],
      }),
    content: {
      input: [
        said('developer', text('Be kind.')),
        {
          ...said(
            'user',
            text('Look'),
            { ...blob, modality: 'image', mime_type: 'image/png', detail: 'low' },
            { type: 'uri', modality: 'image', uri: 'https://example.com/a.png' },
            { ...blob, modality: 'audio', mime_type: 'audio/mpeg' },
            { ...blob, modality: 'file', mime_type: 'application/pdf', file_name: 'a.pdf' },
            { type: 'file', modality: 'file', file_id: 'file-1' },
          ),
          name: 'alice',
        },
        said('assistant', toolPart),
        said('tool', { type: 'tool_call_response', id: 'call_1', response: 'rain' }),
      ],
      output: [answered('stop', text('Grüße'))],
      tools: [
        { type: 'function', name: 'weather', description: 'the weather', parameters: { type: 'object' } },
        { type: 'custom', name: 'free' },
      ],
    },
  },
  {
    name: 'a spoken answer',
    script: [
      chatOf(
        choice(0, {
          role: 'assistant',
          content: null,
          audio: { id: 'audio_1', data: hello, transcript: 'Hello' },
        }),
      ),
    ],
    run: ({ client }) => client.chat.completions.create(chatParams),
    content: {
      input: hi,
      output: [answered('stop', { ...blob, modality: 'audio', id: 'audio_1', transcript: 'Hello' })],
    },
  },
  {
    name: 'a spoken answer, streamed',
    script: [
      events([
        chunkAt(0, { role: 'assistant', audio: { id: 'audio_1', transcript: 'Hel' } }),
        chunkAt(0, { audio: { data: Buffer.from('hel').toString('base64') } }),
        chunkAt(0, { audio: { data: Buffer.from('lo').toString('base64'), transcript: 'lo' } }),
        chunkAt(0, {}, 'stop'),
        'data: [DONE]\n\n',
      ]),
    ],
    run: async ({ client }) => collect(await client.chat.completions.create(streamed)),
    content: {
      input: hi,
      output: [answered('stop', { ...blob, modality: 'audio', id: 'audio_1', transcript: 'Hello' })],
    },
  },
  {
    name: 'a response',
    script: [json(responseBody)],
    run: ({ client }) => client.responses.create({ model, input: 'Hi', instructions: 'Be kind.' }),
    content: { input: hi, instructions: [text('Be kind.')], output: [answered('stop', text('Hello'))] },
  },
  {
    name: 'a streamed response',
    script: [events(responseEvents)],
    run: async ({ client }) => collect(await client.responses.create({ model, input: 'Hi', stream: true })),
    content: { input: hi, output: [answered('stop', text('Hello'))] },
  },
  {
    name: 'a response stream that is cut',
    script: [
      events([
        ...responseEvents.slice(0, 4),
        event({
          type: 'response.output_item.added',
          output_index: 1,
          item: { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'weather', arguments: '' },
        }),
        event({ type: 'response.function_call_arguments.delta', output_index: 1, delta: '{"city":' }),
        event({
          type: 'response.output_item.done',
          output_index: 2,
          item: { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }] },
        }),
      ]),
    ],
    run: async ({ client }) => collect(await client.responses.create({ model, input: 'Hi', stream: true })),
    content: {
      input: hi,
      output: [
        answered(
          'error',
          text('Hello'),
          { type: 'tool_call', id: 'call_1', name: 'weather', arguments: '{"city":' },
          { type: 'reasoning', content: 'Hm.' },
        ),
      ],
    },
  },
  {
    name: 'a response with everything that can be in one',
    script: [
      responseOf(
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'Hm.' }],
          encrypted_content: 'gAAA',
        },
        {
          type: 'code_interpreter_call',
          id: 'ci_1',
          status: 'completed',
          code: '1+1',
          outputs: [{ type: 'logs', logs: '2' }],
        },
        { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: hello },
        { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
        {
          type: 'function_call',
          id: 'fc_1',
          call_id: 'call_1',
          name: 'weather',
          arguments: '{"city":"Köln"}',
        },
        { type: 'shell_call', id: 'sh_1', call_id: 'call_2', action: { commands: ['ls'] } },
      ),
    ],
    run: ({ client }) =>
      client.responses.create({
        model,
        instructions: 'Be kind.',
        input: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'Look' },
              { type: 'input_image', image_url: `data:image/png;base64,${hello}`, detail: 'auto' },
              { type: 'input_file', file_id: 'file-1' },
            ],
          },
          { type: 'function_call', call_id: 'call_0', name: 'weather', arguments: '{"city":"Köln"}' },
          { type: 'function_call_output', call_id: 'call_0', output: 'rain' },
          { type: 'item_reference', id: 'msg_0' },
        ],
        tools: [
          { type: 'function', name: 'weather', parameters: { type: 'object' }, strict: true },
          { type: 'web_search' },
        ],
      }),
    content: {
      instructions: [text('Be kind.')],
      input: [
        said('system', text('Be brief.')),
        said(
          'user',
          text('Look'),
          { ...blob, modality: 'image', mime_type: 'image/png', detail: 'auto' },
          { type: 'file', modality: 'file', file_id: 'file-1' },
        ),
        said('assistant', { ...toolPart, id: 'call_0' }),
        said('tool', { type: 'tool_call_response', id: 'call_0', response: 'rain' }),
        said('unknown', { type: 'item_reference', id: 'msg_0' }),
      ],
      output: [
        answered(
          'tool_call',
          { type: 'reasoning', content: 'Hm.' },
          {
            type: 'server_tool_call',
            id: 'ci_1',
            name: 'code_interpreter',
            server_tool_call: { type: 'code_interpreter', code: '1+1' },
          },
          {
            type: 'server_tool_call_response',
            id: 'ci_1',
            server_tool_call_response: { type: 'code_interpreter', outputs: [{ type: 'logs', logs: '2' }] },
          },
          {
            type: 'server_tool_call',
            id: 'ig_1',
            name: 'image_generation',
            server_tool_call: { type: 'image_generation' },
          },
          { ...blob, modality: 'image', mime_type: 'image/png' },
          { type: 'refusal', content: 'No.' },
          toolPart,
          { type: 'tool_call', id: 'call_2', name: 'shell', arguments: { commands: ['ls'] } },
        ),
      ],
      tools: [
        { type: 'function', name: 'weather', parameters: { type: 'object' }, strict: true },
        { type: 'web_search', name: 'web_search' },
      ],
    },
  },
  {
    name: 'embeddings of texts',
    script: [json(embeddingBody([0.5]))],
    run: ({ client }) => client.embeddings.create({ model, input: ['a', 'b'], encoding_format: 'float' }),
    content: { input: [said('user', text('a'), text('b'))] },
  },
  {
    name: 'embeddings of token numbers',
    script: [json(embeddingBody([0.5]))],
    run: ({ client }) => client.embeddings.create({ model, input: [1, 2, 3], encoding_format: 'float' }),
    content: { input: [said('user', { type: 'token_ids', count: 3 })] },
  },
  {
    name: 'a call that fails',
    script: [failure(400)],
    run: ({ client }) => client.chat.completions.create(chatParams),
    content: { input: hi },
  },
  {
    name: 'a chat that was turned away once',
    script: [failure(503), json(chatBody)],
    run: ({ client }) => client.chat.completions.create(chatParams),
    content: { input: hi, output: [answered('stop', text('Grüße'))] },
  },
  {
    name: 'an endpoint that is not inference',
    script: [json({ id: 'file-1' })],
    run: ({ client }) => client.files.retrieve('file-1'),
    content: {},
  },
];
