import { expect, onTestFinished, test, vi } from 'vitest';
import { type TelltaleError, telltale } from '../../../src/index.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { collect } from '../../mock/support.ts';
import { registerMetrics, registerTracing } from '../../observe/support.ts';
import { changingModerations, guardForTest, modes, secret } from './support.ts';

const ask = (input: string) => ({ model: 'gpt-5-mini', input });

function metricsForTest() {
  const metrics = registerMetrics();
  onTestFinished(() => metrics.stop());
  return async (name: string) =>
    (await metrics.points())
      .filter((point) => point.name === name)
      .map(({ attributes, value }) => {
        const { stage, mode, category, action } = Object.fromEntries(
          Object.entries(attributes).map(([key, of]) => [key.replace('telltale.moderation.', ''), of]),
        );
        const said = [stage, mode, category, action].filter((one) => one !== undefined).join(' ');
        return [said, typeof value === 'number' ? value : (value as { count: number }).count];
      });
}

test.each(modes)('mode %s counts what it found and how long it took', async (mode) => {
  const points = metricsForTest();
  const { guard } = await guardForTest({ guard: { mode, policy: { violence: 'report' } } });
  await (await guard.respond(ask('flag:violence'))).moderated;
  const answer = await guard.respond(ask('bad')).catch(() => undefined);
  await answer?.moderated;
  await guard.respond(ask('flag:sexual')).then(
    ({ moderated }) => moderated,
    () => undefined,
  );
  const does = mode === 'after' ? 'report' : 'refuse';
  expect((await points('telltale.moderation.flagged')).toSorted()).toEqual([
    [`input sexual ${does}`, 1],
    ['input violence report', 1],
    [`output hate ${does}`, 1],
  ]);
  expect((await points('telltale.moderation.duration')).toSorted()).toEqual([
    [`input ${mode}`, 3],
    [`output ${mode}`, mode === 'after' ? 3 : 2],
  ]);
  expect(await points('telltale.moderation.failures')).toEqual([]);
});

test.each(['closed', 'open'] as const)('a failure is counted where it is %s', async (onFailure) => {
  const points = metricsForTest();
  const { guard } = await guardForTest({ moderation: { status: 500 } as never, guard: { onFailure } });
  await guard.respond(ask('Hello')).catch(() => {});
  expect(await points('telltale.moderation.failures')).toEqual(
    onFailure === 'closed'
      ? [['input refuse', 1]]
      : [
          ['input allow', 1],
          ['output allow', 1],
        ],
  );
});

test('a span around the request says the mode, what was found and how it ended, and none says what was asked', async () => {
  const tracing = registerTracing();
  onTestFinished(() => tracing.stop());
  const points = registerMetrics();
  onTestFinished(() => points.stop());
  const { guard } = await guardForTest();
  const errors: TelltaleError[] = [];
  const keep = (error: unknown) => void errors.push(error as TelltaleError);
  await guard.respond(ask(`flag:violence ${secret}`)).catch(keep);
  await collect(guard.stream({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'bad' }] })).catch(
    keep,
  );
  await guard.respond(ask(secret));
  const spans = tracing.spans.getFinishedSpans();
  const own = spans.filter(({ name }) => name.startsWith('guarded'));
  expect(own.map(({ name, attributes, status }) => ({ name, ...attributes, status: status.code }))).toEqual([
    {
      name: 'guarded response',
      'telltale.moderation.mode': 'blocking',
      'telltale.moderation.categories': ['violence'],
      'telltale.moderation.added.ms': expect.any(Number),
      'error.type': 'flagged',
      status: 2,
    },
    {
      name: 'guarded chat',
      'telltale.moderation.mode': 'blocking',
      'telltale.moderation.categories': ['hate'],
      'telltale.moderation.added.ms': expect.any(Number),
      'error.type': 'flagged',
      status: 2,
    },
    {
      name: 'guarded response',
      'telltale.moderation.mode': 'blocking',
      'telltale.moderation.added.ms': expect.any(Number),
      status: 0,
    },
  ]);
  for (const { name, parentSpanContext } of spans)
    if (name.startsWith('chat') || name.startsWith('moderation'))
      expect(own.map((span) => span.spanContext().spanId)).toContain(parentSpanContext?.spanId);
  const said = JSON.stringify([
    spans.map(({ name, attributes, events }) => [name, attributes, events]),
    await points.points(),
    errors.map(({ message, categories, stack }) => [message, categories, stack]),
  ]);
  expect(errors).toHaveLength(2);
  expect(said).not.toContain(secret);
});

