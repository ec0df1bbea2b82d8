import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { TokenEstimator } from '../../src/admit/estimate-tokens.ts';

const text = (tokens: number): string => 'x'.repeat(tokens * 4);
const responses = (tokens: number, more: object = {}) => ({ model: 'm', input: text(tokens), ...more });

afterEach(() => {
  vi.restoreAllMocks();
});

describe('what a call is charged', () => {
  test('is the larger of its prompt and the most output it asks for', () => {
    const estimator = new TokenEstimator();
    expect(estimator.estimate(responses(100, { max_output_tokens: 40 })).tokens).toBe(100);
    expect(estimator.estimate(responses(100, { max_output_tokens: 400 })).tokens).toBe(400);
  });

  test('is their sum where both are to be reserved', () => {
    const estimator = new TokenEstimator({ reserve: 'sum' });
    expect(estimator.estimate(responses(100, { max_output_tokens: 40 })).tokens).toBe(140);
  });

  test.each(['max_completion_tokens', 'max_output_tokens', 'max_tokens'])('reads %s', (name) => {
    const estimate = new TokenEstimator().estimate(responses(1, { [name]: 700 }));
    expect(estimate).toMatchObject({ tokens: 700, outputTokens: 700, isBounded: true });
  });

  test('goes by the largest of several maxima, for as many answers as are asked for', () => {
    const body = responses(1, { max_tokens: 10, max_completion_tokens: 30, n: 4 });
    expect(new TokenEstimator().estimate(body).tokens).toBe(120);
  });

  test('takes a call that names no maximum for one of 1 000 tokens of output, and one without output for none', () => {
    const estimator = new TokenEstimator({ reserve: 'sum' });
    expect(estimator.estimate(responses(5))).toMatchObject({ tokens: 1_005, isBounded: false });
    expect(estimator.estimate(responses(5), 'embeddings').tokens).toBe(5);
    expect(estimator.estimate(responses(5), 'moderations').tokens).toBe(5);
    expect(estimator.estimate(responses(5), 'chat').tokens).toBe(1_005);
  });

  test.each([Number.NaN, -1, '5', null, Number.POSITIVE_INFINITY])(
    'takes a maximum of %s for none',
    (maximum) => {
      const estimate = new TokenEstimator().estimate(responses(5, { max_tokens: maximum }));
      expect(estimate).toMatchObject({ outputTokens: 1_000, isBounded: false });
    },
  );
});

describe('the size of a prompt', () => {
  const promptOf = (body: object): number => new TokenEstimator().estimate(body).promptTokens;

  test('counts completions, embeddings and moderations, and what is tokens already exactly', () => {
    expect(promptOf({ prompt: text(10) })).toBe(10);
    expect(promptOf({ prompt: [text(10), text(5)] })).toBe(15);
    expect(promptOf({ prompt: [1, 2, 3] })).toBe(3);
    expect(promptOf({ prompt: [[1, 2, 3], [4]] })).toBe(4);
    expect(promptOf({ input: [[1, 2], [3]] })).toBe(3);
    expect(promptOf({ input: [text(3), text(4)] })).toBe(7);
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    expect(promptOf({ input: [{ type: 'text', text: text(9) }, picture] })).toBe(9 + 765);
  });

  test('leaves out a stored prompt, which only the provider knows', () => {
    expect(promptOf({ prompt: { id: 'pmpt_1', variables: { name: text(4) } } })).toBe(0);
  });
});

