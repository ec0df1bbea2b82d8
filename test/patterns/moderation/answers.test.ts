import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { callWith, type TelltaleError, telltale } from '../../../src/index.ts';
import type { Finding, GuardOptions } from '../../../src/patterns/index.ts';
import { always, clients } from '../../mock/support.ts';
import {
  arrived,
  badAnswer,
  changingModerations,
  guardForTest,
  modes,
  type Setting,
  secret,
} from './support.ts';

const ask = (input: string) => ({ model: 'gpt-5-mini', input });
const say = (content: string) => ({ model: 'gpt-5-mini', messages: [{ role: 'user' as const, content }] });

/** The error with which something ends. */
async function failureOf(work: Promise<unknown>): Promise<TelltaleError> {
  return (await work.then(
    () => expect.fail('it was let through'),
    (error: unknown) => error,
  )) as TelltaleError;
}

describe.each(clients)('openai $version', ({ Client }) => {
  describe.each(modes)('mode %s', (mode) => {
    it('gives a clean answer, what it cost, and the times', async () => {
      const { guard, mock, openai } = await guardForTest({ guard: { mode }, Client });
      for (const answer of [await guard.respond(ask('Hello')), await guard.chat(say('Hello'))]) {
        expect(answer.text).toBe('The wind is fair.');
        expect(answer.costUsd).toBeGreaterThan(0);
        const report = await answer.moderated;
        expect(report).toMatchObject({ findings: [], failures: [] });
        expect(report.moderation.addedMs).toBeLessThanOrEqual(
          report.moderation.inputMs + report.moderation.outputMs,
        );
      }
      expect(arrived(mock).toSorted()).toEqual([
        ...['chat', 'moderations', 'moderations', 'moderations', 'moderations', 'responses'],
      ]);
      const { cost } = telltale(openai).stats();
      expect(cost.unknownCalls).toBe(0);
    });
  });

  it.each(['blocking', 'parallel'] as const)('refuses what is flagged in mode %s', async (mode) => {
    const { guard } = await guardForTest({ guard: { mode }, Client });
    const input = await failureOf(guard.respond(ask(`flag:violence ${secret}`)));
    expect(input).toMatchObject({ code: 'flagged', stage: 'input', categories: ['violence'] });
    const output = await failureOf(guard.chat(say('bad')));
    expect(output).toMatchObject({ code: 'flagged', stage: 'output', categories: ['hate'] });
    expect(output.costUsd).toBeGreaterThan(0);
    expect(`${input.message}${output.message}`).not.toContain(secret);
  });
});

test('blocking asks for nothing before the input is cleared', async () => {
  const { guard, mock } = await guardForTest();
  await failureOf(guard.respond(ask('flag:sexual')));
  expect(arrived(mock)).toEqual(['moderations']);
});

test('in parallel, a flagged input stops the generation at the provider', async () => {
  const { guard, mock, openai } = await guardForTest({
    guard: { mode: 'parallel' },
    moderation: { delayMs: 50 } as never,
  });
  const error = await failureOf(guard.respond(ask('slow flag:violence')));
  expect(error).toMatchObject({ code: 'flagged', categories: ['violence'] });
  await mock.settled();
  const asked = mock.ledger().find(({ endpoint }) => endpoint === 'responses');
  expect(asked?.end).toBe('client-closed');
  await vi.waitFor(() => {
    expect(telltale(openai).stats().outcomes).toMatchObject({ cancelled: 1 });
  }, 10_000);
});

test('in parallel, what the generation failed with is told once the input is cleared', async () => {
  const { guard } = await guardForTest({
    guard: { mode: 'parallel' },
    mock: { schedule: always({ status: 500, rate: 1, endpoints: ['responses'] }) },
  });
  expect(await failureOf(guard.respond(ask('Hello')))).toMatchObject({ status: 500 });
  expect(await failureOf(guard.respond(ask('flag:hate')))).toMatchObject({ code: 'flagged' });
});

test('afterwards everything is told, and nothing refused', async () => {
  const told: [Finding, unknown][] = [];
  const { guard } = await guardForTest({
    guard: { mode: 'after', onFinding: (finding, request) => void told.push([finding, request]) },
  });
  const request = ask('bad flag:violence');
  const answer = await guard.respond(request);
  expect(answer).toMatchObject({ text: badAnswer, findings: [] });
  const { findings, moderation } = await answer.moderated;
  expect(findings).toEqual([
    { stage: 'input', category: 'violence', action: 'refuse', score: expect.closeTo(0.9, 0) },
    { stage: 'output', category: 'hate', action: 'refuse', score: expect.closeTo(0.9, 0) },
  ]);
  expect(moderation.addedMs).toBe(0);
  expect(told).toEqual(findings.map((finding) => [finding, request]));
});