/** Each moderation takes 100 ms on the guard's clock, and each answer 30 ms. */
function timed() {
  const clock = createFakeClock();
  const changing = changingModerations((answer) => answer);
  const asking: typeof fetch = async (input, init) => {
    const response = await changing(input, init);
    const isModeration = String(input instanceof Request ? input.url : input).endsWith('/moderations');
    clock.advance(isModeration ? 100 : 30);
    return response;
  };
  return { clock, fetch: asking };
}

test('what moderation added is all of it when it blocks, and none afterwards', async () => {
  for (const [mode, addedMs] of [
    ['blocking', 200],
    ['after', 0],
  ] as const) {
    const { clock, fetch } = timed();
    const { guard } = await guardForTest({ fetch, guard: { mode, clock } });
    const answer = await guard.respond(ask('Hello'));
    expect(answer.moderation.addedMs).toBe(addedMs);
    expect((await answer.moderated).moderation.addedMs).toBe(addedMs);
  }
});

test('what it added in parallel is what exceeds the generation', async () => {
  const clock = createFakeClock();
  let tellGenerated: () => void = () => {};
  const generated = new Promise<void>((resolve) => {
    tellGenerated = resolve;
  });
  let moderations = 0;
  const { guard, openai } = await guardForTest({
    guard: { mode: 'parallel', clock },
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (!String(input).endsWith('/moderations')) {
        // Handed out while 40 ms of the moderation are over.
        clock.advance(40);
        return response;
      }
      moderations += 1;
      if (moderations > 1) return response;
      await generated;
      clock.advance(60);
      return response;
    },
  });
  telltale(openai).on('call', ({ request }) => {
    // Its caller has the answer when all that was due has run.
    if (request.endpoint === 'responses') setImmediate(tellGenerated);
  });
  const { moderation } = await guard.respond(ask('Hello'));
  expect(moderation).toMatchObject({ inputMs: 100, addedMs: 60 });
});

test('it adds nothing in parallel to a stream that goes on longer', async () => {
  const clock = createFakeClock();
  const over = { begun: false, moderated: false };
  const { guard } = await guardForTest({
    guard: { mode: 'parallel', moderateOutput: false, clock },
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (String(input).endsWith('/moderations')) {
        await vi.waitFor(() => expect(over.begun).toBe(true), 10_000);
        clock.advance(100);
        over.moderated = true;
        return response;
      }
      const held = new TransformStream<string, string>({
        transform: async (text, controller) => {
          const [before = '', ...after] = text.split(/(?<=output_text\.delta.*\n\n)/);
          controller.enqueue(before);
          if (!before.includes('output_text.delta') && after.length === 0) return;
          // What came has been read when all that was due has run.
          setTimeout(() => Object.assign(over, { begun: true }), 0);
          await vi.waitFor(() => expect(over.moderated).toBe(true), 10_000);
          controller.enqueue(after.join(''));
        },
      });
      const body = response.body
        ?.pipeThrough(new TextDecoderStream() as never)
        .pipeThrough(held)
        .pipeThrough(new TextEncoderStream());
      return new Response(body as never, response);
    },
  });
  const stream = guard.stream(ask('Hello'));
  for await (const _ of stream);
  expect(stream.answer?.moderation).toMatchObject({ inputMs: 100, addedMs: 0 });
});
