import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { callWith, type TelltaleError, telltale } from '../../../src/index.ts';
import type { Finding, GuardOptions } from '../../../src/patterns/index.ts';
import { chatAssembly } from '../../../src/patterns/moderation/assembly.ts';
import { SpanBook } from '../../contract/span-book.ts';
import { always, clients, collect } from '../../mock/support.ts';
import { arrived, badAnswer, guardForTest, modes, secret } from './support.ts';

const ask = (input: string) => ({ model: 'gpt-5-mini', input });
const say = (content: string) => ({ model: 'gpt-5-mini', messages: [{ role: 'user' as const, content }] });

/** What was shown before it ended, and the error with which it did. */
async function readAll(pieces: AsyncIterable<string>) {
  let shown = '';
  try {
    for await (const piece of pieces) shown += piece;
  } catch (error) {
    return { shown, error: error as TelltaleError };
  }
  return { shown };
}

const sentences = Array.from({ length: 12 }, (_, index) => `This is the sentence number ${index}, no more. `);
const story = (bad?: number) => sentences.map((one, index) => (index === bad ? `flag:hate ${one}` : one));
/** Goes on for longer than anybody listens. */
const endless = (bad?: number) =>
  told(bad, [...story(bad), ...Array.from({ length: 20 }, () => story()).flat()]);
/** Comes slowly enough for its windows to be moderated on the way. */
const told = (bad?: number, chunks: readonly string[] = story(bad)) => ({
  answers: [{ answer: { chunks } }],
  latency: { firstTokenMs: 0, betweenTokensMs: 20, sigma: 0 },
});

describe.each(clients)('openai $version', ({ Client }) => {
  it.each(modes)('shows a clean answer in mode %s, and has it whole afterwards', async (mode) => {
    const { guard, openai } = await guardForTest({
      guard: { mode },
      observe: { streamUsage: 'ask' },
      Client,
    });
    for (const stream of [guard.stream(ask('Hello')), guard.stream(say('Hello'))]) {
      expect(stream.answer).toBeUndefined();
      expect((await collect(stream)).join('')).toBe('The wind is fair.');
      expect(stream.answer).toMatchObject({ text: 'The wind is fair.' });
      expect(stream.answer?.costUsd).toBeGreaterThan(0);
      expect(await stream.answer?.moderated).toMatchObject({ findings: [], failures: [] });
      const { response } = stream.answer ?? {};
      expect(JSON.stringify(response)).toContain('The wind is fair.');
    }
    expect(telltale(openai).stats().cost.unknownCalls).toBe(0);
  });

  it.each(['blocking', 'parallel'] as const)('shows nothing of what is flagged in mode %s', async (mode) => {
    const { guard } = await guardForTest({ guard: { mode }, Client });
    for (const of of [ask, say]) {
      const input = await readAll(guard.stream(of(`flag:violence ${secret}`)));
      expect(input).toMatchObject({ shown: '', error: { code: 'flagged', stage: 'input' } });
      const output = await readAll(guard.stream(of('bad')));
      expect(output).toMatchObject({
        shown: '',
        error: { code: 'flagged', stage: 'output', categories: ['hate'] },
      });
    }
  });
});

test('afterwards everything is shown and told of', async () => {
  const { guard } = await guardForTest({ guard: { mode: 'after' } });
  const stream = guard.stream(say('bad flag:violence'));
  expect(await readAll(stream)).toEqual({ shown: badAnswer });
  expect((await stream.answer?.moderated)?.findings).toMatchObject([
    { stage: 'input', category: 'violence' },
    { stage: 'output', category: 'hate' },
  ]);
});

test('what was shown is moderated though its reader left amid it', async () => {
  const found: Finding[] = [];
  const { guard, mock } = await guardForTest({
    guard: { mode: 'after', onFinding: (finding) => void found.push(finding) },
    mock: endless(0),
  });
  for await (const _ of guard.stream(ask('Hello'))) break;
  await vi.waitFor(() => expect(found).toMatchObject([{ stage: 'output', category: 'hate' }]), 10_000);
  await mock.settled();
  expect(mock.ledger().find(({ endpoint }) => endpoint === 'responses')?.end).toBe('client-closed');
});

