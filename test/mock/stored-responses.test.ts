import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { always, clients, collect, mockForTest, named } from './support.ts';

type Options = Parameters<typeof mockForTest>[0];

const request = { model: 'gpt-4o', input: 'Hello there' };

describe.each(clients)('openai $version', ({ version, Client }) => {
  async function setUp(options: Options = {}) {
    const mock = await mockForTest(options);
    return { mock, openai: new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 }) };
  }

  test('gets a stored response as it was, whole or streamed', async () => {
    const { mock, openai } = await setUp();
    const whole = await openai.responses.create(request, named('call-1'));
    const events = await collect(
      await openai.responses.create({ ...request, stream: true }, named('call-2')),
    );
    const last = events.at(-1);
    const streamed = last?.type === 'response.completed' ? last.response : undefined;
    expect(await openai.responses.retrieve(whole.id)).toEqual(whole);
    expect(await openai.responses.retrieve(streamed?.id ?? '')).toMatchObject({ ...streamed });
    await mock.settled();
    expect(mock.ledger().map(({ endpoint, method, usage }) => [endpoint, method, usage !== null])).toEqual([
      ['responses', 'POST', true],
      ['responses', 'POST', true],
      ['responses', 'GET', false],
      ['responses', 'GET', false],
    ]);
  });

  test('is told that a response is unknown, not stored, or deleted', async () => {
    const { openai } = await setUp();
    const hidden = await openai.responses.create({ ...request, store: false });
    const deleted = await openai.responses.create(request);
    await openai.responses.delete(deleted.id);
    for (const id of ['resp_0', hidden.id, deleted.id]) {
      const unknown = {
        status: 404,
        type: 'invalid_request_error',
        message: `404 Response with id '${id}' not found.`,
      };
      await expect(openai.responses.retrieve(id)).rejects.toMatchObject(unknown);
      await expect(openai.responses.delete(id)).rejects.toMatchObject(unknown);
      await expect(openai.responses.cancel(id)).rejects.toMatchObject(unknown);
      await expect(openai.responses.inputItems.list(id)).rejects.toMatchObject(unknown);
    }
  });

  test('lists the input of a response page by page', async () => {
    const { openai } = await setUp();
    const input = Array.from({ length: 45 }, (_, n) => ({ role: 'user' as const, content: `text ${n}` }));
    const { id } = await openai.responses.create({ model: 'gpt-4o', input });
    const texts = (items: readonly unknown[]) =>
      items.map((item) => (item as { content: { text: string }[] }).content[0]?.text);
    const inOrder = input.map(({ content }) => content);
    const page = await openai.responses.inputItems.list(id);
    expect(page.data).toHaveLength(20);
    expect(page.has_more).toBe(true);
    expect(texts(await collect(page))).toEqual(inOrder.toReversed());
    expect(
      texts(await collect(await openai.responses.inputItems.list(id, { order: 'asc', limit: 7 }))),
    ).toEqual(inOrder);
    const last = await openai.responses.inputItems.list(id, { order: 'asc', after: page.data[0]?.id ?? '' });
    expect(last).toMatchObject({ data: [], has_more: false });
    expect(page.data[0]).toMatchObject({
      id: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
      type: 'message',
      role: 'user',
      status: 'completed',
      content: [{ type: 'input_text' }],
    });
    for (const query of [{ limit: 0 }, { limit: 101 }, { after: 'msg_0' }, { order: 'up' as 'asc' }]) {
      await expect(openai.responses.inputItems.list(id, query)).rejects.toMatchObject({
        status: 400,
        param: Object.keys(query)[0],
      });
    }
  });

  test('goes on from a previous response, whose history counts', async () => {
    const { openai } = await setUp();
    const first = await openai.responses.create({ model: 'gpt-5', input: 'Hello', instructions: 'Be brief' });
    const second = await openai.responses.create({
      model: 'gpt-5',
      input: 'And then?',
      previous_response_id: first.id,
    });
    const third = await openai.responses.create({
      model: 'gpt-5',
      input: [{ role: 'user', content: 'So?' }],
      previous_response_id: second.id,
    });
    const again = await openai.responses.create({
      model: 'gpt-5',
      input: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: first.output_text },
        { role: 'user', content: 'And then?' },
        { role: 'assistant', content: second.output_text },
        { role: 'user', content: 'So?' },
      ],
    });
    expect(third.usage?.input_tokens).toBe(again.usage?.input_tokens);
    expect(third.previous_response_id).toBe(second.id);
    const items = await collect(await openai.responses.inputItems.list(third.id, { order: 'asc' }));
    expect(items.map((item) => 'role' in item && item.role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ]);
    // Of what came before, nothing goes with a response that is deleted.
    await openai.responses.delete(first.id);
    expect(await collect(await openai.responses.inputItems.list(third.id))).toHaveLength(5);
  });

  test('is told that there is no such previous response', async () => {
    const { mock, openai } = await setUp();
    const asked = { ...request, previous_response_id: 'resp_0' };
    const refused = {
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
      message: "400 Previous response with id 'resp_0' not found.",
    };
    await expect(openai.responses.create(asked)).rejects.toMatchObject(refused);
    await expect(openai.responses.create({ ...asked, stream: true })).rejects.toMatchObject(refused);
    await mock.settled();
    expect(mock.ledger().map(({ usage }) => usage)).toEqual([null, null]);
  });

  test('names an item by reference', async () => {
    const { openai } = await setUp();
    const first = await openai.responses.create(request);
    const reference = { type: 'item_reference' as const, id: first.output[0]?.id ?? '' };
    const second = await openai.responses.create({ model: 'gpt-4o', input: [reference] });
    const spelled = await openai.responses.create({
      model: 'gpt-4o',
      input: [{ role: 'assistant', content: first.output_text }],
    });
    expect(second.usage?.input_tokens).toBe(spelled.usage?.input_tokens);
    await expect(
      openai.responses.create({ model: 'gpt-4o', input: [{ ...reference, id: 'msg_0' }] }),
    ).rejects.toMatchObject({ status: 404, message: "404 Item with id 'msg_0' not found." });
  });

  test('finds nothing of an answer that broke off or was never let through', async () => {
    const { openai } = await setUp({ schedule: always({ kind: 'cut', rate: 1 } as const) });
    const events = await collect(await openai.responses.create({ ...request, stream: true }));
    const [created] = events;
    const id = created?.type === 'response.created' ? created.response.id : '';
    expect(id).toMatch(/^resp_/);
    await expect(openai.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  test.skipIf(version === '6.0')('counts the tokens of a request as the request does', async () => {
    const { mock, openai } = await setUp();
    const first = await openai.responses.create(request);
    const next = {
      model: 'gpt-4o',
      input: 'And then?',
      previous_response_id: first.id,
      instructions: 'Briefly',
    };
    const counted = await openai.responses.inputTokens.count(next);
    const second = await openai.responses.create(next);
    expect(counted).toEqual({ object: 'response.input_tokens', input_tokens: second.usage?.input_tokens });
    expect(await openai.responses.inputTokens.count({})).toMatchObject({ input_tokens: 3 });
    await expect(
      openai.responses.inputTokens.count({ previous_response_id: 'resp_0' }),
    ).rejects.toMatchObject({ code: 'previous_response_not_found' });
    await mock.settled();
    expect(mock.ledger()[1]).toMatchObject({ usage: null, endpoint: 'responses' });
  });

  test.skipIf(version === '6.0')('compacts a conversation', async () => {
    const { mock, openai } = await setUp();
    const first = await openai.responses.create(request);
    const compacted = await openai.responses.compact({
      model: 'gpt-4o',
      input: 'And then?',
      previous_response_id: first.id,
    });
    await mock.settled();
    expect(compacted).toMatchObject({ id: expect.stringMatching(/^resp_/), object: 'response.compaction' });
    expect(compacted.output.map((item) => item.type)).toEqual(['message', 'message', 'compaction']);
    const usage = mock.ledger().at(-1)?.usage;
    expect(compacted.usage).toMatchObject({
      input_tokens: usage?.inputTokens,
      output_tokens: usage?.outputTokens,
    });
    // What it gives is what the next request takes.
    const next = await openai.responses.create({
      model: 'gpt-4o',
      input: compacted.output as OpenAI.Responses.ResponseInputItem[],
    });
    expect(next.status).toBe('completed');
    await expect(openai.responses.compact({ model: null })).rejects.toMatchObject({ status: 400 });
  });
});

test('a cancel and a count are no requests to a model, so that no limit holds them', async () => {
  const mock = await mockForTest({ limits: [{ requests: 1, per: 'minute' }] });
  const headers = { authorization: 'Bearer any' };
  const post = (path: string, body: object) =>
    fetch(`${mock.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const statuses = [
    (await post('/responses/input_tokens', request)).status,
    (await post('/responses/resp_0/cancel', {})).status,
    (await post('/responses', request)).status,
    (await post('/responses/compact', request)).status,
  ];
  expect(statuses).toEqual([200, 404, 200, 429]);
});

test('the oldest responses go when they are too large together', async () => {
  const mock = await mockForTest();
  const headers = { authorization: 'Bearer any' };
  const ids: string[] = [];
  for (const input of ['a', 'b', 'c'].map((letter) => letter.repeat(23 * 1024 * 1024))) {
    const body = JSON.stringify({ model: 'gpt-4o', input });
    const response = await fetch(`${mock.url}/responses`, { method: 'POST', headers, body });
    ids.push(((await response.json()) as { id: string }).id);
  }
  const statuses = ids.map(async (id) => (await fetch(`${mock.url}/responses/${id}`, { headers })).status);
  expect(await Promise.all(statuses)).toEqual([404, 200, 200]);
}, 30_000);
