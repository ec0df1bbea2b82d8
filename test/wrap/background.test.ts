import type OpenAI from 'openai';
import { describe, expect, onTestFinished, test } from 'vitest';
import { memoryBudgetStore, observe, telltale } from '../../src/index.ts';
import { type LedgerEntry, type MockOptions, startMock } from '../../src/mock/index.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { type World, worlds } from '../contract/worlds.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { always } from '../mock/support.ts';
import { type Point, registerMetrics, registerTracing } from '../observe/support.ts';

const request = { model: 'gpt-5', input: 'Hello there', background: true, max_output_tokens: 400 } as const;
const endedMs = 1_100;

/** A mock whose jobs end when its time is moved on, and an observed client of it. */
async function setUp({ OpenAI }: World, options: ObserveOptions = {}, mockOptions: MockOptions = {}) {
  const clock = createFakeClock();
  const mock = await startMock({
    latency: { firstTokenMs: 0, betweenTokensMs: 0 },
    clock,
    background: { queuedMs: 100, runsMs: 1_000, sigma: 0 },
    ...mockOptions,
  });
  onTestFinished(() => mock.close());
  const newClient = (own: ObserveOptions): OpenAI =>
    observe(new OpenAI({ apiKey: 'none', baseURL: mock.url, maxRetries: 0 }), own);
  return { mock, clock, openai: newClient(options), newClient };
}

/** By hand, not from the table: USD per million tokens of gpt-5 are 1.25, cached 0.125, and 10. */
function picoUsd(ledger: readonly LedgerEntry[]): bigint {
  return ledger.reduce((sum, { usage }) => {
    if (!usage) return sum;
    const { inputTokens, cachedTokens, outputTokens } = usage;
    return (
      sum +
      BigInt((inputTokens - cachedTokens) * 1_250_000 + cachedTokens * 125_000 + outputTokens * 10_000_000)
    );
  }, 0n);
}

const usd = (ledger: readonly LedgerEntry[]): number => Number(picoUsd(ledger)) / 1e12;

/** Reads a stream to the first event of this type; where it never comes, to the end. */
async function readTo(stream: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>, type: string) {
  for await (const event of stream) if (event.type === type) return event;
  return undefined;
}