test('a flagged input stops a stream at the provider, and none of it is seen; what it cost is wasted', async () => {
  const { guard, mock, openai } = await guardForTest({
    guard: { mode: 'parallel' },
    moderation: { delayMs: 200 } as never,
    mock: {
      answers: [{ answer: { chunks: Array.from({ length: 500 }, () => 'word ') } }],
      latency: { firstTokenMs: 0, betweenTokensMs: 20, sigma: 0 },
      schedule: always({ delayMs: 200, rate: 1, endpoints: ['moderations'] }),
    },
  });
  const { shown, error } = await readAll(guard.stream(ask('flag:violence')));
  expect(shown).toBe('');
  expect(error).toMatchObject({ code: 'flagged', stage: 'input' });
  await mock.settled();
  expect(mock.ledger().find(({ endpoint }) => endpoint === 'responses')).toMatchObject({
    end: 'client-closed',
    streamed: true,
  });
  await vi.waitFor(
    () => expect(telltale(openai).stats().cost.wastedUsdByOutcome.cancelled).toBeGreaterThan(0),
    10_000,
  );
});

describe('in windows', () => {
  const guard = { windowCharacters: 100 };

  it('shows each once it was moderated, and all in the end', async () => {
    const { guard: guardian, mock } = await guardForTest({ guard, mock: told() });
    const pieces = await collect(guardian.stream(ask('Hello')));
    expect(pieces.join('')).toBe(story().join(''));
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces) expect(piece).toMatch(/no more\. $/);
    // The input, each window, which the last piece need not be, and all of it.
    const asked = arrived(mock).filter((endpoint) => endpoint === 'moderations').length;
    expect([pieces.length + 1, pieces.length + 2]).toContain(asked);
  });

  it('shows nothing from the flagged window on, and stops the generation', async () => {
    const { guard: guardian, mock } = await guardForTest({ guard, mock: endless(6) });
    const { shown, error } = await readAll(guardian.stream(ask('Hello')));
    expect(error).toMatchObject({ code: 'flagged', stage: 'output', categories: ['hate'] });
    expect(story(6).join('').startsWith(shown)).toBe(true);
    expect(shown).not.toBe('');
    expect(shown).not.toContain('flag:hate');
    await mock.settled();
    expect(mock.ledger().find(({ endpoint }) => endpoint === 'responses')?.end).toBe('client-closed');
  });

  it('finds what stands across a seam, and shows no more than what is before it', async () => {
    const text = `${'x'.repeat(94)} flag:violence ${'y'.repeat(300)}`;
    const chunks = text.match(/.{1,20}/g) ?? [];
    const { guard: guardian } = await guardForTest({
      guard,
      mock: { ...told(), answers: [{ answer: { chunks } }] },
    });
    const { shown, error } = await readAll(guardian.stream(ask('Hello')));
    expect(error).toMatchObject({ code: 'flagged', categories: ['violence'] });
    expect(shown.length).toBeLessThanOrEqual(100);
  });

  it('cuts what it asks about through no character', async () => {
    const asked: string[] = [];
    const chunks = Array.from({ length: 10 }, () => `${'\u{1F600}'.repeat(60)}x`);
    const { guard: guardian } = await guardForTest({
      guard,
      mock: { ...told(), answers: [{ answer: { chunks } }] },
      fetch: (input, init) => {
        if (String(input).endsWith('/moderations')) asked.push(String(init?.body));
        return fetch(input, init);
      },
    });
    expect((await collect(guardian.stream(ask('Hello')))).join('')).toBe(chunks.join(''));
    expect(asked.length).toBeGreaterThan(3);
    for (const body of asked) expect(body).not.toMatch(/\\ud[89a-f]|\ufffd/);
  });

  it('tells of a category once, with its highest score', async () => {
    const found: Finding[] = [];
    const { guard: guardian } = await guardForTest({
      guard: { ...guard, policy: { default: 'report' }, onFinding: (finding) => void found.push(finding) },
      mock: { ...told(), answers: [{ answer: { chunks: sentences.map((one) => `flag:hate ${one}`) } }] },
    });
    const stream = guardian.stream(ask('Hello'));
    await collect(stream);
    expect(found).toMatchObject([{ stage: 'output', category: 'hate' }]);
    expect(stream.answer?.findings).toHaveLength(1);
    expect(stream.answer?.findings[0]?.score).toBeGreaterThanOrEqual(found[0]?.score ?? 1);
  });
});

