import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { ScriptedAnswer } from '../../../src/mock/index.ts';
import {
  type ConversationOptions,
  memoryRecords,
  type OutgoingMessage,
} from '../../../src/patterns/index.ts';
import { conversation, type Model, majors, startModel, ways } from './support.ts';

let model: Model;
afterEach(async () => {
  await model.mock.close();
});

const common = { id: 'u', model: 'gpt-5-mini' } as const;

describe.each(majors)('on %s', (_, Client) => {
  it.each(['conversations', 'previous-response'] as const)(
    'tells a provider that has forgotten all of it again, and says so, by %s',
    async (via) => {
      model = await startModel(Client);
      const { client, shown, mock } = model;
      const chat = await conversation({ ...common, client, via });
      await chat.send('one');
      await mock.start({});
      const second = await chat.send('two');
      expect(second.notices.map(({ kind }) => kind)).toEqual(['reseeded']);
      expect(await chat.send('three')).toMatchObject({ text: 're: three', notices: [] });
      expect(shown.at(-1)?.map((line) => line.replace(/^\w+: /, ''))).toEqual([
        'one',
        're: one',
        'two',
        're: two',
        'three',
      ]);
    },
  );
});

it('does not take a model that is not there for a conversation that is not there', async () => {
  const error = { message: 'no such model', type: 'invalid_request_error', code: 'model_not_found' };
  model = await startModel(undefined, () => ({ status: 404, body: { error } }));
  const chat = await conversation({ ...common, client: model.client });
  await expect(chat.send('one')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  expect(model.bodies()).toHaveLength(1);
  expect(chat.messages()).toMatchObject([{ text: 'one', state: 'failed' }]);
});

const outcomes: readonly [string, ScriptedAnswer, object][] = [
  ['empty', { text: '', reasoningTokens: 192, finishReason: 'length' }, { outcome: 'empty', text: '' }],
  ['refused', { refusal: 'Not for you.' }, { outcome: 'refused', text: 'Not for you.' }],
  [
    'truncated',
    { text: 'The wind', finishReason: 'length' },
    { outcome: 'truncated', text: 'The wind', incompleteReason: 'max_output_tokens' },
  ],
];
it.each(outcomes)('tells of an answer that is %s', async (_, answer, expected) => {
  model = await startModel(undefined, () => answer);
  const { client } = model;
  const chat = await conversation({ ...common, client, via: 'history' });
  expect(await chat.send('one')).toMatchObject(expected);
  expect(chat.messages().at(-1)).toMatchObject({ role: 'assistant', state: 'answered', ...expected });
});

describe.each(ways)('by %s', (via) => {
  it('gets an answer that broke off whole, where nobody saw its pieces', async () => {
    model = await startModel();
    const { client, mock, shown } = model;
    const chat = await conversation({ ...common, client, via });
    await chat.send('one');
    mock.setFaults([{ kind: 'cut', rate: 1, afterChunks: 1 }]);
    const failing = await chat.send('two');
    expect(failing).toMatchObject({ outcome: 'truncated', turn: 2 });
    expect(failing.notices.map(({ kind }) => kind)).toEqual(['resent', 'resent']);
    expect(failing.cost.calls).toBe(3);
    mock.setFaults([]);
    expect(await chat.send('three')).toMatchObject({ text: 're: three', outcome: 'ok' });
    expect(shown.at(-1)?.filter((line) => line.includes('one'))).toHaveLength(2);
    expect(shown.at(-1)?.filter((line) => line === 'user: two')).toHaveLength(1);
  });

  it('comes through a bad hour, and nothing is said twice or lost', async () => {
    const faults = [
      { kind: 'cut', rate: 0.2 },
      { kind: 'reset-midstream', rate: 0.2 },
      { kind: 'error-event', rate: 0.1 },
      { status: 503, rate: 0.1 },
    ] as const;
    model = await startModel(undefined, undefined, { seed: 4 });
    model.mock.setFaults([...faults]);
    const { client, mock, shown } = model;
    const chat = await conversation({ ...common, client, via });
    const said = Array.from({ length: 12 }, (_, at) => `question${at}`);
    for (const text of said) await chat.send(text).catch(() => undefined);
    mock.setFaults([]);
    await chat.send('last');
    const last = shown.at(-1) ?? [];
    const messages = chat.messages().filter(({ role }) => role === 'user');
    expect(messages.map(({ text }) => text)).toEqual([...said, 'last']);
    // The model is shown each that did not fail, once.
    for (const { text, state } of messages)
      expect(last.filter((line) => line === `user: ${text}`)).toHaveLength(state === 'failed' ? 0 : 1);
    expect(messages.some(({ state }) => state === 'answered')).toBe(true);
  });
});

it('sends what `prepare` gives, and keeps what was said', async () => {
  model = await startModel();
  const { client, shown } = model;
  const seen: (readonly OutgoingMessage[])[] = [];
  const prepare: ConversationOptions['prepare'] = async (messages) => {
    seen.push(messages);
    return [{ role: 'developer', content: 'Kiel is windy.' }, ...messages];
  };
  const chat = await conversation({ ...common, client, prepare });
  await chat.send('one');
  await chat.send('two');
  expect(shown.at(-1)).toEqual(['developer: Kiel is windy.', 'user: one', 'assistant: re: one', 'user: two']);
  expect(seen.at(-1)?.map(({ content }) => content)).toEqual(['one', 're: one', 'two']);
  expect(chat.messages().map(({ text }) => text)).toEqual(['one', 're: one', 'two', 're: two']);
});

it.each(ways)('sends nothing and loses nothing when `prepare` throws, by %s', async (via) => {
  model = await startModel();
  let isBroken = true;
  const prepare: ConversationOptions['prepare'] = (messages) => {
    if (isBroken) throw new RangeError('no index');
    return messages;
  };
  const chat = await conversation({ ...common, client: model.client, prepare, via });
  await expect(chat.send('one')).rejects.toThrow('no index');
  expect(model.bodies()).toEqual([]);
  expect(chat.messages()).toMatchObject([{ text: 'one', state: 'failed' }]);
  isBroken = false;
  await chat.send('one');
  expect(model.shown).toEqual([['user: one']]);
});

it('can be stopped while `prepare` never ends, and lets the next turn in', async () => {
  model = await startModel();
  let isStuck = true;
  let isCalled = (): void => undefined;
  const called = new Promise<void>((resolve) => {
    isCalled = resolve;
  });
  const prepare: ConversationOptions['prepare'] = (messages) => {
    isCalled();
    return isStuck ? new Promise(() => undefined) : messages;
  };
  const chat = await conversation({ ...common, client: model.client, prepare });
  const stop = new AbortController();
  const turn = chat.send('one', { signal: stop.signal });
  await called;
  stop.abort(new RangeError('enough'));
  await expect(turn).rejects.toThrow('enough');
  expect(model.bodies()).toEqual([]);
  isStuck = false;
  expect(await chat.send('two')).toMatchObject({ text: 're: two' });
});

it.each([Number.NaN, -1, 'five', undefined])(
  'fails the turn, and drops nothing, where %o is counted',
  async (given) => {
    model = await startModel();
    let counts: unknown = 1;
    const countTokens = (() => counts) as () => number;
    const chat = await conversation({ ...common, client: model.client, keep: { tokens: 100 }, countTokens });
    await chat.send('one');
    counts = given;
    await expect(chat.send('two')).rejects.toMatchObject({
      code: 'invalid_option',
      option: 'options.countTokens',
    });
    counts = 1;
    await chat.send('three');
    expect(model.shown.at(-1)).toEqual(['user: one', 'assistant: re: one', 'user: three']);
  },
);

it.each([undefined, [], 'text', [{ role: 'user' }]])('refuses %o from `prepare`', async (given) => {
  model = await startModel();
  const prepare = (() => given) as unknown as NonNullable<ConversationOptions['prepare']>;
  const chat = await conversation({ ...common, client: model.client, prepare });
  await expect(chat.send('one')).rejects.toMatchObject({ code: 'invalid_option', option: 'options.prepare' });
});

it('passes pictures and files on, and keeps them', async () => {
  model = await startModel();
  const chat = await conversation({ ...common, client: model.client, via: 'history' });
  await chat.send([
    { type: 'input_text', text: 'What is this?' },
    { type: 'input_image', image_url: 'https://a.test/a.png', detail: 'auto' },
  ]);
  await chat.send('And now?');
  expect(model.shown.at(-1)?.[0]).toBe('user: What is this?|[input_image]');
  expect(chat.export('markdown')).toContain('[image]');
});

it.each([
  [{ client: new OpenAI({ apiKey: 'k' }) }, /observe/],
  [{ id: '' }, /`options.id`/],
  [{ id: 'x'.repeat(201) }, /200 characters/],
  [{ model: 3 }, /`options.model`/],
  [{ via: 'history ' }, /Did you mean 'history'/],
  [{ keep: { turns: 0 } }, /`options.keep.turns` to be a positive integer/],
  [{ keep: { leave: 2 } }, /`options.keep.leave`/],
  [{ summarise: { modle: 'x' } }, /Did you mean `model`/],
  [{ store: {} }, /fileRecords/],
  [{ request: { store: false } }, /without `store`/],
  [{ prepare: 'x' }, /a function/],
  [{ retentionMs: -1 }, /`options.retentionMs`/],
  [{ tags: { a: 3 } }, /tags/],
  [{ unknown: 1 }, /Unknown option `options.unknown`/],
])('refuses %o', async (given, message) => {
  model = await startModel();
  const options = { ...common, client: model.client, ...given } as unknown as ConversationOptions;
  await expect(conversation(options)).rejects.toThrow(message);
});

it.each(['', '  ', [], [{ text: 'x' }], 3, undefined])('refuses to send %o', async (content) => {
  model = await startModel();
  const chat = await conversation({ ...common, client: model.client, store: memoryRecords() });
  await expect(chat.send(content as string)).rejects.toMatchObject({
    code: 'invalid_option',
    option: expect.stringMatching(/^content/),
  });
  expect(model.mock.ledger()).toEqual([]);
});

it('goes on with a turn where the interrupted one before it failed, and says so', async () => {
  model = await startModel(undefined, ({ text }) =>
    text === 'one' ? { status: 400, body: { error: { message: 'no', code: 'invalid_prompt' } } } : undefined,
  );
  const { client, shown } = model;
  const store = memoryRecords();
  const options = { ...common, client, store, via: 'history' } as const;
  await (await conversation(options)).send('zero');
  const { value, revision } = (await store.read('conversation/u')) ?? { revision: null };
  const record = value as { turns: object[] };
  // As a process leaves it that ended.
  const pending = { ...record.turns[0], state: 'pending', user: 'one', text: undefined, outcome: undefined };
  await store.write('conversation/u', { ...record, turns: [...record.turns, pending] }, revision);
  const chat = await conversation(options);
  expect(chat.pending()?.text).toBe('one');
  const reply = await chat.send('two');
  expect(reply).toMatchObject({ turn: 3, text: 're: two' });
  expect(reply.notices).toMatchObject([{ kind: 'unanswered', message: /turn 2.*invalid_prompt/ }]);
  expect(shown.at(-1)).toEqual(['user: zero', 'assistant: re: zero', 'user: two']);
});
