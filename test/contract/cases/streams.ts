import {
  chatBody,
  chatChunk,
  chatEnd,
  chatEvents,
  chatPieces,
  event,
  events,
  failure,
  json,
  responseEvents,
} from '../answers.ts';
import {
  bad,
  billed,
  type ContractCase,
  cancelled,
  chatParams,
  collect,
  model,
  ok,
  type Site,
} from '../contract-case.ts';
import { errorPortrait } from '../normalize.ts';

const streamed = { ...chatParams, stream: true } as const;
const read: ContractCase['run'] = async (site) => readAll(site);

/** What a caller has of a stream, up to and with its error. */
async function readAll({ client }: Site): Promise<unknown> {
  const seen: unknown[] = [];
  try {
    for await (const chunk of await client.chat.completions.create(streamed)) seen.push(chunk);
  } catch (error) {
    seen.push(errorPortrait(error, client));
  }
  return seen;
}

const truncated = { outcome: 'truncated', errorType: 'truncated', attempts: [200] };

/** Streams that are left, cut, broken or read in other ways. */
export const streams: readonly ContractCase[] = [
  {
    name: 'a stream that is left after its first chunk',
    script: [events([chatPieces[0] ?? '', { untilClientLeaves: true }])],
    run: async ({ client }) => {
      for await (const chunk of await client.chat.completions.create(streamed)) return chunk;
      return 'nothing';
    },
    calls: [cancelled(200)],
  },
  {
    name: 'a stream that ends without a finish',
    script: [events(chatPieces)],
    run: read,
    calls: [truncated],
  },
  { name: 'a stream without a byte', script: [events([])], run: read, calls: [truncated] },
  {
    name: 'a finished stream without [DONE]',
    script: [events([...chatPieces, chatEnd[0] ?? ''])],
    run: read,
    calls: [ok(200)],
  },
  {
    name: 'a stream with an error in it',
    script: [events([...chatPieces, event({ error: { message: 'broke', code: 'server_error' } })])],
    run: read,
    calls: [bad('provider_error', 200)],
  },
  {
    name: 'a stream with a chunk that is no JSON',
    script: [events([...chatPieces, 'data: {"id": \n\n', ...chatEnd])],
    run: read,
    calls: [bad('malformed_response', 200)],
  },
  {
    name: 'a stream that is reset midway',
    script: [events([...chatPieces, { reset: true }])],
    run: read,
    calls: [bad('connection_error', 200)],
  },
  {
    name: 'a stream after a 429',
    script: [failure(429), events(chatEvents)],
    run: read,
    calls: [ok(429, 200)],
  },
  {
    name: 'a stream cut into single bytes, with \\r\\n and comments',
    script: [
      events(
        [...Buffer.from(`: hello\r\n\r\n${chatEvents.join('').replaceAll('\n', '\r\n')}`)].map(
          (byte) => new Uint8Array([byte]),
        ),
      ),
    ],
    run: read,
    calls: [ok(200)],
  },
  {
    name: 'a stream stopped by its controller',
    script: [events([...chatPieces, { untilClientLeaves: true }])],
    run: async ({ client }) => {
      const stream = await client.chat.completions.create(streamed);
      const seen: unknown[] = [];
      for await (const chunk of stream) {
        seen.push(chunk);
        if (seen.length === chatPieces.length) stream.controller.abort();
      }
      return seen;
    },
    calls: [cancelled(200)],
  },
  {
    name: 'a stream stopped before it is read',
    script: [events([chatPieces[0] ?? '', { untilClientLeaves: true }])],
    run: async ({ client }) => {
      const stream = await client.chat.completions.create(streamed);
      stream.controller.abort();
      return collect(stream);
    },
    calls: [cancelled(200)],
  },
  {
    name: 'a stream read by two through tee()',
    script: [events(chatEvents)],
    run: async ({ client }) => {
      const [left, right] = (await client.chat.completions.create(streamed)).tee();
      return Promise.all([collect(left), collect(right)]);
    },
    calls: [ok(200)],
  },
  {
    name: 'a stream passed on by toReadableStream()',
    script: [events(chatEvents)],
    run: async ({ client }) => {
      const stream = await client.chat.completions.create(streamed);
      return new Response(stream.toReadableStream()).text();
    },
    calls: [ok(200)],
  },
  {
    name: 'a stream that is iterated twice',
    script: [events(chatEvents)],
    run: async ({ client }) => {
      const stream = await client.chat.completions.create(streamed);
      const first = await collect(stream);
      const second = await collect(stream).catch((error: unknown) => errorPortrait(error, client));
      return [first, second];
    },
    calls: [ok(200)],
  },
  {
    name: 'a streamed request answered with JSON',
    script: [json(chatBody)],
    run: read,
    calls: [{ outcome: 'truncated', errorType: 'truncated', attempts: [200] }],
  },
  {
    name: 'a stream with usage that the caller asked for',
    script: [
      events([
        ...chatPieces,
        chatChunk({}, 'stop'),
        event({
          id: 'chatcmpl-1',
          object: 'chat.completion.chunk',
          model,
          choices: [],
          usage: chatBody.usage,
        }),
        'data: [DONE]\n\n',
      ]),
    ],
    run: async ({ client }) =>
      collect(await client.chat.completions.create({ ...streamed, stream_options: { include_usage: true } })),
    calls: [billed('10/5', 200)],
  },
  {
    name: 'a response stream that is cut',
    script: [events(responseEvents.slice(0, 4))],
    run: async ({ client }) => collect(await client.responses.create({ model, input: 'Hi', stream: true })),
    calls: [truncated],
  },
  {
    name: 'a response stream that fails',
    script: [
      events([
        ...responseEvents.slice(0, 4),
        event(
          { type: 'error', code: 'server_error', message: 'broke', param: null, sequence_number: 4 },
          'error',
        ),
      ]),
    ],
    run: async ({ client }) => {
      const seen: unknown[] = [];
      try {
        for await (const item of await client.responses.create({ model, input: 'Hi', stream: true }))
          seen.push(item);
      } catch (error) {
        seen.push(errorPortrait(error, client));
      }
      return seen;
    },
    calls: [bad('provider_error', 200)],
  },
];
