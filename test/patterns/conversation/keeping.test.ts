import { afterEach, describe, expect, it } from 'vitest';
import type { AnswerRequest, ScriptedAnswer } from '../../../src/mock/index.ts';
import { memoryRecords } from '../../../src/patterns/index.ts';
import { conversation, type Model, startModel, ways } from './support.ts';

let model: Model;
afterEach(async () => {
  await model.mock.close();
});

/** The request that asks for a summary, by its instructions. */
function isSummary({ body }: AnswerRequest): boolean {
  return String(body['instructions']).includes('your summary');
}

const summaries: (request: AnswerRequest) => ScriptedAnswer | undefined = (request) =>
  isSummary(request)
    ? { text: `sum of ${request.text.match(/(?<=User \[\w+\]:\n)\w+/g)?.join(' ')}` }
    : undefined;

describe.each(ways)('by %s', (via) => {
  it('shows the last turns, and a summary of those before, and says what that cost', async () => {
    model = await startModel(undefined, summaries);
    const { client, shown, mock, sent } = model;
    const keep = { turns: 2 };
    const chat = await conversation({
      client,
      id: 'u',
      model: 'gpt-5-mini',
      via,
      keep,
      summarise: { model: 'gpt-5-nano' },
    });
    const replies = [];
    for (const said of ['a', 'b', 'c', 'd', 'e']) replies.push(await chat.send(said));
    expect(replies.map(({ summarised }) => summarised?.turns)).toEqual([
      undefined,
      undefined,
      undefined,
      2,
      undefined,
    ]);
    expect(replies[3]?.notices.map(({ kind }) => kind)).toEqual(['summarised']);
    expect(shown.at(-1)).toEqual([
      'user: [What was said before, in short]\n\nsum of a b',
      'user: c',
      'assistant: re: c',
      'user: d',
      'assistant: re: d',
      'user: e',
    ]);
    expect(chat.summary()).toMatchObject({ text: 'sum of a b', turns: 2 });
    expect(chat.messages()).toHaveLength(10);
    // The provider's conversation that had more in it is gone.
    const deleted = sent.filter(({ method }) => method === 'DELETE');
    expect(deleted).toHaveLength(via === 'conversations' ? 1 : 0);
    const { summarised, costUsd = 0 } = replies[3] ?? {};
    const totals = chat.totals();
    expect(summarised?.cost.costUsd).toBeGreaterThan(0);
    expect(costUsd).toBeGreaterThan(summarised?.cost.costUsd ?? Number.NaN);
    expect(totals).toMatchObject({ calls: 6, summaries: 1, summaryCost: summarised?.cost });
    await mock.settled();
    const models = mock.ledger().flatMap((entry) => (entry.endpoint === 'responses' ? entry.model : []));
    expect(models.filter((name) => name === 'gpt-5-nano')).toHaveLength(1);
    const outputTokens = mock.ledger().reduce((sum, { usage }) => sum + (usage?.outputTokens ?? 0), 0);
    expect(totals.outputTokens).toBe(outputTokens);
  });

  it('only leaves out what falls out where nothing is to be summarised', async () => {
    model = await startModel();
    const keep = { turns: 1, leave: 1 };
    const chat = await conversation({
      client: model.client,
      id: 'u',
      model: 'gpt-5-mini',
      via,
      keep,
      summarise: false,
    });
    for (const said of ['a', 'b']) await chat.send(said);
    const third = await chat.send('c');
    expect(third.notices.map(({ kind }) => kind)).toEqual(['dropped']);
    expect(model.shown.at(-1)).toEqual(['user: b', 'assistant: re: b', 'user: c']);
    expect(chat.totals()).toMatchObject({ calls: 3, summaries: 0 });
  });

  it('shows less of it, once, when the provider says that it is too long', async () => {
    model = await startModel(undefined, (request) => {
      if (isSummary(request)) return summaries(request);
      if (request.messages.length <= 4) return undefined;
      const error = { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' };
      return { status: 400, body: { error } };
    });
    const chat = await conversation({ client: model.client, id: 'u', model: 'gpt-5-mini', via });
    for (const said of ['a', 'b']) await chat.send(said);
    const third = await chat.send('c');
    expect(third).toMatchObject({ text: 're: c', outcome: 'ok' });
    expect(third.notices.map(({ kind }) => kind)).toEqual(['summarised', 'shrunk']);
    expect(model.shown.at(-1)).toEqual([
      'user: [What was said before, in short]\n\nsum of a',
      'user: b',
      'assistant: re: b',
      'user: c',
    ]);
    // It is too long for good.
    await expect(chat.send(Array(5).fill({ type: 'input_text', text: 'x' }))).resolves.toMatchObject({
      turn: 4,
    });
  });
});

it('still shows what could not be summarised, and says so', async () => {
  model = await startModel(undefined, (request) =>
    isSummary(request) ? { text: '', reasoningTokens: 64, finishReason: 'length' } : undefined,
  );
  const keep = { turns: 1 };
  const chat = await conversation({
    client: model.client,
    id: 'u',
    model: 'gpt-5-mini',
    via: 'history',
    keep,
  });
  for (const said of ['a', 'b']) await chat.send(said);
  const third = await chat.send('c');
  expect(third.notices.map(({ kind }) => kind)).toEqual(['unsummarised']);
  expect(model.shown.at(-1)).toHaveLength(5);
  // Twice it was paid for nothing, which is told.
  expect(third.cost.calls).toBe(3);
  expect(chat.totals()).toMatchObject({ calls: 5, summaries: 0, summaryCost: { calls: 2 } });
});

it('gives a summary that was cut short more room', async () => {
  model = await startModel(undefined, (request) => {
    if (!isSummary(request)) return undefined;
    const isSmall = Number(request.body['max_output_tokens']) <= 2_000;
    return isSmall ? { text: 'half a', finishReason: 'length' } : 'half and whole';
  });
  const options = { client: model.client, id: 'u', model: 'gpt-5-mini', via: 'history' } as const;
  const chat = await conversation({ ...options, keep: { turns: 1 } });
  for (const said of ['a', 'b', 'c']) await chat.send(said);
  expect(chat.summary()?.text).toBe('half and whole');
  expect(chat.totals()).toMatchObject({ summaries: 1, summaryCost: { calls: 2 } });
});

it('keeps within a budget of tokens', async () => {
  model = await startModel();
  const countTokens = (text: string): number => text.length;
  const options = {
    client: model.client,
    id: 'u',
    model: 'gpt-5-mini',
    summarise: false,
    via: 'history',
  } as const;
  // A turn is `aaaa` and `re: aaaa`, with 4 around each.
  const chat = await conversation({ ...options, keep: { tokens: 45, leave: 1 }, countTokens });
  for (const said of ['aaaa', 'bbbb', 'cccc', 'dddd']) await chat.send(said);
  expect(model.shown.at(-1)).toEqual([
    'user: bbbb',
    'assistant: re: bbbb',
    'user: cccc',
    'assistant: re: cccc',
    'user: dddd',
  ]);
});

it('asks in parts for a summary that is itself too long', async () => {
  model = await startModel(undefined, (request) => {
    if (!isSummary(request)) return undefined;
    if (request.text.length < 80) return summaries(request);
    const error = { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' };
    return { status: 400, body: { error } };
  });
  const store = memoryRecords();
  const options = { client: model.client, id: 'u', model: 'gpt-5-mini', store, via: 'history' } as const;
  const chat = await conversation(options);
  for (const said of ['a', 'b']) await chat.send(said);
  const narrow = await conversation({ ...options, keep: { turns: 1, leave: 0 } });
  await narrow.send('c');
  expect(narrow.summary()?.turns).toBe(1);
});
