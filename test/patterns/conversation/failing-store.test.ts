import { afterEach, describe, expect, it } from 'vitest';
import { conversation, memoryRecords, type RecordStore } from '../../../src/patterns/index.ts';
import { type Model, startModel, ways } from './support.ts';

let model: Model;
afterEach(async () => {
  await model.mock.close();
});

/** A disk that is full for the writes with these numbers, from 1. */
function fullFor(store: RecordStore, numbers: readonly number[]): RecordStore {
  let writes = 0;
  return {
    ...store,
    write: async (...args) => {
      writes += 1;
      if (numbers.includes(writes))
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      return await store.write(...args);
    },
  };
}

describe.each(ways)('a store that fails, by %s', (via) => {
  const common = { id: 'u', model: 'gpt-5-mini', via } as const;
  /** Of a first turn: what was said, the id or the provider's conversation, …, how it ended. */
  const writes = { conversations: 4, 'previous-response': 3, history: 2 }[via];

  it('sends nothing where it does not take what was said', async () => {
    model = await startModel();
    const store = memoryRecords();
    const chat = await conversation({ ...common, client: model.client, store: fullFor(store, [1]) });
    await expect(chat.send('one')).rejects.toThrow('ENOSPC');
    expect(model.bodies()).toEqual([]);
    expect(chat.messages()).toEqual([]);
    expect(await chat.send('two')).toMatchObject({ turn: 1, text: 're: two', notices: [] });
  });

  it('loses and repeats no answer where it does not take how the turn ended', async () => {
    model = await startModel();
    const store = memoryRecords();
    const failing = fullFor(store, [writes]);
    const chat = await conversation({ ...common, client: model.client, store: failing });
    const first = await chat.send('one');
    expect(first).toMatchObject({ text: 're: one', outcome: 'ok' });
    expect(first.notices.map(({ kind, message }) => [kind, message.includes('ENOSPC')])).toEqual([
      ['unwritten', true],
    ]);
    await chat.refresh();
    expect(chat.messages().map(({ text }) => text)).toEqual(['one', 're: one']);
    expect(chat.pending()).toBeUndefined();
    expect(await chat.resume()).toBeUndefined();
    const second = await chat.send('two');
    expect(second).toMatchObject({ text: 're: two', notices: [] });
    expect(model.bodies()).toHaveLength(2);
    const again = await conversation({ ...common, client: model.client, store });
    expect(again.messages().map(({ text }) => text)).toEqual(['one', 're: one', 'two', 're: two']);
    expect(again.totals()).toMatchObject({ calls: 2, unpricedCalls: 0 });
  });

  it('asks for nothing twice where it fails on the way', async () => {
    model = await startModel();
    const between = Array.from({ length: writes - 2 }, (_, at) => at + 2).slice(
      via === 'conversations' ? 1 : 0,
    );
    const store = fullFor(memoryRecords(), between);
    const chat = await conversation({ ...common, client: model.client, store });
    const stream = chat.stream('one');
    let text = '';
    for await (const piece of stream) text += piece;
    expect(text).toBe('re: one');
    expect(await stream.reply()).toMatchObject({ outcome: 'ok', notices: [], cost: { calls: 1 } });
    expect(model.bodies()).toHaveLength(1);
  });

  it('gives way where somebody else has changed the record meanwhile', async () => {
    model = await startModel();
    const store = memoryRecords();
    let writesOfOne = 0;
    const paused: RecordStore = {
      ...store,
      hold: async () => ({ release: async () => undefined }),
      write: async (...args) => {
        writesOfOne += 1;
        if (writesOfOne === writes) {
          const other = await conversation({ ...common, client: model.client, store });
          await other.send('from another process');
        }
        return await store.write(...args);
      },
    };
    const chat = await conversation({ ...common, client: model.client, store: paused });
    await expect(chat.send('one')).rejects.toMatchObject({ code: 'record_conflict' });
    await chat.refresh();
    expect(chat.messages().map(({ text, state }) => [text, state])).toEqual([
      ['one', 'answered'],
      ['re: one', 'answered'],
      ['from another process', 'answered'],
      ['re: from another process', 'answered'],
    ]);
  });
});
