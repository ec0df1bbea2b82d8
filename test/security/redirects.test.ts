import type { IncomingMessage } from 'node:http';
import { context, propagation } from '@opentelemetry/api';
import OpenAI, { AzureOpenAI } from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { answers, type Step, startSteps } from '../wrap/steps-server.ts';
import { inspected, listen } from './support.ts';

/*
 * A provider that sends its callers elsewhere, as whoever has got hold of a proxy or a name can. `fetch` follows, and takes the
 * `Authorization` header off for another origin, but no header that it does not know. What each of the two servers is sent is
 * what the bare client sends; nothing of ours is secret, and where the way led is said nowhere.
 */

const secret = 'Canary0redirect1';

const everything: ObserveOptions = {
  content: 'full',
  streamUsage: 'ask',
  retry: { maxAttempts: 2, initialDelayMs: 1 },
  deadlineMs: 30_000,
  audit: {},
  breaker: {},
};

const redirects =
  (status: number, location: string): Step =>
  (response) => {
    response.writeHead(status, { location }).end();
  };

/** Different at each request, whoever sends it. */
const ofTheRequest = ['x-stainless-retry-count', 'host', 'connection', 'content-length'];

function sent({ method, url, headers }: IncomingMessage): object {
  const kept = Object.entries(headers).filter(([name]) => !ofTheRequest.includes(name));
  return { method, url, headers: Object.fromEntries(kept) };
}

const own = (headers: IncomingMessage['headers']): string[] =>
  Object.keys(headers).filter((name) => /trace|baggage|idempotency/.test(name));

const clients: Record<string, (baseURL: string) => OpenAI> = {
  OpenAI: (baseURL) =>
    new OpenAI({
      baseURL,
      apiKey: 'sk-proj-Canary0key1abcdefghijkl',
      organization: 'org-Canary0organization1',
      defaultHeaders: { 'x-secret': 'Canary0header1' },
      maxRetries: 0,
    }),
  // fetch takes this header along, whoever sends it.
  'a gateway': (baseURL) =>
    new OpenAI({ baseURL, apiKey: 'any', defaultHeaders: { 'api-key': 'Canary0gateway1ab' }, maxRetries: 0 }),
  // openai 7 lets its requests go nowhere else.
  Azure: (baseURL) =>
    new AzureOpenAI({ baseURL, apiKey: 'Canary0azure1abcdefgh', apiVersion: '2025-01-01', maxRetries: 0 }),
};

async function ask(client: OpenAI): Promise<string> {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  return await client.chat.completions.create({ model: 'gpt-5-mini', messages }).then(
    () => 'resolved',
    (error: unknown) => `threw ${(error as Error).constructor.name}`,
  );
}

describe.each(Object.entries(clients))('a redirect to another origin, of a client of %s', (of, create) => {
  it.each([301, 302, 303, 307, 308])('takes along what the bare client lets it: %i', async (status) => {
    const far = await startSteps([answers]);
    const location = `${far.url}/chat/completions?token=${secret}`;
    const near = await startSteps([redirects(status, location)]);
    const bare = await ask(create(near.url));
    const [bareNear, bareFar] = [near.requests.map(sent), far.requests.map(sent)];
    const openai = observe(create(near.url), everything);
    expect(await ask(openai)).toBe(bare);
    expect(near.requests.slice(bareNear.length).map(sent)).toEqual(bareNear);
    expect(far.requests.slice(bareFar.length).map(sent)).toEqual(bareFar);
    // So that none of this is true because nobody was asked.
    expect(near.requests).toHaveLength(2);
    if (of !== 'Azure') expect(far.requests).toHaveLength(2);
  });

  it('takes along the ids of the trace where a propagator is registered, and nothing else of ours', async () => {
    const told = listen();
    const far = await startSteps([answers]);
    const location = `${far.url}/chat/completions?token=${secret}`;
    const near = await startSteps([redirects(307, location)]);
    const openai = observe(create(near.url), everything);
    const baggage = propagation.createBaggage({ user: { value: 'Canary0baggage1' } });
    await context.with(propagation.setBaggage(context.active(), baggage), () => ask(openai));
    expect(near.requests.map(({ headers }) => own(headers))).toEqual([['traceparent']]);
    for (const { headers } of far.requests) {
      expect(own(headers)).toEqual(['traceparent']);
      expect(headers['authorization']).toBeUndefined();
    }
    const [span] = told.tracing.spans.getFinishedSpans().filter(({ name }) => name.startsWith('chat'));
    // Whom the caller asked; of where that led, fetch tells nobody.
    expect(span?.attributes).toMatchObject({ 'server.port': Number(new URL(near.url).port) });
  });
});

describe('where a redirect led', () => {
  it.each([
    ['to a page that answers', 200],
    ['to a page that fails', 500],
    ['to no place', undefined],
    ['to a file', 'file:///etc/passwd'],
    ['round and round', 'loop'],
    ['to nonsense', `http://[${secret}`],
  ])('is in no span, record, line or warning: %s', async (_where, what) => {
    const told = listen();
    const said: unknown[] = [];
    const say = (...all: unknown[]): void => void said.push(all);
    vi.spyOn(process, 'emitWarning').mockImplementation(say as never);
    const far = await startSteps([
      typeof what === 'number' && what < 300 ? answers : (response) => response.writeHead(500).end('{}'),
    ]);
    const query = `?token=${secret}#${secret}`;
    const targets: Record<string, string> = {
      loop: `/v1/chat/completions${query}`,
      undefined: `http://user:${secret}@127.0.0.1:1/${query}`,
    };
    const location =
      typeof what === 'number' ? `${far.url}${query}` : (targets[String(what)] ?? `${what}${query}`);
    const near = await startSteps([redirects(307, location)]);
    const options = { ...everything, content: 'none', log: { info: say, warn: say, error: say } } as const;
    const openai = observe(new OpenAI({ apiKey: 'any', baseURL: near.url, maxRetries: 0 }), options);
    const bare = await ask(new OpenAI({ apiKey: 'any', baseURL: near.url, maxRetries: 0 }));
    expect(await ask(openai)).toBe(bare);
    const handle = telltale(openai);
    const everywhere = `${await told.text()}${inspected([said, handle.stats(), handle.health()])}`;
    expect(everywhere).toContain('gpt-5-mini');
    expect(everywhere).not.toContain(secret);
  });
});