describe('what the answers of a model tell', () => {
  test('corrects the prompts of that model, and of no other', () => {
    const estimator = new TokenEstimator();
    for (let call = 0; call < 50; call++)
      estimator.learn(estimator.estimate(responses(100)), { promptTokens: 150 });
    expect(estimator.estimate(responses(1_000)).promptTokens).toBe(1_500);
    expect(estimator.estimate({ ...responses(1_000), model: 'other' }).promptTokens).toBe(1_000);
  });

  test('corrects by a quarter to four times, whatever was told before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 10_000 }), fc.oneof(fc.nat(), fc.double())), { maxLength: 80 }),
        (answers) => {
          const estimator = new TokenEstimator();
          for (const [tokens, promptTokens] of answers)
            estimator.learn(estimator.estimate(responses(tokens)), { promptTokens });
          const { promptTokens } = estimator.estimate(responses(1_000));
          expect(promptTokens).toBeGreaterThanOrEqual(250);
          expect(promptTokens).toBeLessThanOrEqual(4_000);
        },
      ),
    );
  });

  test('follows a change: after 100 answers of another kind what came before is as good as forgotten', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.25, max: 4, noNaN: true }),
        fc.double({ min: 0.25, max: 4, noNaN: true }),
        (before, after) => {
          const estimator = new TokenEstimator();
          for (const ratio of [before, after])
            for (let call = 0; call < 100; call++)
              estimator.learn(estimator.estimate(responses(1_000)), { promptTokens: ratio * 1_000 });
          const { promptTokens } = estimator.estimate(responses(1_000));
          expect(Math.abs(promptTokens - after * 1_000)).toBeLessThan(30);
        },
      ),
    );
  });

  test('says nothing of a prompt of which the provider keeps a part', () => {
    const estimator = new TokenEstimator();
    for (const kept of [
      { previous_response_id: 'resp_1' },
      { conversation: 'conv_1' },
      { prompt: { id: 'p' } },
    ])
      estimator.learn(estimator.estimate(responses(100, kept)), { promptTokens: 390 });
    expect(estimator.estimate(responses(100)).promptTokens).toBe(100);
  });

  test('gives a usual length of answers to calls that name no maximum: 95 of 100 are no longer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 20 }),
        (lengths) => {
          const estimator = new TokenEstimator();
          for (let round = 0; round < 40; round++)
            for (const outputTokens of lengths)
              estimator.learn(estimator.estimate(responses(1)), { outputTokens });
          const { outputTokens } = estimator.estimate(responses(1));
          const sorted = lengths.toSorted((a, b) => a - b);
          // Of at most 20 lengths in turn the largest is one of 20 or more: at the 95th percentile or right above it.
          const longest = sorted.at(-1) ?? 0;
          const next = sorted.at(-2) ?? longest;
          expect(outputTokens).toBeGreaterThanOrEqual(lengths.length < 20 ? longest : next);
          expect(outputTokens).toBeLessThanOrEqual(Math.ceil(longest * 1.19) + 1);
        },
      ),
    );
  });

  test('does not learn a length from calls that were cut at their own maximum', () => {
    const estimator = new TokenEstimator();
    estimator.learn(estimator.estimate(responses(1, { max_tokens: 5 })), { outputTokens: 5 });
    expect(estimator.estimate(responses(1)).outputTokens).toBe(1_000);
  });

  test('is remembered of the last 200 models that told something', () => {
    const estimator = new TokenEstimator();
    const tell = (model: string): void =>
      estimator.learn(estimator.estimate({ ...responses(100), model }), { promptTokens: 200 });
    const told = (model: string): number => estimator.estimate({ ...responses(100), model }).promptTokens;
    for (let index = 0; index < 200; index++) tell(`m${index}`);
    tell('m0');
    tell('m200');
    expect([told('m0'), told('m1'), told('m2'), told('m200')]).toEqual([200, 100, 200, 200]);
  });
});

describe('an exact tokenizer', () => {
  test('is given all text and the model, and is not corrected', () => {
    const countTokens = vi.fn(() => 7);
    const estimator = new TokenEstimator({ countTokens });
    const messages = [{ role: 'user', content: 'Hello' }];
    // Two frames of 3 tokens are no text.
    expect(estimator.estimate({ model: 'm', messages }).promptTokens).toBe(13);
    expect(countTokens).toHaveBeenCalledExactlyOnceWith('user\nHello', 'm');
    estimator.learn(estimator.estimate(responses(10)), { promptTokens: 40 });
    expect(estimator.estimate(responses(10)).promptTokens).toBe(7);
  });

  test.each([
    [
      'throws',
      () => {
        throw new TypeError('no');
      },
    ],
    ['gives NaN', () => Number.NaN],
    ['gives less than nothing', () => -3],
    ['gives a text', () => '12' as unknown as number],
    ['gives a promise', () => Promise.resolve(3) as unknown as number],
  ])('that %s is told of once, and the estimate is used', (_, countTokens) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const estimator = new TokenEstimator({ countTokens });
    expect(estimator.estimate(responses(10)).promptTokens).toBe(10);
    expect(estimator.estimate(responses(20)).promptTokens).toBe(20);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toMatch(/^`countTokens` (threw TypeError|gave a \w+ that is no count): /);
  });
});

describe('any body', () => {
  const value = fc.anything({
    maxDepth: 4,
    withBigInt: true,
    withSparseArray: true,
    withNullPrototype: true,
  });
  const names = [
    'model',
    'messages',
    'input',
    'prompt',
    'tools',
    'max_tokens',
    'max_output_tokens',
    'conversation',
  ];
  const body = fc.oneof(value, fc.dictionary(fc.constantFrom(...names), value));

  test('gives whole numbers, and is learnt from, without a throw', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(body, value, value), { maxLength: 10 }), (calls) => {
        const estimator = new TokenEstimator({ reserve: 'sum' });
        for (const [given, promptTokens, outputTokens] of calls) {
          const estimate = estimator.estimate(given);
          expect(Number.isSafeInteger(estimate.tokens) && estimate.tokens >= 0).toBe(true);
          expect(estimate.tokens).toBe(estimate.promptTokens + estimate.outputTokens);
          estimator.learn(estimate, {
            promptTokens: promptTokens as number,
            outputTokens: outputTokens as number,
          });
        }
      }),
    );
  });

  test('that throws when it is read counts as far as it could be read', () => {
    const trap = {
      input: text(3),
      get max_tokens(): number {
        throw new Error('trap');
      },
    };
    expect(new TokenEstimator({ reserve: 'sum' }).estimate(trap)).toMatchObject({
      tokens: 1_003,
      uncorrected: undefined,
    });
  });
});

test('bad options are refused', () => {
  expect(() => new TokenEstimator({ reserve: 'all' as 'sum' })).toThrow(
    "Expected `options.reserve` to be 'max' or 'sum'",
  );
  expect(() => new TokenEstimator({ countTokens: 4 as never })).toThrow(
    'Expected `options.countTokens` to be a function',
  );
});
