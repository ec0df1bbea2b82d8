/** What several parts of the mock must get right together: a fault or a limit before anything that is remembered, and code of the user's own that fails. */
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { Fault, Mock, MockOptions } from '../../src/mock/index.ts';
import { createFakeClock } from './fake-clock.ts';
import { always, collect, hello, mockForTest } from './support.ts';

function clientOf({ url }: Mock): OpenAI {
  return new OpenAI({ baseURL: url, apiKey: 'any', maxRetries: 0 });
}

/** Of a request that must fail: its status, or undefined where the connection broke. */
async function failure(request: Promise<unknown>): Promise<number | undefined> {
  return request.then(
    () => {
      throw new Error('resolved');
    },
    (error) => error.status,
  );
}

async function batchOf(openai: OpenAI, lines: readonly object[], endpoint = '/v1/chat/completions') {
  const text = lines
    .map((body, index) => JSON.stringify({ custom_id: `${index}`, method: 'POST', url: endpoint, body }))
    .join('\n');
  const file = await openai.files.create({
    purpose: 'batch',
    file: await OpenAI.toFile(Buffer.from(text), 'in.jsonl'),
  });
  return openai.batches.create({
    input_file_id: file.id,
    endpoint: endpoint as '/v1/responses',
    completion_window: '24h',
  });
}

const chat = { model: 'gpt-4o', messages: hello };
const atOnce = { validatingMs: 0, runningMs: 0, finalizingMs: 0 };

const kept: readonly (readonly [string, Omit<Fault, 'rate'>, number | undefined])[] = [
  ['a 503', { status: 503 }, 503],
  ['a reset', { kind: 'reset' }, undefined],
  ['a page of HTML', { kind: 'html-page' }, 502],
];

describe.each(kept)('%s in place of an answer leaves', (_name, fault, status) => {
  test('conversations and stored responses as they were', async () => {
    const mock = await mockForTest();
    const openai = clientOf(mock);
    const item = { type: 'message' as const, role: 'user' as const, content: 'Hello' };
    const { id } = await openai.conversations.create({ metadata: { a: 'b' }, items: [item] });
    const response = await openai.responses.create({ model: 'gpt-4o', input: 'Hello' });
    const [first] = (await openai.conversations.items.list(id)).data;
    mock.setFaults([{ ...fault, rate: 1 } as Fault]);
    const refused = [
      openai.conversations.update(id, { metadata: { a: 'c' } }),
      openai.conversations.items.create(id, { items: [item] }),
      openai.conversations.items.delete(first?.id ?? '', { conversation_id: id }),
      openai.responses.delete(response.id),
    ].map(failure);
    expect(await Promise.all(refused)).toEqual(refused.map(() => status));
    expect(await failure(openai.conversations.delete(id))).toBe(status);
    mock.setFaults(undefined);
    expect((await openai.conversations.retrieve(id)).metadata).toEqual({ a: 'b' });
    expect((await openai.conversations.items.list(id)).data).toEqual([first]);
    expect((await openai.responses.retrieve(response.id)).id).toBe(response.id);
  });

  test('nothing of what was to be made', async () => {
    const mock = await mockForTest();
    const openai = clientOf(mock);
    mock.setFaults([{ ...fault, rate: 1 } as Fault]);
    const asked = { method: 'POST', headers: { authorization: 'Bearer any', 'x-call-id': 'a' } };
    await fetch(`${mock.url}/conversations`, asked).catch(() => {});
    await failure(openai.responses.create({ model: 'gpt-4o', input: 'Hello', background: true }));
    mock.setFaults(undefined);
    expect(mock.state().jobs).toBe(0);
    // The id is a function of seed, call id and attempt, so another mock tells which one it would have had.
    const other = await mockForTest();
    const made = await fetch(`${other.url}/conversations`, asked);
    const { id } = (await made.json()) as { id: string };
    expect(await failure(openai.conversations.retrieve(id))).toBe(404);
  });
});