describe.each(worlds)('a response in the background, openai $version', (world) => {
  test('is booked by the first answer that brings its usage, once, wherever money is told of', async () => {
    const metrics = registerMetrics();
    const tracing = registerTracing();
    for (const { stop } of [tracing, metrics]) onTestFinished(stop);
    const { mock, clock, openai } = await setUp(world, { audit: {} });
    const { id } = await openai.responses.create(request);
    await openai.responses.retrieve(id);
    expect(telltale(openai).stats()).toMatchObject({
      calls: 2,
      cost: { usd: 0, unknownCalls: 0 },
      usageSources: { provider: 0, estimated: 0, unknown: 2 },
    });
    clock.advance(endedMs);
    const done = await openai.withOptions({ timeout: 10_000 }).responses.retrieve(id);
    await openai.responses.retrieve(id);
    await openai.responses.cancel(id).catch(() => {});
    expect(done.status).toBe('completed');
    const { usage } = done;
    const costUsd = usd(mock.ledger());
    expect(costUsd).toBeGreaterThan(0);
    const stats = telltale(openai).stats();
    expect(stats).toMatchObject({
      cost: { usd: costUsd, unknownCalls: 0 },
      tokens: { input: { sum: usage?.input_tokens }, output: { sum: usage?.output_tokens } },
      usageSources: { provider: 1, estimated: 0 },
    });
    expect(stats.byModel['gpt-5']).toMatchObject({ calls: 1, cost: { usd: costUsd, unknownCalls: 0 } });
    expect(stats.byModel['_none']?.cost).toMatchObject({ usd: 0, unknownCalls: 0 });

    const rows = await telltale(openai).audit({ by: ['sentModel'] });
    expect(rows.find(({ sentModel }) => sentModel === 'gpt-5')).toMatchObject({ calls: 2, costUsd });
    expect(rows.reduce((sum, row) => sum + row.unknownCostCalls + row.unknownTokenCalls, 0)).toBe(0);

    const spans = tracing.spans
      .getFinishedSpans()
      .filter(({ attributes }) => 'telltale.outcome' in attributes);
    expect(spans.map(({ attributes }) => attributes['telltale.cost.usd'])).toEqual([
      undefined,
      undefined,
      costUsd,
      undefined,
      undefined,
    ]);
    expect(spans[2]?.attributes).toMatchObject({
      'gen_ai.operation.name': 'fetch_response',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.response.id': id,
      'gen_ai.usage.input_tokens': usage?.input_tokens,
      'gen_ai.usage.output_tokens': usage?.output_tokens,
      'telltale.usage.source': 'provider',
    });
    const points = await metrics.points();
    const valuesOf = (name: string, type?: string) =>
      points
        .filter(
          (point) =>
            point.name === name && (type === undefined || point.attributes['gen_ai.token.type'] === type),
        )
        .map(({ attributes, value }) => [attributes['gen_ai.request.model'], value]);
    expect(valuesOf('telltale.cost')).toEqual([['gpt-5', costUsd]]);
    expect(valuesOf('telltale.tokens', 'input')).toEqual([['gpt-5', usage?.input_tokens]]);
    expect(valuesOf('telltale.tokens', 'output')).toEqual([['gpt-5', usage?.output_tokens]]);
    const usages = points.filter(({ name }) => name === 'gen_ai.client.token.usage') as (Point & {
      value: { sum: number };
    })[];
    expect(usages.map(({ value }) => value.sum).toSorted((a, b) => a - b)).toEqual(
      [usage?.input_tokens ?? 0, usage?.output_tokens ?? 0].toSorted((a, b) => a - b),
    );
  });

  test('is not booked by a client that did not begin it, nor is one that was made in the foreground', async () => {
    const { mock, clock, openai, newClient } = await setUp(world);
    const other = newClient({});
    const { id } = await openai.responses.create(request);
    const { background: _, ...inFront } = request;
    const made = await openai.responses.create(inFront);
    clock.advance(endedMs);
    await other.responses.retrieve(id);
    await openai.responses.retrieve(made.id);
    expect(telltale(other).stats()).toMatchObject({ cost: { usd: 0, unknownCalls: 0 } });
    expect(telltale(openai).stats().cost.usd).toBe(usd(mock.ledger().filter(({ job }) => !job)));
    await openai.responses.retrieve(id);
    expect(telltale(openai).stats().cost.usd).toBe(usd(mock.ledger()));
  });

  test('is booked at its beginning where that is a stream that is read to its end', async () => {
    const { mock, clock, openai } = await setUp(world);
    const stream = await openai.responses.create({ ...request, stream: true });
    const reading = readTo(stream, 'none');
    while (mock.state().jobs > 0) {
      clock.advance(100);
      await new Promise(setImmediate);
    }
    await reading;
    const { id } = mock.ledger()[0]?.job ?? { id: '' };
    await openai.responses.retrieve(id);
    expect(telltale(openai).stats()).toMatchObject({
      cost: { usd: usd(mock.ledger()), unknownCalls: 0 },
      usageSources: { provider: 1, unknown: 1 },
    });
  });

  test('is booked by the stream that takes it up again, and no estimate stands for it before', async () => {
    const { mock, clock, openai } = await setUp(world);
    const stream = await openai.responses.create({ ...request, stream: true });
    await readTo(stream, 'response.queued');
    expect(telltale(openai).stats()).toMatchObject({
      cost: { usd: 0, unknownCalls: 0 },
      usageSources: { estimated: 0, unknown: 1 },
    });
    const { id } = mock.ledger()[0]?.job ?? { id: '' };
    clock.advance(endedMs);
    for (let times = 0; times < 2; times++) {
      const again = await openai.responses.retrieve(id, { stream: true, starting_after: 1 });
      expect(await readTo(again, 'response.completed')).toBeDefined();
    }
    expect(telltale(openai).stats()).toMatchObject({
      cost: { usd: usd(mock.ledger()), unknownCalls: 0 },
      usageSources: { provider: 1, estimated: 0, unknown: 2 },
    });
    expect(usd(mock.ledger())).toBeGreaterThan(0);
  });

  test('is booked by a poll that hears of its end before the stream that began it has broken', async () => {
    const { mock, clock, openai } = await setUp(world);
    const stream = await openai.responses.create({ ...request, stream: true });
    const events = stream[Symbol.asyncIterator]();
    const { value: first } = await events.next();
    const id = first?.type === 'response.created' ? first.response.id : '';
    clock.advance(endedMs);
    await openai.responses.retrieve(id);
    expect(telltale(openai).stats().cost.usd).toBe(usd(mock.ledger()));
    while (!(await events.next()).done);
    expect(telltale(openai).stats()).toMatchObject({
      cost: { usd: usd(mock.ledger()), unknownCalls: 0 },
      usageSources: { provider: 1, unknown: 1 },
    });
  });

  test('that nobody can be billed for by its answer counts as an unknown cost, once', async () => {
    const { clock, openai } = await setUp(world);
    const { id } = await openai.responses.create(request);
    clock.advance(500);
    expect(await openai.responses.cancel(id)).toMatchObject({ status: 'cancelled' });
    await openai.responses.retrieve(id);
    await openai.responses.cancel(id);
    expect(telltale(openai).stats().cost).toMatchObject({ usd: 0, unknownCalls: 1 });
  });

  test('that was refused counts as any other call', async () => {
    const { openai } = await setUp(world, {}, { schedule: always({ status: 500 as const, rate: 1 }) });
    await expect(openai.responses.create(request)).rejects.toThrow('500');
    expect(telltale(openai).stats().cost).toMatchObject({ usd: 0, unknownCalls: 0 });
  });
});

