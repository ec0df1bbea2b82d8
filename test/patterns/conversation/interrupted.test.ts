import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import {
  type ConversationOptions,
  conversation,
  memoryRecords,
  type RecordHold,
} from '../../../src/patterns/index.ts';
import { endAt, steppedFetch, steppedStore } from './stepped.ts';
import { clientOf, type Model, startModel, ways } from './support.ts';

let model: Model | undefined;
afterEach(async () => {
  await model?.mock.close();
  model = undefined;
});

/** Waits go by twenty times as fast. */
const clock = {
  ...systemClock,
  schedule: (task: () => void, delayMs: number, kind: 'work' | 'housekeeping') =>
    systemClock.schedule(task, delayMs / 20, kind),
};

interface Interrupted {
  /** What the process had done, or all of it where it came to its end. */
  readonly names: readonly string[];
  readonly isOver: boolean;
}

/** Two turns, in the last of which the process ends at a step; then another process goes on. */
async function interruptAt(step: number, given: Partial<ConversationOptions>): Promise<Interrupted> {
  model = await startModel();
  const { mock, client, shown } = model;
  const store = memoryRecords();
  const options = { client, id: 'u', model: 'gpt-4.1-mini', store, clock, ...given };
  // One more, so that there is something to fall out.
  const before = given.keep ? ['zero', 'one'] : ['one'];
  for (const text of before) await (await conversation(options)).send(text);

  const holds: RecordHold[] = [];
  let isEnded = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    isEnded = resolve;
  });
  const { atStep, names } = endAt(step, () => {
    for (const hold of holds) void hold.release();
    isEnded();
  });
  const dying = await conversation({
    ...options,
    store: steppedStore(store, atStep, holds),
    client: clientOf(mock, undefined, [], steppedFetch(atStep)),
  });
  let isOver = false;
  await Promise.race([
    ended,
    dying.send('two').then(() => {
      isOver = true;
    }),
  ]);
  const wasKept = names.length > 1;
  const hadId = (await stored(store))?.turns[before.length]?.responseId !== undefined;

  const chat = await conversation(options);
  expect(chat.pending()?.text).toBe(wasKept && !isDone(chat.messages()) ? 'two' : undefined);
  const resumed = await chat.resume();
  if (wasKept && resumed)
    expect(resumed).toMatchObject({ turn: before.length + 1, text: 're: two', outcome: 'ok' });
  // What is fetched is priced as what was asked for.
  if (hadId && resumed && !given.keep) expect(resumed.costUsd).toBeGreaterThan(0);
  if (hadId && resumed && !given.keep) expect(resumed.usage.source).toBe('provider');
  expect(chat.pending()).toBeUndefined();
  const third = await chat.send('three');
  expect(third).toMatchObject({ text: 're: three', outcome: 'ok' });
  const said = [...before, ...(wasKept ? ['two'] : []), 'three'];
  const expected = said.flatMap((text) => [`user: ${text}`, `assistant: re: ${text}`]).slice(0, -1);
  expect(
    chat
      .messages()
      .map(({ role, text }) => `${role}: ${text}`)
      .slice(0, -1),
  ).toEqual(expected);
  if (!given.keep) expect(shown.at(-1)).toEqual(expected);
  await mock.settled();
  const paid = mock.ledger().filter(({ finishReason, usage }) => finishReason === 'stop' && usage);
  const isKnowable = given.via === 'conversations' || (given.via === 'previous-response' && hadId);
  if (isKnowable && !given.keep) expect(paid).toHaveLength(said.length);
  // A summary, and one turn or summary that was paid by whoever is gone.
  expect(paid.length).toBeLessThanOrEqual(said.length + (given.keep ? 3 : 1));
  if (given.keep) expect(chat.summary()?.turns).toBe(wasKept ? 2 : 1);
  await mock.close();
  return { names, isOver };
}

async function stored(store: ReturnType<typeof memoryRecords>) {
  const record = await store.read('conversation/u');
  return record?.value as { turns: { responseId?: string; state: string }[] } | undefined;
}

function isDone(messages: readonly { readonly state: string }[]): boolean {
  return messages.at(-1)?.state === 'answered';
}

const cases: readonly [string, Partial<ConversationOptions>][] = [
  ...ways.map((via): [string, Partial<ConversationOptions>] => [via, { via }]),
  [
    'conversations that are begun anew with a summary',
    { via: 'conversations', keep: { turns: 1, leave: 0 } },
  ],
];

it.each(cases)(
  'goes on after it ended at any step, by %s',
  async (_, given) => {
    let step = 0;
    for (;;) {
      step += 1;
      const { names, isOver } = await interruptAt(step, given);
      if (!isOver) continue;
      // Each write has two steps, each request three.
      expect(names).toContain('after the answer');
      expect(names.length).toBe(step - 1);
      break;
    }
    expect(step).toBeGreaterThan(6);
  },
  20_000,
);
