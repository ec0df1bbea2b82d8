import type OpenAI from 'openai';
import type { ClientOptions } from 'openai';
import { chatBody, chatEvents, events, failure, json } from '../answers.ts';
import { bad, type ContractCase, chatParams, collect, ok } from '../contract-case.ts';
import type { World } from '../worlds.ts';

const chat: ContractCase['run'] = ({ client }) => client.chat.completions.create(chatParams);

function azure(deployment?: string): NonNullable<ContractCase['create']> {
  return ({ AzureOpenAI }, { logger, logLevel, maxRetries }, server) =>
    new AzureOpenAI({
      ...{ logger, logLevel, maxRetries },
      apiKey: 'azure-key',
      endpoint: server.origin,
      apiVersion: '2024-10-21',
      ...(deployment !== undefined && { deployment }),
    });
}

/** A client that exchanges a token of its own for one of the provider's, which its `fetch` gives at once. */
function workload({ OpenAI }: World, { apiKey: _, ...options }: ClientOptions): OpenAI {
  let turn = 0;
  return new OpenAI({
    ...options,
    workloadIdentity: {
      identityProviderId: 'idp',
      serviceAccountId: 'account',
      provider: { tokenType: 'jwt', getToken: async () => 'subject' },
    },
    fetch: async (url, init) => {
      if (!String(url).includes('oauth')) return fetch(url, init);
      const token = { access_token: `t${++turn}`, expires_in: 3600, token_type: 'Bearer' };
      return Response.json({ ...token, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' });
    },
  });
}

/** A subclass as people write them: its own constructor, its own headers. */
function companyClient({ OpenAI }: World, options: ClientOptions): OpenAI {
  class CompanyClient extends OpenAI {
    readonly team: string;
    #prepared = 0;

    constructor(team: string, inner: ClientOptions) {
      super(inner);
      this.team = team;
      this.idempotencyHeader = 'Idempotency-Key';
    }

    protected override async prepareOptions(request: { headers?: unknown }): Promise<void> {
      request.headers = {
        ...(request.headers as object),
        'x-team': this.team,
        'x-prepared': String(++this.#prepared),
      };
    }

    protected override async prepareRequest(request: RequestInit): Promise<void> {
      (request.headers as unknown as Headers).set('x-late', 'yes');
    }
  }
  return new CompanyClient('blue', options);
}

/** Clients of other makes than `new OpenAI()`. */
export const clients: readonly ContractCase[] = [
  {
    name: 'Azure with a deployment',
    script: [failure(503), json(chatBody)],
    create: azure('mine'),
    run: chat,
    calls: [ok(503, 200)],
  },
  {
    name: 'Azure without a deployment',
    script: [failure(429), json(chatBody), events(chatEvents)],
    create: azure(),
    run: async ({ client }) => [
      await client.chat.completions.create(chatParams),
      await collect(await client.chat.completions.create({ ...chatParams, stream: true })),
    ],
    calls: [ok(429, 200), ok(200)],
  },
  {
    name: 'Azure with withOptions()',
    script: [failure(503), json(chatBody)],
    create: azure(),
    run: ({ client }) => client.withOptions({ maxRetries: 3 }).chat.completions.create(chatParams),
    calls: [ok(503, 200)],
    // 6.x throws here by itself: its constructor refuses what withOptions hands over.
    versions: ['7.57.0'],
  },
  {
    name: 'a subclass with its own constructor, headers and idempotency key',
    script: [failure(503), failure(503), json(chatBody)],
    create: companyClient,
    run: chat,
    calls: [ok(503, 503, 200)],
  },
  {
    name: 'a client whose fetchWithTimeout was replaced',
    script: [failure(503), json(chatBody)],
    create: ({ OpenAI }, options) => {
      const client = new OpenAI(options);
      client.fetchWithTimeout = async (url, init) => {
        const headers = new Headers(init?.headers as Headers);
        headers.set('x-mine', 'yes');
        return fetch(url as string, { ...(init as RequestInit), method: 'POST', headers });
      };
      return client;
    },
    run: chat,
    calls: [ok(503, 200)],
    untraced: true,
  },
  {
    name: 'withOptions() clones beside their origin',
    script: [failure(503), json(chatBody), failure(503), json(chatBody)],
    run: async ({ client }) => {
      const clone = client.withOptions({ maxRetries: 0, defaultHeaders: { 'x-clone': 'yes' } });
      const failed = await clone.chat.completions.create(chatParams).catch((error: Error) => error.message);
      const nested = await clone.withOptions({ timeout: 5000 }).chat.completions.create(chatParams);
      const origin = await client.chat.completions.create(chatParams);
      return {
        failed,
        nested,
        origin,
        retries: [client.maxRetries, clone.maxRetries],
        kind: clone.constructor.name,
      };
    },
    calls: [bad('overloaded', 503), ok(200), ok(503, 200)],
  },
  {
    name: 'an apiKey that is changed between calls',
    script: [json(chatBody), json(chatBody)],
    run: async ({ client }) => {
      await client.chat.completions.create(chatParams);
      client.apiKey = 'sk-other';
      return client.chat.completions.create(chatParams);
    },
    calls: [ok(200), ok(200)],
  },
  {
    name: 'an apiKey function that rotates',
    script: [failure(503), json(chatBody), json(chatBody)],
    create: ({ OpenAI }, options) => {
      let turn = 0;
      return new OpenAI({ ...options, apiKey: async () => `sk-${++turn}` });
    },
    run: async ({ client }) => {
      await client.chat.completions.create(chatParams);
      return client.withOptions({ maxRetries: 1 }).chat.completions.create(chatParams);
    },
    calls: [ok(503, 200), ok(200)],
  },
  {
    name: 'an apiKey function that throws',
    script: [],
    create: ({ OpenAI }, options) =>
      new OpenAI({
        ...options,
        apiKey: () => Promise.reject(new Error('no key today')),
      }),
    run: chat,
    calls: [bad('_OTHER', '_OTHER')],
    unseen: 1,
  },
  {
    name: 'a workload identity whose token is refused once',
    script: [failure(401), failure(503), json(chatBody)],
    versions: ['6.49.0', '7.57.0'],
    create: workload,
    run: chat,
    calls: [ok(401, 503, 200)],
  },
  {
    name: 'a workload identity whose token is refused for good',
    script: [failure(401), failure(401)],
    versions: ['6.49.0', '7.57.0'],
    create: workload,
    run: chat,
    calls: [bad('authentication', 401, 401)],
  },
  {
    name: 'headers and queries of the caller',
    script: [json(chatBody)],
    options: {
      defaultHeaders: { 'x-a': '1' },
      defaultQuery: { q: 'ä' },
      organization: 'org',
      project: 'proj',
    },
    run: ({ client }) =>
      client.chat.completions.create(chatParams, {
        headers: { 'x-b': '2', 'x-a': null },
        query: { r: '1' },
        idempotencyKey: 'k',
      }),
    calls: [ok(200)],
  },
  {
    name: 'twenty calls at once',
    script: (path, body) => {
      if (path.endsWith('/models/missing')) return failure(404);
      return body.includes('"stream":true') ? events(chatEvents) : json(chatBody);
    },
    run: ({ client }) =>
      Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          if (index % 4 === 0)
            return client.models.retrieve('missing').catch((error: Error) => error.message);
          if (index % 4 === 1)
            return collect(
              await client.chat.completions.create({ ...chatParams, user: 'same', stream: true }),
            );
          return client.chat.completions.create({ ...chatParams, user: 'same' });
        }),
      ),
    calls: Array.from({ length: 20 }, (_, index) => (index % 4 === 0 ? bad('not_found', 404) : ok(200))),
    anyOrder: true,
  },
];
