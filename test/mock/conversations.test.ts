import { describe, expect, test } from 'vitest';
import { createFakeClock } from './fake-clock.ts';
import { always, clients, collect, mockForTest, named } from './support.ts';

type Options = Parameters<typeof mockForTest>[0];

const user = (content: string) => ({ type: 'message' as const, role: 'user' as const, content });

describe.each(clients)('openai $version', ({ Client }) => {
  async function setUp(options: Options = {}) {
    const mock = await mockForTest(options);
    return { mock, openai: new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 }) };
  }

  test('keeps conversations', async () => {
    const { mock, openai } = await setUp();
    const made = await openai.conversations.create({ metadata: { topic: 'tea' } });
    expect(made).toMatchObject({ object: 'conversation', metadata: { topic: 'tea' } });
    expect(made.id).toMatch(/^conv_[0-9a-f]{48}$/);
    expect(await openai.conversations.retrieve(made.id)).toEqual(made);
    const updated = await openai.conversations.update(made.id, { metadata: { topic: 'coffee' } });
    expect(updated).toEqual({ ...made, metadata: { topic: 'coffee' } });
    expect(await openai.conversations.create()).toMatchObject({ metadata: {} });
    expect(await openai.conversations.delete(made.id)).toEqual({
      id: made.id,
      object: 'conversation.deleted',
      deleted: true,
    });
    const unknown = { status: 404, message: `404 Conversation with id '${made.id}' not found.` };
    await expect(openai.conversations.retrieve(made.id)).rejects.toMatchObject(unknown);
    await expect(openai.conversations.update(made.id, { metadata: {} })).rejects.toMatchObject(unknown);
    await expect(openai.conversations.delete(made.id)).rejects.toMatchObject(unknown);
    await expect(openai.conversations.items.list(made.id)).rejects.toMatchObject(unknown);
    await expect(openai.conversations.items.create(made.id, { items: [] })).rejects.toMatchObject(unknown);
    await mock.settled();
    expect(new Set(mock.ledger().map(({ endpoint, usage }) => `${endpoint} ${usage}`))).toEqual(
      new Set(['conversations null']),
    );
  });

  test('keeps their items', async () => {
    const { openai } = await setUp();
    const { id } = await openai.conversations.create({ items: [user('0')] });
    for (const from of [1, 11, 21]) {
      const items = Array.from({ length: 10 }, (_, n) => user(String(from + n)));
      const added = await openai.conversations.items.create(id, { items });
      expect(added.data).toHaveLength(10);
      expect(added).toMatchObject({ object: 'list', has_more: false, last_id: added.data.at(-1)?.id });
    }
    const texts = (items: readonly unknown[]) =>
      items.map((item) => (item as { content: { text: string }[] }).content[0]?.text);
    const page = await openai.conversations.items.list(id);
    expect(page.data).toHaveLength(20);
    expect(page.has_more).toBe(true);
    const all = await collect(page);
    expect(texts(all)).toEqual(Array.from({ length: 31 }, (_, n) => String(30 - n)));
    expect(new Set(all.map((item) => item.id)).size).toBe(31);
    const ascending = await collect(await openai.conversations.items.list(id, { order: 'asc', limit: 4 }));
    expect(ascending).toEqual(all.toReversed());
    const [last] = all;
    const named = { conversation_id: id };
    expect(await openai.conversations.items.retrieve(last?.id ?? '', named)).toEqual(last);
    expect((await openai.conversations.items.delete(last?.id ?? '', named)).id).toBe(id);
    await expect(openai.conversations.items.retrieve(last?.id ?? '', named)).rejects.toMatchObject({
      status: 404,
      message: `404 Item with id '${last?.id}' not found in conversation '${id}'.`,
    });
    expect(await collect(await openai.conversations.items.list(id))).toHaveLength(30);
  });

  test('refuses what is no conversation', async () => {
    const { mock, openai } = await setUp();
    const { id } = await openai.conversations.create();
    const many = Array.from({ length: 21 }, () => user('text'));
    const wrong = [
      [openai.conversations.create({ items: many }), 'items'],
      [openai.conversations.create({ metadata: 'tea' as never }), 'metadata'],
      [openai.conversations.update(id, {} as never), 'metadata'],
      [openai.conversations.items.create(id, {} as never), 'items'],
      [openai.conversations.items.create(id, { items: 'text' as never }), 'items'],
      [openai.conversations.items.create(id, { items: [user('a'), 'text' as never] }), 'items[1]'],
    ] as const;
    for (const [asked, param] of wrong) {
      await expect(asked).rejects.toMatchObject({ status: 400, param });
    }
    const headers = { authorization: 'Bearer any' };
    const broken = await fetch(`${mock.url}/conversations`, { method: 'POST', headers, body: '{"items":' });
    expect(broken.status).toBe(400);
  });

  test('takes any item, whatever it says of itself', async () => {
    const { mock, openai } = await setUp();
    const odd = { type: 'note', kind: 'refusal', status: 'odd' } as never;
    const { id } = await openai.conversations.create({ items: [odd] });
    const [item] = (await openai.conversations.items.list(id)).data;
    const named = { conversation_id: id };
    expect(await openai.conversations.items.retrieve(item?.id ?? '', named)).toEqual(item);
    const headers = { authorization: 'Bearer any' };
    const body = JSON.stringify({ model: 'gpt-4o', input: [odd], kind: 'refusal', conversation: id });
    const answered = await fetch(`${mock.url}/responses`, { method: 'POST', headers, body });
    expect(answered.status).toBe(200);
  });

  test('answers in a conversation, whose items count and grow', async () => {
    const { openai } = await setUp();
    const conversation = (await openai.conversations.create({ items: [user('Hello')] })).id;
    const first = await openai.responses.create({ model: 'gpt-5', input: 'How are you?', conversation });
    const stream = await openai.responses.create({
      model: 'gpt-4o',
      input: [user('And now?')],
      conversation: { id: conversation },
      stream: true,
    });
    const last = (await collect(stream)).at(-1);
    const second = last?.type === 'response.completed' ? last.response : undefined;
    expect(first.conversation).toEqual({ id: conversation });
    expect(second?.conversation).toEqual({ id: conversation });
    const items = await collect(await openai.conversations.items.list(conversation, { order: 'asc' }));
    expect(items.map((item) => ('role' in item ? item.role : item.type))).toEqual([
      'user',
      'user',
      'reasoning',
      'assistant',
      'user',
      'assistant',
    ]);
    const spelled = await openai.responses.create({
      model: 'gpt-4o',
      input: [
        user('Hello'),
        user('How are you?'),
        { role: 'assistant', content: first.output_text },
        user('And now?'),
      ],
    });
    expect(second?.usage?.input_tokens).toBe(spelled.usage?.input_tokens);
    await expect(
      openai.responses.create({ model: 'gpt-4o', input: 'Hello', conversation: 'conv_0' }),
    ).rejects.toMatchObject({ status: 404 });
    await expect(
      openai.responses.create({
        model: 'gpt-4o',
        input: 'Hello',
        conversation,
        previous_response_id: first.id,
      }),
    ).rejects.toMatchObject({ status: 400, code: 'mutually_exclusive_parameters' });
    await expect(
      openai.responses.create({ model: 'gpt-4o', input: 'Hello', conversation: 5 as never }),
    ).rejects.toMatchObject({ status: 400, param: 'conversation' });
  });

  test('is told that somebody else speaks, until they are done', async () => {
    const clock = createFakeClock();
    const { mock, openai } = await setUp({ clock, background: { queuedMs: 10, runsMs: 90, sigma: 0 } });
    const conversation = (await openai.conversations.create()).id;
    const asked = { model: 'gpt-4o', input: 'Hello', conversation };
    const locked = {
      status: 400,
      code: 'conversation_locked',
      param: 'conversation',
      message:
        '400 Another process is currently operating on this conversation. Please retry in a few seconds.',
    };
    const job = await openai.responses.create({ ...asked, background: true });
    await expect(openai.responses.create(asked)).rejects.toMatchObject(locked);
    expect((await collect(await openai.conversations.items.list(conversation))).length).toBe(0);
    clock.advance(100);
    expect((await collect(await openai.conversations.items.list(conversation))).length).toBe(2);
    expect((await openai.responses.create(asked)).status).toBe('completed');
    await expect(openai.responses.create({ ...asked, max_output_tokens: 0 })).rejects.toMatchObject({
      param: 'max_output_tokens',
    });
    const next = await openai.responses.create({ ...asked, background: true });
    await openai.responses.cancel(next.id);
    expect((await openai.responses.create(asked)).status).toBe('completed');
    expect((await collect(await openai.conversations.items.list(conversation))).length).toBe(6);
    expect((await openai.responses.retrieve(job.id)).conversation).toEqual({ id: conversation });
    await mock.settled();
  });

  test('speaks again after an answer that failed, which has left nothing', async () => {
    const faults = always(
      { status: 503, rate: 0.4, firstAttempts: 1, endpoints: ['responses'] } as const,
      { kind: 'cut', rate: 0.6, firstAttempts: 1, endpoints: ['responses'] } as const,
    );
    const { openai } = await setUp({ schedule: faults });
    const conversation = (await openai.conversations.create()).id;
    for (let n = 0; n < 10; n++) {
      const asked = { model: 'gpt-4o', input: 'Hello', conversation, stream: true } as const;
      await openai.responses.create(asked, named(`call-${n}`)).then(collect, () => []);
    }
    expect(await collect(await openai.conversations.items.list(conversation))).toEqual([]);
    await openai.responses.create({ model: 'gpt-4o', input: 'Hello', conversation }, named('call-0'));
    expect(await collect(await openai.conversations.items.list(conversation))).toHaveLength(2);
  });
});
