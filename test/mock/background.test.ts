import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../src/mock/index.ts';
import { createFakeClock } from './fake-clock.ts';
import { always, clients, collect, mockForTest, named } from './support.ts';

type Options = Parameters<typeof mockForTest>[0];

const request = { model: 'gpt-5', input: 'Hello there', background: true };
const steady = { queuedMs: 100, runsMs: 1_000, sigma: 0 };

describe.each(clients)('openai $version', ({ Client }) => {
  /** A mock whose time is moved by hand. */
  async function setUp(options: Options = {}) {
    const clock = createFakeClock();
    const mock = await mockForTest({ clock, background: steady, ...options });
    return { mock, clock, openai: new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 }) };
  }

  test('polls a response from queued to completed, and it is paid for once', async () => {
    const { mock, clock, openai } = await setUp();
    const queued = await openai.responses.create(request, named('call-1'));
    const statusAfter = async (byMs: number) => {
      clock.advance(byMs);
      return (await openai.responses.retrieve(queued.id, {}, named('call-1'))).status;
    };
    expect(queued).toMatchObject({ status: 'queued', background: true, output: [], completed_at: null });
    expect(queued.usage ?? null).toBe(null);
    expect(mock.state().jobs).toBe(1);
    expect(await statusAfter(99)).toBe('queued');
    expect(mock.ledger()[0]).toMatchObject({ usage: null, usageSent: false, job: { status: 'pending' } });
    expect(await statusAfter(1)).toBe('in_progress');
    expect(await statusAfter(999)).toBe('in_progress');
    clock.advance(1);
    expect(mock.state().jobs).toBe(0);
    expect(mock.ledger()[0]).toMatchObject({
      usageSent: false,
      job: { id: queued.id, status: 'completed', endedAtMs: 1_100 },
    });
    const completed = await openai.responses.retrieve(queued.id);
    await mock.settled();
    const [created, ...polls] = mock.ledger();
    expect(completed).toMatchObject({ id: queued.id, status: 'completed', background: true });
    expect(completed.completed_at).toBe(Math.floor((clock.epochMs() - 0) / 1_000));
    expect(created?.usage).toMatchObject({
      inputTokens: completed.usage?.input_tokens,
      outputTokens: completed.usage?.output_tokens,
      reasoningTokens: completed.usage?.output_tokens_details.reasoning_tokens,
    });
    expect(created).toMatchObject({ usageSent: true, streamed: false, status: 200, end: 'complete' });
    expect(polls).toHaveLength(4);
    expect(polls.every(({ usage, usageSent, job }) => !usage && !usageSent && !job)).toBe(true);
  });

  test('gets in the background what the same call gets in the foreground', async () => {
    const { clock, openai } = await setUp();
    const { background: _, ...foreground } = request;
    const expected = await openai.responses.create(foreground, named('call-1'));
    const other = await setUp();
    const { id } = await other.openai.responses.create(request, named('call-1'));
    other.clock.advance(1_100);
    const { background, completed_at, ...answer } = await other.openai.responses.retrieve(id);
    expect({ ...answer, background: false, completed_at: expected.completed_at }).toEqual(expected);
    expect(clock.waiting()).toBe(0);
  });

  test('streams a response as it is made, in order', async () => {
    const { mock, clock, openai } = await setUp();
    const stream = await openai.responses.create({ ...request, stream: true }, named('call-1'));
    const reading = collect(stream);
    await finish(mock, clock);
    const events = await reading;
    const types = events.map(({ type }) => type);
    const deltas = types.filter((type) => type === 'response.output_text.delta');
    expect(deltas.length).toBeGreaterThan(0);
    expect(types).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.output_item.added',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      ...deltas,
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    const statuses = events.flatMap((event) => ('response' in event ? [event.response.status] : []));
    expect(statuses).toEqual(['queued', 'queued', 'in_progress', 'completed']);
    const last = events.at(-1);
    const completed = last?.type === 'response.completed' ? last.response : undefined;
    expect(await openai.responses.retrieve(completed?.id ?? '')).toMatchObject({ ...completed });
    const [created] = mock.ledger();
    expect(created).toMatchObject({
      streamed: true,
      usageSent: true,
      chunksSent: events.length,
      usage: { outputTokens: completed?.usage?.output_tokens },
      job: { status: 'completed' },
    });
  });

  test('takes up a stream again where it broke off, as often as it likes', async () => {
    const faults = always({ kind: 'reset-midstream', rate: 1, afterChunks: 4, firstAttempts: 1 } as const);
    const { mock, clock, openai } = await setUp({ schedule: faults });
    const stream = await openai.responses.create({ ...request, stream: true }, named('call-1'));
    const seen: OpenAI.Responses.ResponseStreamEvent[] = [];
    const broken = (async () => {
      for await (const event of stream) seen.push(event);
    })().catch((error: Error) => error);
    await advanceUntil(clock, () => mock.ledger()[0]?.end === 'reset');
    expect(await broken).toBeInstanceOf(Error);
    expect(seen).toHaveLength(6);
    const [first] = seen;
    const id = first?.type === 'response.created' ? first.response.id : '';
    const starting_after = seen.at(-1)?.sequence_number ?? -1;
    const rest = collect(
      await openai.responses.retrieve(id, { stream: true, starting_after }, named('call-1')),
    );
    await finish(mock, clock);
    const events = [...seen, ...(await rest)];
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.at(-1)?.type).toBe('response.completed');
    const all = await collect(await openai.responses.retrieve(id, { stream: true }, named('call-1')));
    expect(all).toEqual(events);
    const none = await collect(
      await openai.responses.retrieve(id, { stream: true, starting_after: all.length + 5 }, named('call-1')),
    );
    expect(none).toEqual([]);
    await mock.settled();
    const [created, ...others] = mock.ledger();
    expect(created).toMatchObject({ usageSent: true, end: 'reset', job: { status: 'completed' } });
    expect(created?.usage).not.toBe(null);
    expect(others.map(({ usage, streamed }) => [usage, streamed])).toEqual(others.map(() => [null, true]));
  });

  test('never gets the last event of a stream that breaks, wherever it breaks', async () => {
    const faults = always({ kind: 'cut', rate: 1, afterChunks: 10_000 } as const);
    const { mock, clock, openai } = await setUp({ schedule: faults });
    const reading = collect(await openai.responses.create({ ...request, stream: true }));
    await finish(mock, clock);
    const events = await reading;
    expect(events.at(-1)?.type).toBe('response.output_item.done');
    expect(mock.ledger()[0]).toMatchObject({ end: 'cut', usageSent: false, job: { status: 'completed' } });
    expect(mock.ledger()[0]?.usage?.outputTokens).toBeGreaterThan(0);
  });

  test('is given the rest of a stream from wherever it asks', async () => {
    const { mock, clock, openai } = await setUp({ outputTokens: { min: 3, max: 3 } });
    const reading = collect(await openai.responses.create({ ...request, stream: true }));
    await finish(mock, clock);
    const events = await reading;
    const id = mock.ledger()[0]?.job?.id ?? '';
    for (let starting_after = 0; starting_after < events.length; starting_after++) {
      const rest = await collect(await openai.responses.retrieve(id, { stream: true, starting_after }));
      expect(rest).toEqual(events.slice(starting_after + 1));
    }
  });

  test('gets a stream late that a fault delays, and of a cancelled response none', async () => {
    const delay = { delayMs: 600, rate: 1, firstAttempts: 1 } as const;
    const { mock, clock, openai } = await setUp({ schedule: always(delay) });
    const late = openai.responses.create({ ...request, stream: true }, named('late'));
    const never = openai.responses.create({ ...request, stream: true }, named('never'));
    await expect.poll(() => mock.state().jobs).toBe(2);
    const job = mock.ledger().find(({ callId }) => callId === 'never')?.job;
    await openai.responses.cancel(job?.id ?? '', named('never'));
    clock.advance(600);
    const reading = Promise.all([late.then(collect), never.then(collect)]);
    await finish(mock, clock);
    const [events, none] = await reading;
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.at(-1)?.type).toBe('response.completed');
    expect(none).toEqual([]);
    expect(mock.ledger().map(({ job: of }) => of?.endedAtMs)).toContain(1_100);
  });

  test('has nothing to stream behind the last event, and goes on all the same', async () => {
    const { mock, clock, openai } = await setUp();
    const reading = collect(await openai.responses.create({ ...request, stream: true }));
    const id = mock.ledger()[0]?.job?.id ?? '';
    const behind = await openai.responses.retrieve(id, { stream: true, starting_after: 10_000 });
    expect(await collect(behind)).toEqual([]);
    expect((await openai.responses.retrieve(id)).status).toBe('queued');
    await finish(mock, clock);
    expect((await reading).at(-1)?.type).toBe('response.completed');
  });

  test('cannot stream what was not streamed, or is no background response, or is old', async () => {
    const { clock, openai } = await setUp();
    const foreground = await openai.responses.create({ model: 'gpt-5', input: 'Hello' });
    const polled = await openai.responses.create(request);
    const streamed = await openai.responses.create({ ...request, stream: true });
    const reading = collect(streamed);
    clock.advance(1_100);
    const [first] = await reading;
    const id = first?.type === 'response.created' ? first.response.id : '';
    const streaming = (of: string) => openai.responses.retrieve(of, { stream: true });
    await expect(streaming(foreground.id)).rejects.toMatchObject({
      status: 400,
      param: 'stream',
      message: '400 This response cannot be streamed because it was not created with background=true.',
    });
    await expect(streaming(polled.id)).rejects.toMatchObject({
      status: 400,
      message: '400 This response cannot be streamed because it was not created with stream=true.',
    });
    await expect(openai.responses.retrieve(id, { stream: true, starting_after: -1 })).rejects.toMatchObject({
      status: 400,
      param: 'starting_after',
    });
    clock.advance(300_000);
    await expect(streaming(id)).rejects.toMatchObject({
      status: 400,
      message: '400 This response can no longer be streamed because it is more than 5 minutes old.',
    });
    expect((await openai.responses.retrieve(id)).status).toBe('completed');
  });

  test('cancels a response once and for all, and pays for what was made', async () => {
    const { mock, clock, openai } = await setUp();
    const early = await openai.responses.create(request, named('early'));
    const halfway = await openai.responses.create(request, named('halfway'));
    const late = await openai.responses.create(request, named('late'));
    clock.advance(50);
    expect(await openai.responses.cancel(early.id)).toMatchObject({ status: 'cancelled', output: [] });
    clock.advance(550);
    const cancelled = await openai.responses.cancel(halfway.id);
    expect(cancelled).toMatchObject({ id: halfway.id, status: 'cancelled', background: true });
    clock.advance(500);
    expect(await openai.responses.cancel(halfway.id)).toEqual(cancelled);
    expect(await openai.responses.retrieve(halfway.id)).toMatchObject({ ...cancelled });
    const completed = await openai.responses.retrieve(late.id);
    expect(completed.status).toBe('completed');
    expect(completed).toMatchObject({ ...(await openai.responses.cancel(late.id)) });
    await mock.settled();
    const of = (callId: string) => mock.ledger().find((entry) => entry.callId === callId) as LedgerEntry;
    expect(of('early')).toMatchObject({
      usage: null,
      usageSent: false,
      job: { status: 'cancelled', endedAtMs: 50 },
    });
    expect(of('halfway')).toMatchObject({ usageSent: false, job: { status: 'cancelled', endedAtMs: 600 } });
    const { outputTokens, reasoningTokens, inputTokens } = of('halfway').usage ?? {
      outputTokens: 0,
      reasoningTokens: 0,
      inputTokens: 0,
    };
    expect(inputTokens).toBe(completed.usage?.input_tokens);
    expect(outputTokens).toBeGreaterThan(reasoningTokens);
    expect(of('late')).toMatchObject({
      usageSent: true,
      usage: { outputTokens: completed.usage?.output_tokens },
    });
    const foreground = await openai.responses.create({ model: 'gpt-5', input: 'Hello' });
    await expect(openai.responses.cancel(foreground.id)).rejects.toMatchObject({
      status: 400,
      message: '400 Cannot cancel a synchronous response.',
    });
  });

  test('sees the stream of a cancelled response end without its finish', async () => {
    const { mock, clock, openai } = await setUp();
    const stream = await openai.responses.create({ ...request, stream: true }, named('call-1'));
    const reading = collect(stream);
    clock.advance(600);
    const id = mock.ledger()[0]?.job?.id ?? '';
    await openai.responses.cancel(id);
    const events = await reading;
    expect(events.length).toBeGreaterThan(7);
    expect(events.at(-1)?.type).toBe('response.output_text.delta');
    expect(await collect(await openai.responses.retrieve(id, { stream: true }))).toEqual(events);
    await mock.settled();
    expect(mock.ledger()[0]).toMatchObject({
      end: 'complete',
      usageSent: false,
      job: { status: 'cancelled' },
    });
    expect(clock.waiting()).toBe(0);
  });

  test('polls a response that fails, and one that its allowance stops', async () => {
    const { mock, clock, openai } = await setUp({ background: { ...steady, failRate: 1 } });
    const failing = await openai.responses.create({ ...request, stream: true }, named('fails'));
    const reading = collect(failing);
    clock.advance(1_100);
    const events = await reading;
    const last = events.at(-1);
    expect(last?.type).toBe('response.failed');
    const failed = await openai.responses.retrieve(mock.ledger()[0]?.job?.id ?? '');
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'server_error' }, output: [] });
    await mock.settled();
    expect(mock.ledger()[0]).toMatchObject({ usage: null, usageSent: false, job: { status: 'failed' } });
    expect(mock.ledger()[0]?.job?.endedAtMs).toBeLessThan(1_100);

    mock.start({ background: steady });
    const { id } = await openai.responses.create({ ...request, max_output_tokens: 20 }, named('short'));
    clock.advance(1_100);
    const incomplete = await openai.responses.retrieve(id);
    await mock.settled();
    expect(incomplete).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      completed_at: null,
    });
    expect(mock.ledger()[0]).toMatchObject({
      usage: { outputTokens: 20 },
      usageSent: true,
      job: { status: 'incomplete' },
    });
  });

  test('goes on though the client that made it left, and though it is deleted', async () => {
    const { mock, clock, openai } = await setUp();
    const stream = await openai.responses.create({ ...request, stream: true }, named('left'));
    for await (const _ of stream) break;
    await expect.poll(() => mock.ledger()[0]?.end).toBe('client-closed');
    const { id } = await openai.responses.create(request, named('deleted'));
    await openai.responses.delete(id);
    await expect(openai.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    clock.advance(1_100);
    await mock.settled();
    const [left, deleted] = mock.ledger();
    for (const entry of [left, deleted]) {
      expect(entry?.job?.status).toBe('completed');
      expect(entry?.usage?.outputTokens).toBeGreaterThan(0);
    }
  });

  test('has made nothing where a fault answered in its place', async () => {
    const { mock, clock, openai } = await setUp({ schedule: always({ status: 503, rate: 1 } as const) });
    await expect(openai.responses.create(request)).rejects.toMatchObject({ status: 503 });
    expect(clock.waiting()).toBe(0);
    expect(mock.state().jobs).toBe(0);
    expect(mock.ledger()[0]).not.toHaveProperty('job');
  });
});

