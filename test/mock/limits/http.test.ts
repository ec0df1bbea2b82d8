import { describe, expect, test } from 'vitest';
import { judgeLimits, type MockLimit, type MockOptions } from '../../../src/mock/index.ts';
import { createFakeClock } from '../fake-clock.ts';
import { always, clients, collect, hello, instant, mockForTest, named } from '../support.ts';

/** What every version of the client meets; the clock stands still until it is moved. */
describe.each(clients)('with limits, openai $version', ({ Client }) => {
  async function setUp(options: MockOptions) {
    const clock = createFakeClock();
    const mock = await mockForTest({ clock, ...options });
    const openai = new Client({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 });
    return { clock, mock, openai };
  }

  function chat(openai: InstanceType<typeof Client>, maxTokens: number, model = 'gpt-4o') {
    return openai.chat.completions.create({ model, messages: hello, max_tokens: maxTokens }).withResponse();
  }

  async function refusalOf(answer: Promise<unknown>) {
    const error = await answer.then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(Client.RateLimitError);
    return error as InstanceType<typeof Client.RateLimitError>;
  }

  test('gets a RateLimitError in OpenAI’s words, and through after the time that it names, not before', async () => {
    const limits: MockLimit[] = [
      { tokens: 200_000, per: 'minute' },
      { requests: 500, per: 'minute' },
    ];
    const { clock, mock, openai } = await setUp({ limits });
    await chat(openai, 199_000, 'gpt-5-mini');
    const error = await refusalOf(chat(openai, 2_000, 'gpt-5-mini'));
    expect(error.message).toBe(
      '429 Rate limit reached for gpt-5-mini in organization org-telltale-mock on tokens per min (TPM): ' +
        'Limit 200000, Used 199000, Requested 2000. Please try again in 300ms. ' +
        'Visit https://platform.openai.com/account/rate-limits to learn more.',
    );
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'tokens', param: null });
    const told = Object.fromEntries(error.headers);
    expect(told).toMatchObject({
      'retry-after': '1',
      'retry-after-ms': '300',
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '498',
      'x-ratelimit-reset-requests': '240ms',
      'x-ratelimit-limit-tokens': '200000',
      'x-ratelimit-remaining-tokens': '1000',
      'x-ratelimit-reset-tokens': '59.7s',
    });
    clock.advance(299);
    await refusalOf(chat(openai, 2_000, 'gpt-5-mini'));
    clock.advance(1);
    const { response } = await chat(openai, 2_000, 'gpt-5-mini');
    expect(response.headers.get('x-ratelimit-remaining-tokens')).toBe('0');
    expect(response.headers.get('x-ratelimit-reset-tokens')).toBe('1m0s');
    await mock.settled();
    expect(mock.ledger().map(({ status, retryAfterMs, fault }) => [status, retryAfterMs, fault])).toEqual([
      [200, undefined, null],
      [429, 300, null],
      [429, 1, null],
      [200, undefined, null],
    ]);
    expect(mock.ledger()[1]?.rateLimit).toEqual({
      atMs: 0,
      key: 0,
      outcome: 'refused',
      requests: 1,
      tokens: 0,
      refusedBy: { limit: 0, perSecond: false, used: 199_000, requested: 2_000, tooLarge: false },
    });
    expect(mock.ledger()[3]?.rateLimit).toMatchObject({ atMs: 300, outcome: 'admitted', tokens: 2_000 });
    expect(judgeLimits(mock.ledger(), limits)).toMatchObject({ avoidable429s: 2, tooLarge: 0 });
  });

  test('gets through by itself where it tries again as it is told', async () => {
    const { clock, mock, openai } = await setUp({ limits: [{ requests: 1, perMs: 40 }] });
    const patient = openai.withOptions({
      maxRetries: 1,
      // The client really waits; the mock's clock is moved on by what it was told.
      async fetch(url: string | URL | Request, init?: RequestInit) {
        const response = await fetch(url, init);
        clock.advance(Number(response.headers.get('retry-after-ms')));
        return response;
      },
    });
    await chat(openai, 5);
    await chat(patient, 5);
    await mock.settled();
    expect(mock.ledger().map(({ status }) => status)).toEqual([200, 429, 200]);
  });

  test('is told that a request is too large, and nothing of trying again', async () => {
    const { mock, openai } = await setUp({ limits: [{ tokens: 30_000, per: 'minute' }] });
    const error = await refusalOf(chat(openai, 31_538));
    expect(error.message).toContain(
      'Limit 30000, Requested 31538. The input or output tokens must be reduced',
    );
    expect(error.headers.get('retry-after')).toBe(null);
    expect(error.headers.get('retry-after-ms')).toBe(null);
    expect(error.headers.get('x-ratelimit-remaining-tokens')).toBe('30000');
    await mock.settled();
    expect(mock.ledger()[0]?.rateLimit?.refusedBy).toMatchObject({ tooLarge: true });
    expect(mock.ledger()[0]).not.toHaveProperty('retryAfterMs');
  });

  test('is charged the answer’s cap or the prompt’s characters, and the rest when the answer is done', async () => {
    const limits: MockLimit[] = [{ tokens: 1_000, per: 'minute' }];
    const { mock, openai } = await setUp({ limits });
    const prompt = 'a'.repeat(400);
    const messages = [{ role: 'user' as const, content: prompt }];
    await openai.chat.completions.create({ model: 'gpt-4o', messages });
    await openai.chat.completions.create({ model: 'gpt-4o', messages, max_completion_tokens: 120 });
    await openai.responses.create({
      model: 'gpt-4o',
      instructions: prompt,
      input: prompt,
      max_output_tokens: 50,
    });
    await openai.embeddings.create({ model: 'text-embedding-3-small', input: [prompt, 'b'.repeat(40)] });
    await collect(await openai.chat.completions.create({ model: 'gpt-4o', messages, stream: true }));
    await mock.settled();
    const charges = mock.ledger().map(({ rateLimit }) => rateLimit?.tokens);
    expect(charges).toEqual([100, 120, 200, 110, 100]);
    const used = mock.ledger().map(({ usage }) => (usage ? usage.inputTokens + usage.outputTokens : 0));
    expect(mock.ledger().map(({ rateLimit }) => rateLimit?.actualTokens)).toEqual(used);
    const taken = used.map((tokens, index) => Math.max(tokens, charges[index] ?? 0));
    const left = 1_000 - taken.reduce((sum, tokens) => sum + tokens, 0);
    const { response } = await chat(openai, 1);
    expect(response.headers.get('x-ratelimit-remaining-tokens')).toBe(String(left - 3));
  });

  test('meets chaos first, which costs a request and no tokens, and the limits after it', async () => {
    const limits: MockLimit[] = [
      { requests: 2, per: 'minute' },
      { tokens: 1_000, per: 'minute' },
    ];
    const fault = { status: 503 as const, rate: 1, firstAttempts: 1 };
    const { mock, openai } = await setUp({ limits, schedule: always(fault) });
    const ask = () =>
      openai.chat.completions.create({ model: 'gpt-4o', messages: hello, max_tokens: 90 }, named('one'));
    const failure = await ask().catch((error) => error);
    expect(failure.status).toBe(503);
    expect(failure.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    expect(failure.headers.get('x-ratelimit-remaining-tokens')).toBe('1000');
    await ask();
    expect((await refusalOf(ask())).type).toBe('requests');
    await mock.settled();
    expect(
      mock.ledger().map(({ fault: met, rateLimit }) => [met, rateLimit?.outcome, rateLimit?.tokens]),
    ).toEqual([
      ['503', 'counted', 0],
      [null, 'admitted', 90],
      [null, 'refused', 0],
    ]);
  });

  test('is told what is left, also with the 429 of a fault, and never less than nothing', async () => {
    const schedule = always({ status: 429 as const, rate: 1, retryAfterMs: 5_000, firstAttempts: 1 });
    const limits: MockLimit[] = [
      { tokens: 20, per: 'minute' },
      { requests: 7, per: 'minute' },
    ];
    const { mock, openai } = await setUp({ limits, schedule, countRefused: false });
    const ask = () => openai.chat.completions.create({ model: 'gpt-4o', messages: hello }, named('one'));
    const chaos = await refusalOf(ask());
    expect(chaos.headers.get('retry-after-ms')).toBe('5000');
    expect(chaos.headers.get('x-ratelimit-remaining-tokens')).toBe('20');
    expect(chaos.headers.get('x-ratelimit-remaining-requests')).toBe('6');
    expect(chaos.message).toContain('Limit 7, Used 7, Requested 1. Please try again in 5s.');
    await ask();
    await mock.settled();
    // The answer is longer than all that was left.
    const debt = (mock.ledger()[1]?.rateLimit?.actualTokens ?? 0) - 20;
    expect(debt).toBeGreaterThan(0);
    const law = await refusalOf(ask());
    expect(law.headers.get('x-ratelimit-remaining-tokens')).toBe('0');
    expect(law.message).toContain(`Used ${20 + debt}, Requested 3.`);
    await mock.settled();
    expect(mock.ledger()[2]?.rateLimit).toMatchObject({ outcome: 'refused', requests: 0, tokens: 0 });
  });

  test('is not charged tokens where the connection is reset', async () => {
    const schedule = always({ kind: 'reset' as const, rate: 1 });
    const { mock, openai } = await setUp({ limits: [{ tokens: 100, per: 'minute' }], schedule });
    await expect(chat(openai, 90)).rejects.toBeInstanceOf(Client.APIConnectionError);
    await mock.settled();
    expect(mock.ledger()[0]).toMatchObject({ fault: 'reset', rateLimit: { outcome: 'counted', tokens: 0 } });
  });

  test('meets a fault of the answer only where the limits let it through', async () => {
    const limits: MockLimit[] = [{ requests: 1, per: 'minute' }];
    const schedule = always({ kind: 'cut' as const, rate: 1, afterChunks: 2 });
    const { mock, openai } = await setUp({ limits, schedule });
    const ask = () => openai.chat.completions.create({ model: 'gpt-4o', messages: hello, stream: true });
    await collect(await ask());
    await refusalOf(ask());
    await mock.settled();
    const [cut, refused] = mock.ledger();
    expect(cut).toMatchObject({ fault: 'cut', rateLimit: { outcome: 'admitted' } });
    expect(cut?.rateLimit?.actualTokens).toBe((cut?.usage?.inputTokens ?? 0) + 2);
    expect(refused).toMatchObject({ fault: null, status: 429, rateLimit: { outcome: 'refused' } });
  });

  test('keeps what was charged where no answer began', async () => {
    const { mock, openai } = await setUp({
      limits: [{ tokens: 100, per: 'minute' }],
      law: 'window',
      latency: { ...instant, firstTokenMs: 60_000, sigma: 0 },
    });
    const going = new AbortController();
    const request = { model: 'gpt-4o', messages: hello, max_tokens: 90 };
    const answer = openai.chat.completions.create(request, { signal: going.signal }).catch((error) => error);
    await expect.poll(() => mock.ledger()[0]?.rateLimit?.outcome).toBe('admitted');
    going.abort();
    await answer;
    await mock.settled();
    expect(mock.ledger()[0]?.rateLimit).not.toHaveProperty('actualTokens');
    expect((await refusalOf(chat(openai, 11))).message).toContain('Used 90, Requested 11');
  });

  test('is refused apart from other keys only where each key has limits of its own', async () => {
    const { mock, openai } = await setUp({ limits: [{ requests: 1, per: 'minute' }], perKey: true });
    const other = openai.withOptions({ apiKey: 'other' });
    await chat(openai, 5);
    await chat(other, 5);
    await refusalOf(chat(other, 5));
    await mock.settled();
    expect(mock.ledger().map(({ rateLimit }) => rateLimit?.key)).toEqual([0, 1, 1]);
    expect(JSON.stringify(mock.ledger())).not.toContain('other');
  });

  test('is refused by nothing where no model is asked, and a mistake counts as a request', async () => {
    const { mock, openai } = await setUp({ limits: [{ requests: 2, per: 'minute' }] });
    for (let n = 0; n < 3; n++) await openai.models.list();
    const mistake = await chat(openai, 0).catch((error) => error);
    expect(mistake.status).toBe(400);
    expect(mistake.headers.get('x-ratelimit-remaining-requests')).toBe('1');
    await chat(openai, 5);
    await refusalOf(chat(openai, 5));
    // It is told of the mistake, not of the limit: that is what it can mend.
    expect((await chat(openai, 0).catch((error) => error)).status).toBe(400);
    await mock.settled();
    const outcomes = mock.ledger().map(({ rateLimit }) => rateLimit?.outcome);
    expect(outcomes.slice(3)).toEqual(['counted', 'admitted', 'refused', 'counted']);
    expect(outcomes.slice(0, 3)).toEqual([undefined, undefined, undefined]);
  });
});
