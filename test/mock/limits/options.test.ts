import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLimits } from '../../../src/mock/limits/limit.ts';
import { mockForTest } from '../support.ts';

const minute = { requests: 5, per: 'minute' };

test.each([
  [{ limits: {} }, 'Expected `limits` to be an array of limits, got `{  }` (object)'],
  [{ limits: [7] }, 'Expected `limits[0]` to be an object, got `7` (number)'],
  [
    { limits: [{ per: 'minute' }] },
    'Expected `limits[0]` to be a limit with exactly one of `requests` and `tokens`',
  ],
  [{ limits: [{ ...minute, tokens: 5 }] }, 'exactly one of `requests` and `tokens`'],
  [{ limits: [{ requests: 5 }] }, 'Expected `limits[0]` to be a limit with exactly one of `per` and `perMs`'],
  [{ limits: [{ ...minute, perMs: 5 }] }, 'exactly one of `per` and `perMs`'],
  [
    { limits: [minute, { request: 5, per: 'day' }] },
    'Unknown option `limits[1].request`. Did you mean `requests`?',
  ],
  [{ limits: [{ requests: 0, per: 'minute' }] }, '`limits[0].requests` to be an integer from 1 to'],
  [{ limits: [{ requests: 1.5, per: 'minute' }] }, '`limits[0].requests` to be an integer from 1 to'],
  [{ limits: [{ tokens: '5', per: 'minute' }] }, '`limits[0].tokens`'],
  [{ limits: [{ tokens: Number.POSITIVE_INFINITY, per: 'minute' }] }, '`limits[0].tokens`'],
  [
    { limits: [{ tokens: 5, per: 'minutes' }] },
    "`limits[0].per` to be 'second' or 'minute' or 'hour' or 'day'",
  ],
  [{ limits: [{ tokens: 5, perMs: 0 }] }, '`limits[0].perMs` to be an integer from 1 to'],
  [{ limits: [{ ...minute, models: [] }] }, 'Expected `limits[0].models` to be a non-empty array'],
  [{ limits: [{ ...minute, models: 'gpt-5' }] }, 'Expected `limits[0].models` to be a non-empty array'],
  [
    { limits: [{ ...minute, models: ['gpt-5', ''] }] },
    'Expected `limits[0].models[1]` to be a non-empty string',
  ],
  [
    { limits: [minute, { requests: 9, perMs: 60_000 }] },
    '`limits[0]` and `limits[1]` limit the same: give one of them',
  ],
  [
    {
      limits: [
        { ...minute, models: ['a', 'b'] },
        { ...minute, models: ['b', 'a'] },
      ],
    },
    '`limits[0]` and `limits[1]` limit the same',
  ],
  [{ limits: [minute], law: 'leaky' }, "Expected `law` to be 'bucket' or 'window', got `\"leaky\"` (string)"],
  [{ limits: [minute], enforcePerSecond: 1 }, 'Expected `enforcePerSecond` to be true or false'],
  [{ limits: [minute], perKey: 'yes' }, 'Expected `perKey` to be true or false'],
  [{ limits: [minute], countRefused: 0 }, 'Expected `countRefused` to be true or false'],
  [{ limits: [minute], chargeActual: null }, 'Expected `chargeActual` to be true or false'],
  [
    { limits: [{ requests: 5, per: 'day' }], enforcePerSecond: true },
    'Expected `enforcePerSecond` to be false, since no',
  ],
  [{ law: 'window' }, 'Expected `limits` to be given, since `law` is'],
  [{ limits: [], perKey: true }, 'Expected `limits` to be given, since `perKey` is'],
])('%j is refused: %s', async (options, message) => {
  const refusal = mockForTest(options as object);
  await expect(refusal).rejects.toThrow(message);
  await expect(refusal).rejects.toMatchObject({ code: 'invalid_option' });
});

test('limits that are right come out as they went in, and are not the same objects', () => {
  const amounts = fc.oneof(
    fc.record({ requests: fc.integer({ min: 1 }) }),
    fc.record({ tokens: fc.integer({ min: 1 }) }),
  );
  const times = fc.oneof(
    fc.record({ per: fc.constantFrom('second', 'minute', 'hour', 'day') }),
    fc.record({ perMs: fc.integer({ min: 1 }) }),
  );
  const models = fc.option(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), { nil: undefined });
  fc.assert(
    fc.property(amounts, times, models, (amount, time, names) => {
      const limit = { ...amount, ...time, ...(names ? { models: names } : {}) };
      const [parsed] = parseLimits('limits', [limit]);
      expect(parsed).toEqual(limit);
      expect(parsed).not.toBe(limit);
      if (names) expect(parsed?.models).not.toBe(names);
    }),
  );
});

test('a start keeps the limits that it does not give, and begins them anew', async () => {
  const mock = await mockForTest({ limits: [{ requests: 1, per: 'day' }], law: 'window' });
  async function ask(): Promise<number> {
    const body = JSON.stringify({ model: 'gpt-4o', input: 'Hello' });
    const headers = { authorization: 'Bearer any' };
    return (await fetch(`${mock.url}/responses`, { method: 'POST', headers, body })).status;
  }
  expect([await ask(), await ask()]).toEqual([200, 429]);
  mock.start({ seed: 2 });
  expect(mock.state()).toMatchObject({ limits: [{ requests: 1, per: 'day' }], law: 'window', perKey: false });
  expect([await ask(), await ask()]).toEqual([200, 429]);
  expect(() => mock.start({ enforcePerSecond: true })).toThrow('`enforcePerSecond` to be false');
  mock.start({ limits: [] });
  expect([await ask(), await ask()]).toEqual([200, 200]);
});
