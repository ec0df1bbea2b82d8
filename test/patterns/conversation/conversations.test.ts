import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { conversation, conversations, memoryRecords, type RecordStore } from '../../../src/patterns/index.ts';
import { type Model, startModel, ways } from './support.ts';

let model: Model;
let store: RecordStore;
let nowMs: number;
const clock = { ...systemClock, epochMs: () => nowMs };
beforeEach(async () => {
  nowMs = 1_000_000;
  model = await startModel();
  store = memoryRecords({ clock });
});
afterEach(async () => {
  await model.mock.close();
});

const open = async (id: string, more: object = {}) =>
  await conversation({ client: model.client, id, model: 'gpt-5-mini', store, clock, ...more });

it('lists what there is, with what cannot be read', async () => {
  const all = conversations({ store, clock });
  expect(await all.list()).toEqual([]);
  const { costUsd } = await (await open('a')).send('  What is\nthis? ');
  await store.write('conversation/damaged', { version: 1, turns: 3 });
  await store.write('conversation/newer', { version: 99 });
  await store.write('job/other', { version: 1 });
  nowMs += 5;
  await (await open('b')).send('two');
  expect(await all.list()).toMatchObject([
    { id: 'b', turns: 1, title: 'two', isPending: false },
    { id: 'newer', problem: 'record_newer' },
    { id: 'damaged', problem: 'record_damaged' },
    { id: 'a', createdMs: 1_000_000, changedMs: 1_000_000, turns: 1, title: 'What is this?', costUsd },
  ]);
  expect(await all.exists('a')).toBe(true);
  expect(await all.exists('c')).toBe(false);
});

it('refuses what it cannot read, and a conversation that there has to be', async () => {
  await store.write('conversation/damaged', { version: 1, turns: 3 });
  await store.write('conversation/newer', { version: 99 });
  await expect(open('damaged')).rejects.toMatchObject({ code: 'record_damaged', message: /turns/ });
  await expect(open('newer')).rejects.toMatchObject({ code: 'record_newer' });
  await expect(open('unknown', { mustExist: true })).rejects.toMatchObject({ code: 'record_unknown' });
  const all = conversations({ store });
  await expect(all.export('unknown', 'json')).rejects.toMatchObject({ code: 'record_unknown' });
  expect((await store.read('conversation/newer'))?.value).toEqual({ version: 99 });
});

it.each(ways)('forgets it here and at the provider, by %s', async (via) => {
  const chat = await open('a', { via });
  await chat.send('one');
  await chat.send('two');
  const kept = [...model.sent];
  expect(await chat.forget()).toEqual({ wasKept: true, provider: via === 'history' ? 'nothing' : 'deleted' });
  expect(chat.messages()).toEqual([]);
  expect(await store.list()).toEqual([]);
  const deleted = model.sent.slice(kept.length).map(({ method, path }) => `${method} ${path.split('/')[1]}`);
  expect(deleted).toEqual(
    via === 'history'
      ? []
      : [
          ...(via === 'conversations' ? ['DELETE conversations'] : []),
          'DELETE responses',
          'DELETE responses',
        ],
  );
  expect(await chat.forget()).toEqual({ wasKept: false, provider: 'nothing' });
  expect(await chat.send('three')).toMatchObject({ turn: 1, notices: [] });
  expect(model.shown.at(-1)).toEqual(['user: three']);
});

it('says what the provider may still keep', async () => {
  await (await open('a')).send('one');
  await (await open('b')).send('one');
  expect(await conversations({ store }).forget('a')).toEqual({ wasKept: true, provider: 'left' });
  model.mock.setFaults([{ status: 500, rate: 1 }]);
  const told = await conversations({ store, client: model.client }).forget('b');
  expect(told).toEqual({ wasKept: true, provider: 'left', error: 'InternalServerError' });
  expect(await store.list()).toEqual([]);
});

it('deletes what is older than it may be, and leaves what it cannot read', async () => {
  const dayMs = 24 * 60 * 60 * 1_000;
  await (await open('short', { retentionMs: dayMs })).send('one');
  await (await open('long')).send('one');
  await store.write('conversation/damaged', { version: 1 });
  const all = conversations({ store, client: model.client, clock });
  nowMs += dayMs;
  expect(await all.prune()).toEqual([]);
  nowMs += 1;
  expect(await all.prune()).toEqual([{ id: 'short', wasKept: true, provider: 'deleted' }]);
  nowMs += dayMs;
  expect((await all.prune({ retentionMs: dayMs })).map(({ id }) => id)).toEqual(['long']);
  expect((await all.list()).map(({ id }) => id)).toEqual(['damaged']);
});

it('begins anew what is older than it may be when it is opened', async () => {
  await (await open('a', { retentionMs: 1_000 })).send('one');
  nowMs += 1_001;
  expect((await open('a')).messages()).toEqual([]);
});

it('exports all that was said', async () => {
  const chat = await open('a');
  await chat.send('one');
  const json = JSON.parse(chat.export('json')) as { messages: unknown[]; totals: unknown };
  expect(json).toEqual({ id: 'a', messages: chat.messages(), totals: chat.totals() });
  expect(await conversations({ store }).export('a', 'json')).toBe(chat.export('json'));
  expect(chat.export('markdown')).toBe(
    '# Conversation a\n\n## User, 1970-01-01T00:16:40.000Z\n\none\n\n## Assistant, 1970-01-01T00:16:40.000Z\n\nre: one\n',
  );
  expect(() => chat.export('html' as 'json')).toThrow(/'json' or 'markdown'/);
});

it('keeps several conversations apart', async () => {
  const [a, b] = [await open('a'), await open('b')];
  await Promise.all([a.send('one'), b.send('two'), a.send('three')]);
  expect(a.messages().map(({ text }) => text)).toEqual(['one', 're: one', 'three', 're: three']);
  expect(b.messages().map(({ text }) => text)).toEqual(['two', 're: two']);
});