test('afterwards the input is told of though the generation failed', async () => {
  const told: Finding[] = [];
  const { guard } = await guardForTest({
    guard: { mode: 'after', onFinding: (finding) => void told.push(finding) },
    mock: { schedule: always({ status: 500, rate: 1, endpoints: ['responses'] }) },
  });
  expect(await failureOf(guard.respond(ask('flag:hate')))).toMatchObject({ status: 500 });
  await vi.waitFor(() => expect(told).toMatchObject([{ stage: 'input', category: 'hate' }]), 10_000);
});

test('what is only to be reported is let through', async () => {
  const { guard } = await guardForTest({
    guard: { policy: { violence: 'report', hate: 'ignore', sexual: { action: 'refuse', above: 0.5 } } },
  });
  const answer = await guard.respond(ask('bad flag:violence'));
  expect(answer.text).toBe(badAnswer);
  expect(answer.findings).toMatchObject([{ stage: 'input', category: 'violence', action: 'report' }]);
  expect(await failureOf(guard.respond(ask('flag:sexual flag:violence')))).toMatchObject({
    categories: ['sexual'],
  });
});

test('an output that is not moderated is let through', async () => {
  const { guard, mock } = await guardForTest({ guard: { moderateOutput: false } });
  expect((await guard.respond(ask('bad'))).text).toBe(badAnswer);
  expect(arrived(mock)).toEqual(['moderations', 'responses']);
});

/** Moderation, in all the ways in which it cannot be had. */
const troubles: readonly (readonly [string, Setting])[] = [
  ['500', { moderation: { status: 500 } as never }],
  ['429', { moderation: { status: 429 } as never }],
  ['a time-out', { moderation: { kind: 'hang' } as never, guard: { timeoutMs: 100 } }],
  ['a lost connection', { moderation: { kind: 'reset' } as never }],
  ['a page of HTML', { moderation: { kind: 'html-page', httpStatus: 200 } as never }],
  ['no results', { fetch: changingModerations(({ results: _, ...rest }) => rest) }],
  ['too few results', { fetch: changingModerations((answer) => ({ ...answer, results: [] })) }],
  [
    'no categories',
    { fetch: changingModerations((answer) => ({ ...answer, results: [{ flagged: false }] })) },
  ],
  [
    'one category too few',
    {
      fetch: changingModerations(({ results }) => {
        for (const { categories } of results as { categories: Record<string, boolean> }[])
          delete categories['self-harm'];
        return { results };
      }),
    },
  ],
  ['null', { fetch: changingModerations(() => null) }],
];

describe.each(troubles)('with %s of moderation', (_, setting) => {
  const guardWith = (options: GuardOptions) =>
    guardForTest({ ...setting, guard: { ...setting.guard, ...options } });

  it.each(['blocking', 'parallel'] as const)('mode %s refuses, and says why in the cause', async (mode) => {
    const { guard, mock } = await guardWith({ mode });
    const error = await failureOf(guard.respond(ask('Hello')));
    expect(error).toMatchObject({ code: 'moderation_unavailable', stage: 'input' });
    expect(error.cause).toBeInstanceOf(Error);
    if (mode === 'blocking') expect(arrived(mock)).not.toContain('responses');
  });

  it.each(['blocking', 'parallel', 'after'] as const)(
    'mode %s lets through where it is open',
    async (mode) => {
      const { guard } = await guardWith({ mode, onFailure: 'open' });
      const answer = await guard.respond(ask('Hello'));
      expect(answer.text).toBe('The wind is fair.');
      const { failures } = await answer.moderated;
      expect(failures.map(({ stage }) => stage)).toEqual(['input', 'output']);
      for (const { error } of failures) expect(error).toBeInstanceOf(Error);
    },
  );
});

test('a category that the policy ignores may be missing', async () => {
  const { guard } = await guardForTest({
    ...troubles.find(([name]) => name === 'one category too few')?.[1],
    guard: { policy: { 'self-harm': 'ignore' } },
  });
  expect((await guard.respond(ask('Hello'))).text).toBe('The wind is fair.');
});

test('what was found is refused, though another part could not be moderated, open or not', async () => {
  const { guard } = await guardForTest({ guard: { onFailure: 'open' } });
  const content = [
    { type: 'input_text' as const, text: 'flag:violence' },
    { type: 'input_file' as const, file_id: 'file-1' },
  ];
  const error = await failureOf(guard.respond({ model: 'gpt-5-mini', input: [{ role: 'user', content }] }));
  expect(error).toMatchObject({ code: 'flagged', categories: ['violence'] });
});