describe('a budget', () => {
  const [world] = worlds.slice(-1) as [World];

  test('holds what a job may cost until it is known what it did', async () => {
    const budgetStore = memoryBudgetStore();
    const { mock, clock, openai } = await setUp(world, { budget: { usd: 1, per: 'month' }, budgetStore });
    const { id } = await openai.responses.create(request);
    const held = budgetStore.figures()[0]?.reservedPico ?? 0n;
    expect(held >= 4_000_000_000n).toBe(true);
    await openai.responses.retrieve(id);
    expect(budgetStore.figures()[0]).toMatchObject({ reservedPico: held, spentPico: 0n });
    clock.advance(endedMs);
    await openai.responses.retrieve(id);
    await openai.responses.retrieve(id);
    expect(budgetStore.figures()[0]).toMatchObject({
      reservedPico: 0n,
      spentPico: picoUsd(mock.ledger()),
      estimatedPico: 0n,
    });
  });

  test('does not let two jobs have the last dollar', async () => {
    const { clock, openai } = await setUp(world, { budget: { usd: 0.006, per: 'month' } });
    const { id } = await openai.responses.create(request);
    await expect(openai.responses.create(request)).rejects.toMatchObject({ status: 429 });
    clock.advance(endedMs);
    await openai.responses.retrieve(id);
    // What it did cost is less than what it might have.
    await openai.responses.create(request);
  });

  test('counts all that was held for a job of which nobody says what it cost', async () => {
    const budgetStore = memoryBudgetStore();
    const { openai } = await setUp(world, { budget: { usd: 1, per: 'month' }, budgetStore });
    const { id } = await openai.responses.create(request);
    const held = budgetStore.figures()[0]?.reservedPico;
    await openai.responses.cancel(id);
    expect(budgetStore.figures()[0]).toMatchObject({ reservedPico: 0n, spentPico: held });
  });

  test('settles a stream that a poll was ahead of by what the poll heard', async () => {
    const budgetStore = memoryBudgetStore();
    const { mock, clock, openai } = await setUp(world, { budget: { usd: 1, per: 'month' }, budgetStore });
    const events = (await openai.responses.create({ ...request, stream: true }))[Symbol.asyncIterator]();
    const { value: first } = await events.next();
    clock.advance(endedMs);
    await openai.responses.retrieve(first?.type === 'response.created' ? first.response.id : '');
    await events.return?.();
    expect(budgetStore.figures()[0]).toMatchObject({ reservedPico: 0n, spentPico: picoUsd(mock.ledger()) });
  });

  test('books a job that another process began, where it is told of it, and once', async () => {
    const { mock, clock, openai, newClient } = await setUp(world);
    const { id } = await openai.responses.create(request);
    clock.advance(endedMs);
    const later = newClient({});
    telltale(later).expectResponse(id, { model: 'gpt-5' });
    await later.responses.retrieve(id);
    await later.responses.retrieve(id);
    const { usd } = telltale(later).stats().cost;
    expect(usd).toBeCloseTo(Number(picoUsd(mock.ledger())) / 1e12, 12);
    expect(() => telltale(later).expectResponse('', {})).toThrow(
      'Expected `responseId` to be a non-empty string',
    );
    expect(() => telltale(later).expectResponse(id, 'gpt-5' as never)).toThrow(
      'Expected `request` to be an object',
    );
  });

  test('leaves a job that it has begun itself as it is when it is told of it', async () => {
    const budgetStore = memoryBudgetStore();
    const { mock, clock, openai } = await setUp(world, { budget: { usd: 1, per: 'month' }, budgetStore });
    const { id } = await openai.responses.create(request);
    telltale(openai).expectResponse(id, { model: 'another' });
    clock.advance(endedMs);
    await openai.responses.retrieve(id);
    expect(budgetStore.figures()[0]).toMatchObject({ reservedPico: 0n, spentPico: picoUsd(mock.ledger()) });
  });
});
