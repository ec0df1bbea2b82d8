import { inspect } from 'node:util';
import { chatBody, chatEvents, chatPieces, events, failure, json } from '../answers.ts';
import {
  bad,
  billed,
  type ContractCase,
  cancelled,
  chatParams,
  collect,
  ok,
  type Site,
} from '../contract-case.ts';
import { errorPortrait, plainText } from '../normalize.ts';

const streamed = { ...chatParams, stream: true } as const;
const raw = ({ client }: Site): Promise<Response> => client.chat.completions.create(chatParams).asResponse();
const rawStream = ({ client }: Site): Promise<Response> =>
  client.chat.completions.create(streamed).asResponse();

/** Answers that the caller reads by hand. */
export const raws: readonly ContractCase[] = [
  {
    name: 'asResponse(), then json()',
    script: [json(chatBody)],
    run: async (site) => {
      const response = await raw(site);
      return {
        body: await response.json(),
        type: response.headers.get('content-type'),
        used: response.bodyUsed,
      };
    },
    calls: [billed('10/5', 200)],
  },
  {
    name: 'asResponse(), then text()',
    script: [json(chatBody)],
    run: async (site) => (await raw(site)).text(),
    calls: [billed('10/5', 200)],
  },
  {
    name: 'asResponse() and what it looks like',
    script: [json(chatBody)],
    run: async (site) => {
      const response = await raw(site);
      const copy = response.clone();
      await Promise.all([copy.text(), response.text()]);
      return [response, copy].map((one) => ({
        shown: plainText(inspect(one)),
        isResponse: [one instanceof Response, one.constructor === Response],
        tag: Object.prototype.toString.call(one),
        keys: [Reflect.ownKeys(one), Object.keys(one)],
        extensible: Object.isExtensible(one),
        body: [one.body instanceof ReadableStream, one.body?.locked],
        rest: [one.ok, one.status, one.type, one.redirected, one.bodyUsed],
      }));
    },
    calls: [ok(200)],
  },
  {
    name: 'asResponse(), then blob()',
    script: [json(chatBody)],
    run: async (site) => (await (await raw(site)).blob()).text(),
    calls: [ok(200)],
  },
  {
    name: 'asResponse(), then its reader',
    script: [json(chatBody)],
    run: async (site) => {
      const reader = (await raw(site)).body?.getReader();
      let text = '';
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
        if (done) return text;
        text += Buffer.from(value ?? []).toString('latin1');
      }
    },
    calls: [billed('10/5', 200)],
  },
  {
    name: 'asResponse(), then iterated',
    script: [events(chatEvents)],
    run: async (site) => {
      const { body } = await rawStream(site);
      return body === null ? 'no body' : Buffer.concat(await collect(body)).toString();
    },
    calls: [ok(200)],
  },
  {
    name: 'asResponse() of a stream, then text()',
    script: [events(chatEvents)],
    run: async (site) => (await rawStream(site)).text(),
    calls: [ok(200)],
  },
  {
    name: 'asResponse(), then both a clone and itself',
    script: [json(chatBody)],
    run: async (site) => {
      const response = await raw(site);
      const copy = response.clone();
      return [await copy.json(), await response.json()];
    },
    calls: [billed('10/5', 200)],
  },
  {
    name: 'asResponse() of a stream, then a clone and itself at once',
    script: [events(chatEvents)],
    run: async (site) => {
      const response = await rawStream(site);
      const copy = response.clone();
      const [left, right] = [response.body, copy.body];
      if (left === null || right === null) return 'no body';
      return Promise.all([collect(left), collect(right)]);
    },
    calls: [ok(200)],
  },
  {
    name: 'asResponse() of a stream, then only its clone',
    script: [events(chatEvents)],
    run: async (site) => (await rawStream(site)).clone().text(),
    calls: [ok(200)],
  },
  {
    name: 'asResponse(), then read twice',
    script: [json(chatBody)],
    run: async (site) => {
      const response = await raw(site);
      const first = response.text();
      const second = response.text().catch((error: unknown) => errorPortrait(error, site.client));
      return [await first, await second];
    },
    calls: [billed('10/5', 200)],
  },
  {
    name: 'asResponse(), then pipeThrough()',
    script: [events(chatEvents)],
    run: async (site) => {
      const { body } = await rawStream(site);
      return body === null ? 'no body' : (await collect(body.pipeThrough(new TextDecoderStream()))).join('');
    },
    calls: [ok(200)],
  },
  {
    name: 'asResponse(), then pipeTo()',
    script: [events(chatEvents)],
    run: async (site) => {
      const pieces: string[] = [];
      const sink = new WritableStream({
        write: (piece: Uint8Array) => void pieces.push(Buffer.from(piece).toString()),
      });
      await (await rawStream(site)).body?.pipeTo(sink);
      return pieces.join('');
    },
    calls: [ok(200)],
  },
  {
    name: 'asResponse(), then wrapped into another Response',
    script: [events(chatEvents)],
    run: async (site) => new Response((await rawStream(site)).body).text(),
    calls: [ok(200)],
  },
  {
    name: 'asResponse(), then cancelled',
    script: [events([...chatPieces, { untilClientLeaves: true }])],
    run: async (site) => {
      const response = await rawStream(site);
      await response.body?.cancel();
      return response.status;
    },
    calls: [cancelled(200)],
  },
  {
    name: 'asResponse() after a retry',
    script: [failure(429), json(chatBody)],
    run: async (site) => (await raw(site)).json(),
    calls: [billed('10/5', 429, 200)],
  },
  {
    name: 'asResponse() whose body is looked at before json() fails',
    script: [{ status: 200, headers: { 'content-type': 'application/json' }, steps: ['{"id": '] }],
    run: async (site) => {
      const response = await raw(site);
      return response.body === null ? 'no body' : response.json();
    },
    calls: [bad('malformed_response', 200)],
  },
  {
    name: 'asResponse() whose body is locked when text() is called',
    script: [json(chatBody)],
    run: async (site) => {
      const response = await raw(site);
      const reader = response.body?.getReader();
      const failed = await response.text().catch((error: unknown) => errorPortrait(error, site.client));
      const first = await reader?.read();
      return [failed, first?.value?.length, (await reader?.read())?.done];
    },
    calls: [billed('10/5', 200)],
  },
  {
    name: 'withResponse()',
    script: [json(chatBody)],
    run: async ({ client }) => {
      const { data, response, request_id } = await client.chat.completions.create(chatParams).withResponse();
      return { data, status: response.status, request_id, used: response.bodyUsed };
    },
    calls: [billed('10/5', 200)],
  },
  {
    name: 'withResponse() of a stream',
    script: [events(chatEvents)],
    run: async ({ client }) => {
      const { data, response, request_id } = await client.chat.completions.create(streamed).withResponse();
      return { chunks: await collect(data), status: response.status, request_id };
    },
    calls: [ok(200)],
  },
  {
    name: 'one promise awaited in three ways',
    script: [json(chatBody)],
    run: async ({ client }) => {
      const promise = client.chat.completions.create(chatParams);
      const response = await promise.asResponse();
      const [first, second] = [await promise, await promise];
      return [
        first,
        first === second,
        response.status,
        Object.prototype.toString.call(promise),
        promise.constructor.name,
      ];
    },
    calls: [billed('10/5', 200)],
  },
  {
    name: 'a promise with then, catch and finally',
    script: [failure(400)],
    run: async ({ client }) => {
      const steps: string[] = [];
      await client.chat.completions
        .create(chatParams)
        .finally(() => steps.push('finally'))
        .catch((error: Error) => steps.push(error.message));
      return steps;
    },
    calls: [{ outcome: 'error', errorType: 'invalid_request', attempts: [400] }],
  },
];