type Result = { categories: Record<string, boolean>; category_scores: Record<string, number> };
const changingResults = (change: (results: Result[]) => unknown) =>
  changingModerations((answer) => ({ ...answer, results: change(answer['results'] as Result[]) }));

it.each([
  ['says nothing of another category', ([result]: Result[]) => [without(result, 'self-harm')]],
  ['gives no score', ([result]: Result[]) => [{ ...result, category_scores: {} }]],
  ['gives a score that is none', ([result]: Result[]) => [scored(result, 'violence', -1)]],
  ['gives more results than were asked for', ([result]: Result[]) => [result, result]],
])('what was flagged is refused where it is open, though the answer %s', async (_, change) => {
  const { guard } = await guardForTest({ guard: { onFailure: 'open' }, fetch: changingResults(change) });
  const error = await failureOf(guard.respond(ask('flag:violence')));
  expect(error).toMatchObject({ code: 'flagged', categories: ['violence'] });
});

function without({ categories, ...result }: Result = { categories: {}, category_scores: {} }, name: string) {
  const { [name]: _, ...others } = categories;
  return { ...result, categories: others };
}

function scored(result: Result | undefined, name: string, score: number) {
  return { ...result, category_scores: { ...result?.category_scores, [name]: score } };
}

describe('an input that is not as it must be', () => {
  const check = (input: unknown) => {
    if (input === 'thrown') throw new Error('mine');
    return input !== 'false';
  };

  it.each([
    ['too long', 'x'.repeat(11), '11 characters, and at most 10'],
    ['too large', '\u{1F600}'.repeat(5), '22 bytes, and at most 20'],
    ['refused by the check', 'false', 'does not pass `input.check`'],
    ['refused by what the check throws', 'thrown', 'does not pass `input.check`'],
  ])('%s is refused before anything is sent', async (_, input, sentence) => {
    const { guard, mock } = await guardForTest({
      guard: { input: { maxCharacters: 10, maxBytes: 20, check } },
    });
    const error = await failureOf(guard.respond(ask(input)));
    expect(error).toMatchObject({ code: 'input_refused', stage: 'input' });
    expect(error.message).toContain(sentence);
    expect(mock.ledger()).toEqual([]);
    expect((await guard.respond(ask('fine'))).text).toBe('The wind is fair.');
  });

  it('may be refused by a promise', async () => {
    const { guard } = await guardForTest({
      guard: { input: { check: () => Promise.reject(new Error('mine')) } },
    });
    expect(await failureOf(guard.respond(ask('Hello')))).toMatchObject({ cause: new Error('mine') });
  });

  it.each([
    ['a stream', { stream: true }, 'request.stream'],
    ['the background', { background: true }, 'request.background'],
    ['messages too', { messages: [] }, 'request.messages'],
  ])('cannot ask for %s', async (_, fields, option) => {
    const { guard } = await guardForTest();
    expect(await failureOf(guard.respond({ ...ask('Hello'), ...fields } as never))).toMatchObject({ option });
  });
});

test('a field that is there and undefined is not there', async () => {
  const { guard, mock } = await guardForTest();
  const request = { ...ask('Hello'), messages: undefined };
  await guard.respond(request);
  for await (const _ of guard.stream(request));
  expect(arrived(mock).filter((endpoint) => endpoint !== 'moderations')).toEqual(['responses', 'responses']);
});

test('no error about a request says anything of what is in it', async () => {
  const { guard } = await guardForTest();
  const wrong = [secret, { ...ask('Hello'), messages: secret }, { input: 1n, prompt: secret }];
  for (const request of wrong) {
    const { code, message } = await failureOf(guard.respond(request as never));
    expect(code).toBe('invalid_option');
    expect(message).not.toContain(secret);
  }
});

test('what is sent is what was moderated, though the application goes on with its list', async () => {
  const messages = [{ role: 'user' as const, content: 'Hello' }];
  const said: unknown[] = [];
  const { guard } = await guardForTest({
    mock: {
      answers: ({ body }) => {
        said.push(body['messages']);
        return 'The wind is fair.';
      },
    },
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      messages.push({ role: 'user', content: 'flag:violence' });
      return response;
    },
  });
  await guard.chat({ model: 'gpt-5-mini', messages });
  expect(said).toEqual([[{ role: 'user', content: 'Hello' }]]);
});