test('times and failures are a function of the seed and the call', async () => {
  async function ends(seed: number) {
    const clock = createFakeClock();
    const background = { queuedMs: 100, runsMs: 1_000, sigma: 0.5, failRate: 0.3 };
    const mock = await mockForTest({ clock, seed, background });
    const headers = { authorization: 'Bearer any' };
    for (let n = 0; n < 60; n++) {
      const body = JSON.stringify(request);
      await fetch(`${mock.url}/responses`, {
        method: 'POST',
        headers: { ...headers, 'x-call-id': `call-${n % 40}` },
        body,
      });
    }
    while (clock.waiting() > 0) clock.advance(10);
    await mock.settled();
    expect(clock.nowMs()).toBeGreaterThan(1_100);
    return mock.ledger();
  }
  const first = await ends(1);
  const jobs = first.map(({ job }) => job);
  const failed = jobs.filter((job) => job?.status === 'failed').length;
  expect(failed).toBeGreaterThan(5);
  expect(failed).toBeLessThan(35);
  expect(new Set(jobs.map((job) => job?.endedAtMs)).size).toBe(60);
  expect(await ends(1)).toEqual(first);
  expect(await ends(2)).not.toEqual(first);
});

test('limits are charged what a background response really used, once it ends', async () => {
  const clock = createFakeClock();
  const limits = [{ tokens: 1_000, per: 'minute' as const }];
  const mock = await mockForTest({ clock, background: steady, limits, law: 'window' });
  async function ask() {
    const headers = { authorization: 'Bearer any', 'x-call-id': 'call-1' };
    const body = JSON.stringify({ ...request, max_output_tokens: 400 });
    const response = await fetch(`${mock.url}/responses`, { method: 'POST', headers, body });
    await response.text();
    return Number(response.headers.get('x-ratelimit-remaining-tokens'));
  }
  expect(await ask()).toBe(600);
  expect(await ask()).toBe(200);
  clock.advance(1_100);
  await mock.settled();
  const used = mock.ledger().map(({ usage }) => (usage ? usage.inputTokens + usage.outputTokens : 0));
  expect(mock.ledger().map(({ rateLimit }) => rateLimit?.actualTokens)).toEqual(used);
  expect(Math.min(...used)).toBeGreaterThan(10);
  expect(await ask()).toBe(1_000 - (used[0] ?? 0) - (used[1] ?? 0) - 400);
});

test.each([
  [{ background: { queueMs: 1 } }, 'Unknown option `background.queueMs`. Did you mean `queuedMs`?'],
  [{ background: { runsMs: -1 } }, 'Expected `background.runsMs` to be a number from 0 to 3600000, got `-1`'],
  [{ background: { failRate: 2 } }, '`background.failRate`'],
  [{ background: 5 }, 'Expected `background` to be an object'],
])('a mock with %j does not start: %s', async (options, message) => {
  await expect(mockForTest(options as object)).rejects.toThrow(message);
});

/** Moves on until no request runs, letting what was sent arrive in between. */
async function finish(
  mock: Awaited<ReturnType<typeof mockForTest>>,
  clock: ReturnType<typeof createFakeClock>,
) {
  await advanceUntil(clock, () => mock.state().running === 0 && mock.state().jobs === 0);
}

async function advanceUntil(clock: ReturnType<typeof createFakeClock>, isOver: () => boolean) {
  for (let step = 0; !isOver(); step++) {
    if (step > 100_000) throw new Error('it does not end');
    if (clock.waiting() > 0) clock.advance(5);
    await new Promise(setImmediate);
  }
}