test('nothing is in a streamed answer that was not moderated, by whatever name', () => {
  const assembly = chatAssembly();
  const delta = '{"content":"a","__proto__":{"aside":"b"},"extra":{"__proto__":{"deep":"c"}}}';
  assembly.take(JSON.parse(`{"choices":[{"index":0,"delta":${delta},"__proto__":{"said":"d"}}]}`));
  const [choice] = (assembly.answer() as { choices: { message: Record<string, unknown> }[] }).choices;
  expect(
    [choice, choice?.message, choice?.message['extra']].map((each) => Object.getPrototypeOf(each)),
  ).toEqual(Array(3).fill(Object.prototype));
});

test('calls and refusals of a stream are moderated too', async () => {
  const call = { name: 'write', arguments: { text: `flag:hate ${secret}` } };
  for (const answer of [{ toolCalls: [call] }, { refusal: 'flag:hate' }])
    for (const of of [ask, say]) {
      const { guard } = await guardForTest({ mock: { answers: [{ answer }] } });
      const request = {
        ...of('Hello'),
        tools: [
          of === ask
            ? { type: 'function', name: 'write', parameters: {}, strict: false }
            : { type: 'function', function: { name: 'write' } },
        ],
      };
      const { error } = await readAll(guard.stream(request as never));
      expect(error).toMatchObject({ code: 'flagged', stage: 'output', categories: ['hate'] });
    }
});

test('a moderation that fails withholds the answer, or does not where it is open', async () => {
  const trouble = { moderation: { status: 500 } as never };
  const closed = await guardForTest(trouble);
  expect(await readAll(closed.guard.stream(ask('Hello')))).toMatchObject({
    shown: '',
    error: { code: 'moderation_unavailable' },
  });
  const open = await guardForTest({ ...trouble, guard: { onFailure: 'open', mode: 'parallel' } });
  expect(await readAll(open.guard.stream(ask('Hello')))).toEqual({ shown: 'The wind is fair.' });
});

test('what was streamed is moderated, though the provider says in the end that it was something else', async () => {
  const events = [
    { type: 'response.output_text.delta', delta: `flag:hate ${secret}` },
    { type: 'response.completed', response: { id: 'r', status: 'completed', output: [] } },
  ];
  const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  const odd: typeof fetch = async (input, init) =>
    String(input).endsWith('/responses')
      ? new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      : await fetch(input, init);
  const { guard } = await guardForTest({ fetch: odd });
  expect(await readAll(guard.stream(ask('Hello')))).toMatchObject({
    shown: '',
    error: { categories: ['hate'] },
  });
  const { guard: later } = await guardForTest({ fetch: odd, guard: { mode: 'after' } });
  const stream = later.stream(ask('Hello'));
  await collect(stream);
  expect((await stream.answer?.moderated)?.findings).toMatchObject([{ stage: 'output', category: 'hate' }]);
});