describe('a conversation is free again', () => {
  async function freed(mock: Mock, id: string) {
    const openai = clientOf(mock);
    const next = await openai.responses.create({ model: 'gpt-4o', input: 'Hello', conversation: id });
    expect(next.status).toBe('completed');
  }

  test('while a request that never reaches the model hangs', async () => {
    const mock = await mockForTest();
    const openai = clientOf(mock);
    const { id } = await openai.conversations.create();
    mock.setFaults([{ kind: 'hang', rate: 1 }]);
    const leaving = new AbortController();
    const hanging = openai.responses.create(
      { model: 'gpt-4o', input: 'Hello', conversation: id },
      { signal: leaving.signal },
    );
    hanging.catch(() => {});
    await expect.poll(() => mock.state().running).toBe(1);
    mock.setFaults(undefined);
    await freed(mock, id);
    leaving.abort();
  });

  test('after a tokenizer that threw', async () => {
    let throws = true;
    const countTokens = () => {
      if (throws) throw new Error('no such word');
      return 1;
    };
    const mock = await mockForTest({ countTokens });
    const { id } = await clientOf(mock).conversations.create();
    const request = { model: 'gpt-4o', input: 'Hello', conversation: id };
    expect(await failure(clientOf(mock).responses.create(request))).toBe(500);
    throws = false;
    await freed(mock, id);
  });

  test('after a client that left before a script answered', async () => {
    let asked = 0;
    const mock = await mockForTest({
      answers: () => (asked++ === 0 ? new Promise<undefined>(() => {}) : undefined),
    });
    const openai = clientOf(mock);
    const { id } = await openai.conversations.create();
    const leaving = new AbortController();
    const request = openai.responses.create(
      { model: 'gpt-4o', input: 'Hello', conversation: id },
      { signal: leaving.signal },
    );
    request.catch(() => {});
    await expect.poll(() => asked).toBe(1);
    leaving.abort();
    await mock.settled();
    await freed(mock, id);
  });

  test('after a batch whose line names it', async () => {
    const mock = await mockForTest({ batches: atOnce });
    const openai = clientOf(mock);
    const { id } = await openai.conversations.create();
    await batchOf(openai, [{ model: 'gpt-4o', input: 'Hello', conversation: id }], '/v1/responses');
    await mock.settled();
    await freed(mock, id);
    expect((await openai.conversations.items.list(id)).data).toHaveLength(2);
  });
});

describe('code of the user’s own that fails', () => {
  test.each<[string, MockOptions]>([
    [
      'a script that throws',
      {
        answers: () => {
          throw new Error('out of words');
        },
      },
    ],
    ['a script that rejects', { answers: () => Promise.reject(new Error('out of words')) }],
    [
      'a tokenizer that throws',
      {
        countTokens: () => {
          throw new Error('out of words');
        },
      },
    ],
  ])('%s fails the lines of a batch, and only them', async (_name, options) => {
    const mock = await mockForTest({ ...options, batches: atOnce });
    const openai = clientOf(mock);
    const { id } = await batchOf(openai, [chat, chat]);
    await mock.settled();
    const batch = await openai.batches.retrieve(id);
    expect(batch).toMatchObject({
      status: 'completed',
      request_counts: { total: 2, completed: 0, failed: 2 },
    });
    const errors = await (await openai.files.content(batch.error_file_id ?? '')).text();
    expect(errors).toContain('out of words');
  });

  test('a script that never answers keeps neither requests, nor batches, nor the mock from ending', async () => {
    const mock = await mockForTest({ answers: () => new Promise<undefined>(() => {}), batches: atOnce });
    const openai = clientOf(mock);
    await batchOf(openai, [chat]);
    const requests = [
      openai.chat.completions.create(chat),
      openai.responses.create({ model: 'gpt-4o', input: 'Hello', background: true }),
    ];
    const ends = Promise.allSettled(requests);
    await expect.poll(() => mock.state().running).toBe(2);
    await mock.close();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(mock.state()).toMatchObject({ running: 0, jobs: 0 });
  });

  test('a scripted body that is no answer of its endpoint may be asked to be stored', async () => {
    const mock = await mockForTest({ answers: [{ answer: { body: { hello: 'there' } } }] });
    const openai = clientOf(mock);
    const stored = { ...chat, store: true };
    expect(await openai.chat.completions.create(stored)).toEqual({ hello: 'there' });
    const { id } = await openai.conversations.create();
    for (const background of [false, true]) {
      const asked = { model: 'gpt-4o', input: 'Hello', conversation: id, background };
      await openai.responses.create(asked).catch(() => {});
    }
    await mock.settled();
    expect((await openai.conversations.items.list(id)).data).toEqual([]);
    expect((await openai.chat.completions.list()).data).toEqual([]);
  });
});

