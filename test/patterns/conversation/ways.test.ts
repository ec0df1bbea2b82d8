import { afterEach, describe, expect, it } from 'vitest';
import { memoryRecords } from '../../../src/patterns/index.ts';
import { conversation, type Model, majors, startModel, ways } from './support.ts';

let model: Model;
afterEach(async () => {
  await model.mock.close();
});

const cases = majors.flatMap(([name, Client]) => ways.map((via) => [via, name, Client] as const));

describe.each(cases)('by %s, on %s', (via, _, Client) => {
  it('shows the model all that was said, and counts what it cost', async () => {
    model = await startModel(Client);
    const { client, shown, bodies, mock } = model;
    const store = memoryRecords();
    const options = { client, id: 'u-42', model: 'gpt-5-mini', store, via, instructions: 'Be kind.' };
    const first = await (await conversation(options)).send('one');
    expect(first).toMatchObject({ turn: 1, text: 're: one', outcome: 'ok', notices: [] });
    expect(first.usage.source).toBe('provider');
    const second = await (await conversation(options)).send('two');
    const chat = await conversation(options);
    const third = await chat.send([{ type: 'input_text', text: 'three' }]);
    expect(shown.at(-1)).toEqual([
      'system: Be kind.',
      'user: one',
      'assistant: re: one',
      'user: two',
      'assistant: re: two',
      'user: three',
    ]);
    expect(chat.messages().map(({ turn, role, text }) => `${turn} ${role} ${text}`)).toEqual([
      '1 user one',
      '1 assistant re: one',
      '2 user two',
      '2 assistant re: two',
      '3 user three',
      '3 assistant re: three',
    ]);
    // Where the provider keeps what was said, it is said once.
    expect(bodies().at(-1)?.['input']).toHaveLength(via === 'history' ? 5 : 1);
    expect(bodies().map(({ store: isStored }) => isStored)).toEqual(Array(3).fill(via !== 'history'));
    await mock.settled();
    const totals = chat.totals();
    const costUsd = [first, second, third].reduce((sum, reply) => sum + (reply.costUsd ?? Number.NaN), 0);
    expect(totals.costUsd).toBeCloseTo(costUsd, 12);
    const booked = mock.ledger().flatMap(({ usage }) => usage ?? []);
    expect(totals).toMatchObject({
      turns: 3,
      calls: 3,
      inputTokens: booked.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
      outputTokens: booked.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
      uncountedCalls: 0,
      unpricedCalls: 0,
    });
  });

  it('gives the answer in pieces, and the reply after them', async () => {
    model = await startModel(Client, () => ({ chunks: ['one ', 'two ', 'three'] }));
    const chat = await conversation({ client: model.client, id: 'u-42', model: 'gpt-5-mini', via });
    const stream = chat.stream('Hello');
    const pieces: string[] = [];
    for await (const piece of stream) pieces.push(piece);
    expect(pieces).toEqual(['one ', 'two ', 'three']);
    expect(await stream.reply()).toMatchObject({ text: 'one two three', outcome: 'ok' });
  });

  it('keeps a turn that was stopped, and what came of it, and goes on from there', async () => {
    model = await startModel(Client, ({ text }) =>
      text === 'go on' ? undefined : { chunks: ['one ', ...Array<string>(200).fill('more ')] },
    );
    const { client, shown } = model;
    const store = memoryRecords();
    const chat = await conversation({ client, id: 'u-42', model: 'gpt-5-mini', store, via });
    await chat.send('go on');
    const stream = chat.stream('tell');
    for await (const piece of stream) if (piece === 'more ') break;
    const reply = await stream.reply();
    expect(reply).toMatchObject({ turn: 2, outcome: 'cut' });
    expect(reply.text).toMatch(/^one more /);
    const again = await conversation({ client, id: 'u-42', model: 'gpt-5-mini', store, via });
    expect(again.messages().at(-1)).toMatchObject({ text: reply.text, state: 'cut', outcome: 'cut' });
    expect(await again.send('go on')).toMatchObject({ turn: 3, outcome: 'ok' });
    expect(shown.at(-1)).toEqual([
      'user: go on',
      'assistant: re: go on',
      'user: tell',
      `assistant: ${reply.text}`,
      'user: go on',
    ]);
    // What was cut is paid too, and its tokens are an estimate.
    expect(again.totals()).toMatchObject({ calls: 3, turns: 3 });
  });

  it('tells who waits that the caller has stopped', async () => {
    model = await startModel(Client, () => ({ chunks: Array<string>(200).fill('more ') }));
    const chat = await conversation({ client: model.client, id: 'u-42', model: 'gpt-5-mini', via });
    const stop = new AbortController();
    const stream = chat.stream('tell', { signal: stop.signal });
    const reading = (async () => {
      for await (const _ of stream) stop.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(await stream.reply()).toMatchObject({ outcome: 'cut' });
    const other = new AbortController();
    const sending = chat.send('tell', { signal: other.signal });
    setTimeout(() => other.abort(new Error('no more')), 20);
    await expect(sending).rejects.toThrow('no more');
    expect(chat.messages().at(-1)).toMatchObject({ turn: 2, state: 'cut' });
  });
});