test('a stream that is cut is moderated as far as it came', async () => {
  for (const of of [ask, say]) {
    const { guard, mock } = await guardForTest({
      mock: {
        answers: [{ answer: { chunks: ['The wind ', 'is flag:hate', ' and more', ' of it'] } }],
        schedule: always({
          kind: 'cut',
          rate: 1,
          afterChunks: of === ask ? 7 : 4,
          endpoints: ['responses', 'chat'],
        }),
      },
    });
    const { shown, error } = await readAll(guard.stream(of('Hello')));
    expect(mock.ledger().map(({ end }) => end)).toContain('cut');
    expect(shown).toBe('');
    expect(error).toMatchObject({ code: 'flagged', stage: 'output' });
  }
});

describe('a reader who leaves', () => {
  it.each<GuardOptions>([...modes.map((mode) => ({ mode })), { moderateOutput: false }])(
    'while it waits, as a pipe does, stops the generation with %j, and gets no more',
    async (options) => {
      const { guard, mock } = await guardForTest({
        guard: options,
        mock: { answers: [{ answer: { text: 'Never seen.', delayMs: 600_000 } }] },
      });
      const stream = guard.stream(ask('Hello'));
      const pieces = stream[Symbol.asyncIterator]();
      const waiting = pieces.next();
      await vi.waitFor(() => expect(arrived(mock)).toContain('responses'), 10_000);
      await pieces.return?.();
      expect(await waiting).toEqual({ done: true, value: undefined });
      await mock.settled();
      expect(mock.ledger().find(({ endpoint }) => endpoint === 'responses')?.end).toBe('client-closed');
      expect(stream.answer?.text ?? '').toBe('');
    },
  );

  it.each(['blocking', 'parallel'] as const)('stops the generation in mode %s', async (mode) => {
    const { guard, mock } = await guardForTest({ guard: { mode, windowCharacters: 100 }, mock: endless() });
    const stream = guard.stream(ask('Hello'));
    for await (const _ of stream) break;
    expect(stream.answer).toBeUndefined();
    await mock.settled();
    expect(mock.ledger().find(({ endpoint }) => endpoint === 'responses')?.end).toBe('client-closed');
  });

  it.each<GuardOptions>([...modes.map((mode) => ({ mode })), { moderateOutput: false }])(
    'by its signal gets its reason with %j, and never half an answer as a whole one',
    async (options) => {
      const { guard, mock } = await guardForTest({ guard: options, mock: endless() });
      const caller = new AbortController();
      const stream = guard.stream(ask('Hello'), { signal: caller.signal });
      const read = readAll(stream);
      await vi.waitFor(
        () =>
          expect(
            mock.ledger().find(({ endpoint, chunksSent }) => endpoint === 'responses' && chunksSent > 4),
          ).toBeDefined(),
        10_000,
      );
      caller.abort();
      const { error } = await read;
      expect(['AbortError', 'APIUserAbortError']).toContain(
        (error as Error).name === 'Error' ? error?.constructor.name : error?.name,
      );
      if (options.mode !== 'after') expect(stream.answer).toBeUndefined();
    },
  );
});

test('a stream that breaks throws what the client throws, and shows nothing that it held', async () => {
  const { guard } = await guardForTest({
    mock: { schedule: always({ kind: 'error-event', rate: 1, endpoints: ['responses'] }) },
  });
  const { shown, error } = await readAll(guard.stream(ask('Hello')));
  expect(shown).toBe('');
  expect(error?.constructor.name).toMatch(/Error$/);
});

test('it is read once, and is of whoever made it', async () => {
  const book = new SpanBook();
  onTestFinished(() => book.close());
  const { guard } = await guardForTest();
  const stream = callWith({ conversation: 'c-1' }, () => guard.stream(ask('Hello')));
  await collect(stream);
  await expect(collect(stream)).rejects.toMatchObject({ code: 'invalid_option' });
  const spans = book.own.filter(({ name }) => !name.startsWith('POST'));
  expect(spans.map(({ name, attributes }) => [name, attributes['gen_ai.conversation.id']])).toEqual([
    ['guarded response', undefined],
    ['moderation omni-moderation-latest', 'c-1'],
    ['chat gpt-5-mini', 'c-1'],
    ['moderation omni-moderation-latest', 'c-1'],
  ]);
});