test('what is sent is what was checked, whoever changes the one or the other', async () => {
  const input = [{ role: 'user' as const, content: 'Hello' }];
  const said: unknown[] = [];
  const checked: unknown[] = [];
  const { guard } = await guardForTest({
    mock: {
      answers: ({ body }) => {
        said.push(body['input']);
        return 'The wind is fair.';
      },
    },
    guard: {
      input: {
        check: async (given) => {
          await Promise.resolve();
          checked.push(structuredClone(given));
          (given as typeof input)[0] = { role: 'user', content: 'flag:violence' };
        },
      },
    },
  });
  const work = guard.respond({ model: 'gpt-5-mini', input });
  input.pop();
  await work;
  expect(checked).toEqual([[{ role: 'user', content: 'Hello' }]]);
  expect(said).toEqual(checked);
});

test('a request that is no JSON is refused as such', async () => {
  const ring: unknown[] = [];
  ring.push(ring);
  const { guard } = await guardForTest();
  const error = await failureOf(guard.respond({ model: 'gpt-5-mini', input: ring as never }));
  expect(error).toMatchObject({ code: 'invalid_option', option: 'request.input' });
});

describe('a caller who leaves', () => {
  it.each(modes)('before it begins, in mode %s, is told so, and nothing is generated', async (mode) => {
    const { guard, mock } = await guardForTest({ guard: { mode } });
    const error = await failureOf(guard.respond(ask('Hello'), { signal: AbortSignal.abort() }));
    expect(error.constructor.name).toBe('APIUserAbortError');
    expect(arrived(mock)).not.toContain('responses');
  });

  it.each([
    [
      'while the input is moderated',
      { moderation: { kind: 'hang' } as never },
      'moderations',
      'Hello',
      'blocking',
    ],
    ['while it is, in parallel', { moderation: { kind: 'hang' } as never }, 'responses', 'slow', 'parallel'],
    ['while it generates', {}, 'responses', 'slow', 'blocking'],
    ['while it generates, in parallel', {}, 'responses', 'slow', 'parallel'],
    ['while it generates, in mode after', {}, 'responses', 'slow', 'after'],
  ] as const)('%s, ends what is under way', async (_, setting, endpoint, input, mode) => {
    const { guard, mock } = await guardForTest({ ...setting, guard: { mode } });
    const caller = new AbortController();
    const work = failureOf(guard.respond(ask(input), { signal: caller.signal }));
    await vi.waitFor(() => expect(arrived(mock)).toContain(endpoint), 10_000);
    caller.abort();
    expect((await work).constructor.name).toBe('APIUserAbortError');
    await mock.settled();
    const ends = mock.ledger().map(({ end }) => end);
    expect(ends).toContain('client-closed');
  });

  it('while the output is moderated gets no answer', async () => {
    const caller = new AbortController();
    const { guard } = await guardForTest({
      fetch: async (input, init) => {
        if (String(init?.body).includes('The wind is fair.')) caller.abort();
        return await fetch(input, init);
      },
    });
    const error = await failureOf(guard.respond(ask('Hello'), { signal: caller.signal }));
    expect(error.constructor.name).toBe('APIUserAbortError');
  });
});

test('a callback that throws, or whose promise does, is told of once and keeps nothing from anybody', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warn.mockRestore());
  let calls = 0;
  const { guard } = await guardForTest({
    guard: {
      policy: { default: 'report' },
      onFinding: () => {
        calls += 1;
        if (calls === 1) throw new Error(secret);
        return Promise.reject(new Error(secret)) as never;
      },
    },
  });
  expect((await guard.respond(ask('bad flag:hate'))).text).toBe(badAnswer);
  expect(calls).toBe(2);
  expect(
    warn.mock.calls.flat().filter((said) => typeof said === 'string' && said.includes('onFinding')),
  ).toHaveLength(1);
  expect(JSON.stringify(warn.mock.calls)).not.toContain(secret);
});

test('a budget that refuses models without a price lets moderation go', async () => {
  const { guard, openai } = await guardForTest({ observe: { budget: { usd: 1, per: 'day' } } });
  const answer = await guard.respond({ ...ask('Hello'), max_output_tokens: 100 });
  expect(telltale(openai).budget()?.budgets[0]?.spentUsd).toBeCloseTo(answer.costUsd ?? Number.NaN, 12);
});

test('who makes the calls is said of moderations too', async () => {
  const { guard } = await guardForTest();
  const told: string[] = [];
  await callWith({ onCall: ({ request }) => void told.push(request.endpoint) }, () =>
    guard.respond(ask('Hello')),
  );
  expect(told).toEqual(['moderations', 'responses', 'moderations']);
});
