import type { ClientOptions } from 'openai';
import {
  chatBody,
  chatChunk,
  chatEvents,
  chatPieces,
  event,
  events,
  failure,
  json,
  responseBody,
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
} from '../contract-case.ts';

const streamed = { ...chatParams, stream: true } as const;
const [choice] = chatBody.choices;
const empty = {
  ...chatBody,
  choices: [
    { ...choice, message: { role: 'assistant', content: '', refusal: null }, finish_reason: 'length' },
  ],
};
const imitate = (status: number, body: unknown): Response =>
  ({
    ok: status < 300,
    status,
    headers: new Headers({ 'content-type': 'application/json', 'retry-after-ms': '1' }),
    url: 'http://127.0.0.1/imitated',
    json: async () => body,
    text: async () => JSON.stringify(body),
  }) as unknown as Response;

/** A client whose `fetch` imitates responses, as the test tools of some users do. */
const imitating: NonNullable<ContractCase['create']> = ({ OpenAI }, options: ClientOptions) => {
  let turn = 0;
  return new OpenAI({
    ...options,
    fetch: async () => (turn++ === 0 ? imitate(503, { error: { message: 'no' } }) : imitate(200, chatBody)),
  });
};

/** What is rare, and was thought of all the same. */
export const odd: readonly ContractCase[] = [
  {
    name: 'an answer that spent its whole allowance on reasoning',
    script: [json(empty)],
    run: ({ client }) => client.chat.completions.create(chatParams),
    calls: [{ ...billed('10/5', 200), outcome: 'empty' }],
  },
  {
    name: 'a response that failed inside a good answer',
    script: [
      json({
        ...responseBody,
        status: 'failed',
        error: { code: 'server_error', message: 'broke' },
        output: [],
      }),
    ],
    run: ({ client }) => client.responses.create({ model, input: 'Hi' }),
    calls: [{ ...bad('provider_error', 200), tokens: '10/5' }],
  },
  {
    name: 'a stream of two choices of which one is never finished',
    script: [events([...chatPieces, chatChunk({}, 'stop')])],
    run: async ({ client }) => collect(await client.chat.completions.create({ ...streamed, n: 2 })),
    calls: [{ outcome: 'truncated', errorType: 'truncated', attempts: [200] }],
  },
  {
    name: 'a stream of an endpoint that is not known',
    script: [events([event({ text: 'a' }), event({ text: 'b' }), 'data: [DONE]\n\n'])],
    run: async ({ client }) =>
      collect(await client.completions.create({ model, prompt: 'Hi', stream: true })),
    calls: [ok(200)],
  },
  {
    name: 'a signal that times out',
    script: ['silence'],
    run: ({ client }) => client.chat.completions.create(chatParams, { signal: AbortSignal.timeout(60) }),
    calls: [cancelled('cancelled')],
  },
  {
    name: 'an abort of a connection that was reset before',
    script: ['reset', 'silence'],
    run: ({ client, server, abort }) => {
      void server.arrived(2).then(() => abort.abort());
      return client.chat.completions.create(chatParams, { signal: abort.signal });
    },
    calls: [cancelled('connection_error', 'cancelled')],
  },
  {
    name: 'a list that is left in its first page',
    script: [json({ object: 'list', data: [{ id: 'a' }, { id: 'b' }], has_more: true })],
    run: async ({ client }) => {
      for await (const job of client.fineTuning.jobs.list()) return job.id;
      return 'none';
    },
    calls: [ok(200)],
  },
  {
    name: 'a list whose second page is refused',
    script: [json({ object: 'list', data: [{ id: 'a' }], has_more: true }), failure(404)],
    run: ({ client }) => collect(client.fineTuning.jobs.list()),
    calls: [ok(200), bad('not_found', 404)],
  },
  {
    name: 'one options object in two calls at once',
    script: (path) => (path.endsWith('/x') ? json({ id: 'x' }) : failure(404)),
    run: ({ client }) => {
      const shared = { method: 'get', path: '/x' } as const;
      return Promise.all([client.request(shared), client.request(shared)]);
    },
    calls: [ok(200), ok(200)],
  },
  {
    name: 'one options object in two calls at once that both meet a 503',
    script: [failure(503), failure(503), json({ id: 'x' }), json({ id: 'x' })],
    run: ({ client }) => {
      const shared = { method: 'get', path: '/x' } as const;
      return Promise.all([client.request(shared), client.request(shared)]);
    },
    calls: [ok(503, 200), ok(503, 200)],
    anyOrder: true,
  },
  {
    name: 'options that are promised',
    script: [failure(503), json({ id: 'x' })],
    run: ({ client }) => client.request(Promise.resolve({ method: 'get', path: '/x' } as const)),
    calls: [ok(503, 200)],
  },
  {
    name: 'options that are promised and fail',
    script: [],
    run: ({ client }) => client.request(Promise.reject(new Error('never mind'))),
    calls: [],
  },
  {
    name: 'a fetch that imitates responses',
    script: [],
    create: imitating,
    run: ({ client }) => client.chat.completions.create(chatParams),
    calls: [billed('10/5', 503, 200)],
    unseen: 2,
  },
  {
    name: 'a call inside another one, made by its fetch',
    script: (path) => (path.endsWith('/models/inner') ? json({ id: 'inner' }) : json(chatBody)),
    create: ({ OpenAI }, options) => {
      const client: InstanceType<typeof OpenAI> = new OpenAI({
        ...options,
        fetch: async (url, init) => {
          if (String(url).includes('/chat/')) await client.models.retrieve('inner');
          return fetch(url, init);
        },
      });
      return client;
    },
    run: ({ client }) => client.chat.completions.create(chatParams),
    calls: [ok(200), ok(200)],
    nested: true,
  },
  {
    name: 'a plain text answer of no bytes',
    script: [{ status: 200, headers: { 'content-type': 'text/plain', 'content-length': '0' }, steps: [] }],
    run: ({ client }) => client.get('/nothing'),
    calls: [ok(200)],
  },
  {
    name: 'a redirect that is followed',
    script: [{ status: 307, headers: { location: '/v1/elsewhere' }, steps: [] }, events(chatEvents)],
    run: async ({ client }) => collect(await client.chat.completions.create(streamed)),
    calls: [ok(200)],
    unseen: -1,
  },
];
