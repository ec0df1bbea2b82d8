import {
  chatBody,
  chatEvents,
  embeddingBody,
  embeddingNumbers,
  events,
  failure,
  json,
  responseBody,
  responseEvents,
} from '../answers.ts';
import { bad, billed, type ContractCase, chatParams, collect, model, ok } from '../contract-case.ts';

const packed = Buffer.from(new Float32Array(embeddingNumbers).buffer).toString('base64');
const page = (id: string, more: boolean): object => ({
  object: 'list',
  data: [{ id, object: 'fine_tuning.job' }],
  has_more: more,
});

/** The everyday calls. */
export const basics: readonly ContractCase[] = [
  {
    name: 'a chat as JSON',
    script: [json(chatBody)],
    run: async ({ client }) => {
      const completion = await client.chat.completions.create(chatParams);
      return { completion, requestId: completion._request_id, keys: Object.keys(completion) };
    },
    calls: [billed('10/5', 200)],
  },
  {
    name: 'a chat as a stream',
    script: [events(chatEvents)],
    run: async ({ client }) => collect(await client.chat.completions.create({ ...chatParams, stream: true })),
    calls: [ok(200)],
  },
  {
    name: 'a response as JSON',
    script: [json(responseBody)],
    run: async ({ client }) => {
      const response = await client.responses.create({ model, input: 'Hi' });
      return { response, text: response.output_text };
    },
    calls: [billed('10/5', 200)],
  },
  {
    name: 'a response as a stream',
    script: [events(responseEvents)],
    run: async ({ client }) => collect(await client.responses.create({ model, input: 'Hi', stream: true })),
    calls: [billed('10/5', 200)],
  },
  {
    name: 'embeddings, which travel as base64',
    script: [json(embeddingBody(packed))],
    run: ({ client }) => client.embeddings.create({ model: 'text-embedding-3-small', input: 'Hi' }),
    calls: [billed('3/undefined', 200)],
  },
  {
    name: 'embeddings as numbers',
    script: [json(embeddingBody(embeddingNumbers))],
    run: ({ client }) =>
      client.embeddings.create({ model: 'text-embedding-3-small', input: 'Hi', encoding_format: 'float' }),
    calls: [billed('3/undefined', 200)],
  },
  {
    name: 'one model',
    script: [json({ id: 'gpt-5', object: 'model' })],
    run: ({ client }) => client.models.retrieve('gpt-5'),
    calls: [ok(200)],
  },
  {
    name: 'the list of models',
    script: [json({ object: 'list', data: [{ id: 'a' }, { id: 'b' }] })],
    run: async ({ client }) => collect(client.models.list()),
    calls: [ok(200)],
  },
  {
    name: 'a list whose second page meets a 503 first',
    script: [json(page('a', true)), failure(503), json(page('b', false))],
    run: async ({ client }) => collect(client.fineTuning.jobs.list({ limit: 1 })),
    calls: [ok(200), ok(503, 200)],
  },
  {
    name: 'a list that is awaited and paged by hand',
    script: [json(page('a', true)), json(page('b', false))],
    run: async ({ client }) => {
      const first = await client.fineTuning.jobs.list({ limit: 1 });
      const second = await first.getNextPage();
      return [first.data, first.hasNextPage(), second.data, second.hasNextPage()];
    },
    calls: [ok(200), ok(200)],
  },
  {
    name: 'a list with its response',
    script: [json(page('a', false))],
    run: async ({ client }) => {
      const { data, response, request_id } = await client.fineTuning.jobs.list().withResponse();
      return { data: data.data, status: response.status, request_id };
    },
    calls: [ok(200)],
  },
  {
    name: 'a deletion answered with 204',
    script: [{ status: 204, headers: {}, steps: [] }],
    run: async ({ client }) => ({ value: await client.delete('/responses/resp_1') }),
    calls: [ok(204)],
  },
  {
    name: 'an answer of no bytes',
    script: [
      { status: 200, headers: { 'content-type': 'application/json', 'content-length': '0' }, steps: [] },
    ],
    run: async ({ client }) => ({ value: await client.chat.completions.create(chatParams) }),
    // 6.0.0 parses it, later versions do not read it.
    calls: ({ version }) => (version === '6.0.0' ? [bad('malformed_response', 200)] : [ok(200)]),
  },
  {
    name: 'a plain text answer',
    script: [{ status: 200, headers: { 'content-type': 'text/plain' }, steps: ['1\n00:00 → Hi'] }],
    run: ({ client }) => client.get('/anything'),
    calls: [ok(200)],
  },
  {
    name: 'a binary answer',
    script: [
      {
        status: 200,
        headers: { 'content-type': 'application/octet-stream' },
        steps: [new Uint8Array([1, 255, 0])],
      },
    ],
    run: async ({ client }) => [
      ...new Uint8Array(await (await client.files.content('file-1')).arrayBuffer()),
    ],
    calls: [ok(200)],
  },
  {
    name: 'JSON that is none',
    script: [{ status: 200, headers: { 'content-type': 'application/json' }, steps: ['{"id": "x", '] }],
    run: ({ client }) => client.chat.completions.create(chatParams),
    calls: [bad('malformed_response', 200)],
  },
];
