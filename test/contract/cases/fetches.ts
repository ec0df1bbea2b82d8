import type { ClientOptions } from 'openai';
import { chatBody, chatEvents, events, failure, json } from '../answers.ts';
import { bad, type ContractCase, chatParams, collect, ok } from '../contract-case.ts';

type Fetch = NonNullable<ClientOptions['fetch']>;
const chat: ContractCase['run'] = ({ client }) => client.chat.completions.create(chatParams);

/** A client with a `fetch` of the user's, made anew for each run. */
function withFetch(make: () => Fetch): NonNullable<ContractCase['create']> {
  return ({ OpenAI }, options) => new OpenAI({ ...options, fetch: make() });
}

const later = (url: string | URL | Request, init?: RequestInit): Promise<Response> => fetch(url, init);

/** Custom `fetch` functions, tame and wild. */
export const fetches: readonly ContractCase[] = [
  {
    name: 'a fetch that counts and looks at how it is called',
    script: [failure(503), json(chatBody)],
    create: withFetch(() => {
      let count = 0;
      return function counted(this: unknown, ...args) {
        const [url, init] = args;
        const headers = new Headers(init?.headers);
        headers.set('x-count', `${++count} ${typeof this} ${args.length} ${Object.keys(init ?? {}).sort()}`);
        return fetch(url, { ...init, headers });
      };
    }),
    run: chat,
    calls: [ok(503, 200)],
  },
  {
    name: 'a fetch that gives a thenable of its own',
    script: [failure(503), json(chatBody), events(chatEvents)],
    create: withFetch(
      () => (url, init) =>
        ({
          // biome-ignore lint/suspicious/noThenProperty: a thenable is the point
          then: (resolve: (value: Response) => unknown, reject: (error: unknown) => unknown) =>
            later(url, init).then(resolve, reject),
        }) as Promise<Response>,
    ),
    run: async ({ client }) => [
      await client.chat.completions.create(chatParams),
      await collect(await client.chat.completions.create({ ...chatParams, stream: true })),
    ],
    calls: [ok(503, 200), ok(200)],
  },
  {
    name: 'a fetch that throws at once',
    script: [],
    options: { maxRetries: 1 },
    create: withFetch(() => () => {
      throw new Error('not today');
    }),
    run: chat,
    calls: [bad('connection_error', 'connection_error', 'connection_error')],
    unseen: 2,
  },
  {
    name: 'a fetch that rejects with a time-out of its own',
    script: [],
    options: { maxRetries: 0 },
    create: withFetch(() => () => Promise.reject(new Error('connect timed out'))),
    run: chat,
    calls: [bad('timeout', 'timeout')],
    unseen: 1,
  },
  {
    name: 'a fetch that asks twice for one attempt',
    script: [failure(500), json(chatBody)],
    create: withFetch(() => async (url, init) => {
      const first = await later(url, init);
      await first.body?.cancel();
      return later(url, init);
    }),
    run: chat,
    calls: [ok(200)],
    unseen: -1,
  },
  {
    name: 'a fetch that makes its answer up',
    script: [],
    create: withFetch(() => async () => Response.json(chatBody, { headers: { 'x-request-id': 'made-up' } })),
    run: chat,
    calls: [ok(200)],
    unseen: 1,
  },
  {
    name: 'a fetch whose answer is frozen',
    script: [json(chatBody)],
    create: withFetch(() => async (url, init) => Object.freeze(await later(url, init))),
    run: chat,
    calls: [ok(200)],
  },
  {
    name: 'a fetch that is replaced on the client',
    script: [json(chatBody), json(chatBody)],
    run: async ({ client }) => {
      await client.chat.completions.create(chatParams);
      const before = Reflect.get(client, 'fetch');
      Reflect.set(client, 'fetch', (url: string, init: RequestInit) => {
        const headers = new Headers(init.headers);
        headers.set('x-new', 'yes');
        return later(url, { ...init, headers });
      });
      return [typeof before, await client.chat.completions.create(chatParams)];
    },
    calls: [ok(200), ok(200)],
  },
  {
    name: 'fetchOptions of the client and of the call',
    script: [json(chatBody)],
    options: { fetchOptions: { redirect: 'error' } },
    create: ({ OpenAI }, options) =>
      new OpenAI({
        ...options,
        fetch: (url, init) => {
          const headers = new Headers(init?.headers);
          headers.set('x-seen', `${init?.redirect} ${init?.keepalive}`);
          return later(url as string, { ...init, headers });
        },
      }),
    run: ({ client }) => client.chat.completions.create(chatParams, { fetchOptions: { keepalive: true } }),
    calls: [ok(200)],
  },
];