describe('a chat completion that is to be stored', () => {
  test('is the one that was streamed, and takes one use of its script', async () => {
    const answers = [{ answer: 'first', times: 1 }, { answer: 'second', times: 1 }, { answer: 'others' }];
    const mock = await mockForTest({ answers });
    const openai = clientOf(mock);
    const chunks = await collect(
      await openai.chat.completions.create({ ...chat, store: true, stream: true }),
    );
    const said = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
    const storedOne = await openai.chat.completions.retrieve(chunks[0]?.id ?? '');
    expect(said).toBe('first');
    expect(storedOne.choices[0]?.message.content).toBe('first');
    expect((await openai.chat.completions.create(chat)).choices[0]?.message.content).toBe('second');
  });

  test('is not, where its stream breaks off', async () => {
    const mock = await mockForTest({ schedule: always({ kind: 'cut', rate: 1 }) });
    const openai = clientOf(mock);
    await collect(await openai.chat.completions.create({ ...chat, store: true, stream: true }));
    expect((await openai.chat.completions.list()).data).toEqual([]);
  });
});

describe('an answer without a body', () => {
  test.each(['stall-body', 'reset-body', 'malformed-body', 'drip-body', 'huge-body', 'hang-after-headers'])(
    'knows no %s',
    async (kind) => {
      const mock = await mockForTest();
      const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
      const key = await fetch(`${mock.url}/organization/groups`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ name: 'night' }),
      });
      expect(key.status).toBe(200);
      const store = await fetch(`${mock.url}/realtime/calls/rtc_1/hangup`, { method: 'POST', headers });
      const bare = { status: store.status, text: await store.text() };
      const fault = {
        kind,
        rate: 1,
        ...(kind === 'huge-body' ? { bytes: 1_000 } : {}),
        ...(kind === 'drip-body' ? { gapMs: 1 } : {}),
      };
      mock.setFaults([fault as Fault]);
      const again = await fetch(`${mock.url}/realtime/calls/rtc_1/hangup`, { method: 'POST', headers });
      expect({ status: again.status, text: await again.text() }).toEqual(bare);
      expect(bare.text).toBe('');
      await mock.settled();
      expect(mock.ledger().at(-1)?.fault).toBeNull();
    },
  );
});

describe('JSON that is', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

  test.each([
    ['/responses', (nested: string) => `{"model":"gpt-4o","input":[{"role":"user","content":${nested}}]}`],
    [
      '/chat/completions',
      (nested: string) => `{"model":"gpt-4o","messages":[{"role":"user","content":${nested}}]}`,
    ],
    ['/chat/completions', (nested: string) => `{"model":"gpt-4o","messages":[],"metadata":${nested}}`],
    [
      '/conversations',
      (nested: string) => `{"items":[{"type":"message","role":"user","content":${nested}}]}`,
    ],
    ['/embeddings', (nested: string) => `{"model":"text-embedding-3-small","input":${nested}}`],
    ['/moderations', (nested: string) => `{"input":${nested}}`],
  ])('too deep is refused at %s, and the mock lives on', async (path, bodyOf) => {
    const mock = await mockForTest({ limits: [{ requests: 100, per: 'second' }] });
    const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
    const sent = await fetch(mock.url + path, { method: 'POST', headers, body: bodyOf(deep(200_000)) });
    expect(sent.status).toBe(400);
    expect(await sent.text()).toContain('nested');
    expect((await fetch(mock.url.replace('/v1', '/healthz'))).status).toBe(200);
    // Brackets in a text are no levels.
    const flat = await fetch(mock.url + path, {
      method: 'POST',
      headers,
      body: bodyOf(JSON.stringify(`\\"${'['.repeat(200_000)}`)),
    });
    expect(await flat.text()).not.toContain('nested');
  });

  test('too deep is refused by the control API too', async () => {
    const mock = await mockForTest();
    const base = mock.url.replace('/v1', '');
    const headers = { 'content-type': 'application/json' };
    for (const path of ['/__control/start', '/__control/faults', '/__webhooks']) {
      const body = `{"schedule":${deep(200_000)},"faults":${deep(200_000)},"type":${deep(200_000)}}`;
      expect((await fetch(base + path, { method: 'POST', headers, body })).status).toBe(400);
    }
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
  });

  test('full of the names of an object’s own methods is nothing special', async () => {
    const mock = await mockForTest();
    const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
    async function post(path: string, body: string): Promise<string> {
      return (await fetch(mock.url + path, { method: 'POST', headers, body })).text();
    }
    for (const name of ['constructor', '__proto__', 'toString']) {
      const items = await post('/conversations', '{}');
      const { id } = JSON.parse(items);
      const added = await post(
        `/conversations/${id}/items`,
        `{"items":[{"type":"${name}","__proto__":{"role":"user"}}]}`,
      );
      expect(added).toContain('"id":"item_');
      const reasoned = await post(
        '/responses',
        `{"model":"gpt-5","input":"Hello","reasoning":{"effort":"${name}"}}`,
      );
      expect(JSON.parse(reasoned).usage.output_tokens_details.reasoning_tokens).toBeOneOf([64, 128, 192]);
      const spoken = await fetch(`${mock.url}/audio/speech`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ model: 'tts-1', input: 'Hello', voice: 'alloy', response_format: name }),
      });
      expect(spoken.headers.get('content-type') ?? '').not.toContain('native code');
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

test.each([
  ['/threads/runs', { thread: { messages: [null, 5] } }],
  ['/threads/runs', { thread: { messages: 'Hello' } }],
  ['/moderations', { input: Array.from({ length: 2_049 }, () => 'a') }],
])('what cannot be remembered or judged is refused at %s before anything is done', async (path, body) => {
  const mock = await mockForTest();
  const { id: assistant_id } = await clientOf(mock).beta.assistants.create({ model: 'gpt-4o' });
  const sent = await fetch(mock.url + path, {
    method: 'POST',
    headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
    body: JSON.stringify({ assistant_id, ...body }),
  });
  expect(sent.status).toBe(400);
  await mock.settled();
});

test('a start in the midst of everything leaves nothing of the run before', async () => {
  const clock = createFakeClock();
  const mock = await mockForTest({ clock, latency: { firstTokenMs: 1_000, betweenTokensMs: 10 } });
  const openai = clientOf(mock);
  await whileWorking(openai.responses.create({ model: 'gpt-4o', input: 'Hello', background: true }));
  expect(mock.state().jobs).toBe(1);
  const batch = await whileWorking(
    openai.files.create({
      purpose: 'batch',
      file: await OpenAI.toFile(
        Buffer.from(
          JSON.stringify({ custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body: chat }),
        ),
        'in.jsonl',
      ),
    }),
  );
  expect(batch.id).toMatch(/^file-/);
  const running = openai.chat.completions.create(chat);
  await expect.poll(() => mock.state().running).toBe(1);
  mock.start();
  expect(mock.state()).toMatchObject({ running: 1, jobs: 0, requests: 0 });
  let isSettled = false;
  const settled = mock.settled().then(() => {
    isSettled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isSettled).toBe(false);
  clock.advance(60_000);
  await running;
  await settled;
  expect(clock.waiting()).toBe(0);
  expect(mock.ledger()).toEqual([]);

  async function whileWorking<T>(request: Promise<T>): Promise<T> {
    let isOver = false;
    void request.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return request;
  }
});
