import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Asked, Gate } from '../../../src/mock/limits/gate.ts';
import { type LimitOptions, noLimits } from '../../../src/mock/limits/limit.ts';
import { rulesOf } from '../../../src/mock/limits/rule.ts';
import { type Reference, referenceBucket, referenceWindow } from './reference.ts';
import { admits, ask, gateOf } from './support.ts';

const arrivals = fc.array(fc.record({ afterMs: fc.nat(4_000), tokens: fc.integer({ min: 1, max: 120 }) }), {
  maxLength: 60,
});

const several: LimitOptions = {
  limits: [
    { requests: 6, perMs: 10_000 },
    { tokens: 100, per: 'minute' },
    { requests: 20, per: 'hour' },
    { tokens: 90, perMs: 7_000 },
  ],
  countRefused: false,
};

describe.each([
  { law: 'bucket', createReference: referenceBucket },
  { law: 'window', createReference: referenceWindow },
] as const)('several limits by the law $law', ({ law, createReference }) => {
  test('charge a request to all of them, or to none', () => {
    fc.assert(
      fc.property(arrivals, fc.boolean(), (plan, enforcePerSecond) => {
        const options = { ...several, law, enforcePerSecond };
        const gate = gateOf(options);
        const references = rulesOf({ ...noLimits, ...options }).map((rule) => ({
          rule,
          reference: createReference(rule) as Reference,
        }));
        let nowMs = 0;
        for (const { afterMs, tokens } of plan) {
          nowMs += afterMs;
          const costs = references.map(({ rule, reference }) => {
            const cost = rule.unit === 'requests' ? 1 : tokens;
            const tooLarge = !rule.perSecond && cost > rule.amount;
            return { reference, cost, fits: !tooLarge && reference.waitUs(nowMs * 1_000, cost) === 0 };
          });
          const fits = costs.every((each) => each.fits);
          expect(admits(gate, ask(nowMs, tokens))).toBe(fits);
          if (fits) for (const { reference, cost } of costs) reference.take(nowMs * 1_000, cost);
        }
      }),
    );
  });

  test('let a request through after the wait that they told, and not a millisecond before', () => {
    fc.assert(
      fc.property(arrivals, fc.boolean(), fc.boolean(), (plan, countRefused, enforcePerSecond) => {
        const options = { ...several, law, countRefused, enforcePerSecond };
        let nowMs = 0;
        const before: Asked[] = [];
        /** What has happened, happened again: an attempt that is too early would itself change what follows. */
        function again(): Gate {
          const gate = gateOf(options);
          for (const asked of before) gate.admit(asked);
          return gate;
        }
        for (const { afterMs, tokens } of plan) {
          nowMs += afterMs;
          const asked = ask(nowMs, tokens);
          const { refusal } = again().admit(asked);
          before.push(asked);
          if (!refusal || refusal.saidMs === undefined) continue;
          expect(refusal.waitMs).toBeGreaterThan(0);
          expect(admits(again(), ask(nowMs + refusal.waitMs, tokens))).toBe(true);
          expect(admits(again(), ask(nowMs + refusal.waitMs - 1, tokens))).toBe(false);
          return;
        }
      }),
    );
  });
});

describe('a refused request', () => {
  const limits = [{ requests: 60, per: 'minute' } as const];

  test('counts, so that whoever asks again and again gets nothing, and gets through once they wait', () => {
    const gate = gateOf({ limits });
    for (let n = 0; n < 60; n++) expect(admits(gate, ask(0))).toBe(true);
    // A request's worth flows in every second, and a refused request every half second takes it away again.
    for (let nowMs = 500; nowMs <= 60_000; nowMs += 500) expect(admits(gate, ask(nowMs))).toBe(false);
    const { refusal } = gate.admit(ask(60_400));
    expect(refusal).toMatchObject({ used: 60, requested: 1, saidMs: 1_000, waitMs: 1_000 });
    expect(admits(gate, ask(61_400))).toBe(true);
  });

  test('takes nothing where it is told not to', () => {
    const gate = gateOf({ limits, countRefused: false });
    for (let n = 0; n < 60; n++) expect(admits(gate, ask(0))).toBe(true);
    expect(admits(gate, ask(500))).toBe(false);
    expect(admits(gate, ask(1_000))).toBe(true);
  });

  test.each([
    ['minute', 69],
    ['second', 69],
    ['hour', 99],
    ['day', 99],
  ] as const)(
    'that a token limit refused counts per %s, where the time is at most a minute',
    (per, remaining) => {
      const gate = gateOf({
        limits: [
          { requests: 100, per },
          { tokens: 10, per: 'minute' },
        ],
      });
      gate.admit(ask(0, 10));
      for (let n = 0; n < 30; n++) expect(admits(gate, ask(0, 10))).toBe(false);
      expect(gate.quotas(ask(0))[0]).toMatchObject({ unit: 'requests', limit: 100, remaining });
    },
  );

  test('that asks for more than the limit is told so, and never gets through', () => {
    const gate = gateOf({ limits: [{ tokens: 30_000, per: 'minute' }] });
    for (const nowMs of [0, 60_000, 3_600_000]) {
      expect(gate.admit(ask(nowMs, 31_538)).refusal).toMatchObject({ requested: 31_538, saidMs: undefined });
    }
    expect(admits(gate, ask(3_600_000, 30_000))).toBe(true);
  });

  test('names, of the limits that refuse, the one that keeps it longest', () => {
    const gate = gateOf({
      limits: [
        { requests: 1, per: 'minute' },
        { requests: 1, per: 'hour' },
        { requests: 1, per: 'second' },
      ],
    });
    gate.admit(ask(0));
    expect(gate.admit(ask(500)).refusal?.rule.index).toBe(1);
  });
});

test('a wait includes what the refusal itself took from another limit', () => {
  const gate = gateOf({
    limits: [
      { requests: 2, per: 'minute' },
      { tokens: 600, per: 'minute' },
    ],
  });
  gate.admit(ask(0, 600));
  const { refusal } = gate.admit(ask(0, 10));
  expect(refusal).toMatchObject({ rule: { index: 1 }, saidMs: 1_000, waitMs: 30_000 });
  expect(admits(gate, ask(30_000, 10))).toBe(true);
});

describe('tokens beyond the estimate', () => {
  const limits = [{ tokens: 600, per: 'minute' } as const];

  test('become a debt that is paid before anything else gets through', () => {
    const gate = gateOf({ limits });
    const admission = gate.admit(ask(0, 500));
    if (!admission.refusal) admission.settle(1_000_000, 700);
    // 600 - 500, and 10 that had flowed in, which overflowed nothing; then 200 more than was estimated.
    expect(gate.quotas(ask(1_000))).toEqual([
      { unit: 'tokens', limit: 600, remaining: -90, resetMs: 69_000 },
    ]);
    expect(gate.admit(ask(1_000, 10)).refusal).toMatchObject({ used: 690, requested: 10, saidMs: 10_000 });
    expect(admits(gate, ask(10_999, 10))).toBe(false);
    expect(admits(gate, ask(11_000, 10))).toBe(true);
  });

  test('are left alone where only the estimate is charged', () => {
    const gate = gateOf({ limits, chargeActual: false });
    const admission = gate.admit(ask(0, 500));
    if (!admission.refusal) admission.settle(0, 700);
    expect(admits(gate, ask(0, 100))).toBe(true);
  });

  test('of an estimate that was too high are kept by a bucket and given back by a window', () => {
    for (const [law, remaining] of [['bucket', 100] as const, ['window', 400] as const]) {
      const gate = gateOf({ limits, law });
      const admission = gate.admit(ask(0, 500));
      if (!admission.refusal) admission.settle(0, 200);
      expect(gate.quotas(ask(0))[0]?.remaining).toBe(remaining);
    }
  });
});

describe('whom a limit is for', () => {
  test('the models that it names, which share it', () => {
    const gate = gateOf({ limits: [{ requests: 2, per: 'minute', models: ['gpt-5*', '*-mini', 'o3'] }] });
    expect(admits(gate, ask(0, 1, 'gpt-5-nano'))).toBe(true);
    expect(admits(gate, ask(0, 1, 'gpt-4o-mini'))).toBe(true);
    expect(['gpt-5', 'o4-mini', 'o3'].map((model) => admits(gate, ask(0, 1, model)))).toEqual([
      false,
      false,
      false,
    ]);
    expect(['gpt-4o', 'o3-pro', null].map((model) => admits(gate, ask(0, 1, model)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(gate.quotas(ask(0, 1, 'gpt-4o'))).toEqual([]);
  });

  test.each([
    ['*', 'anything', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['aa*aa', 'aaa', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a*b*b', 'ab', false],
    ['a**c', 'ac', true],
    ['gpt-4.1', 'gpt-4x1', false],
  ])('the pattern %s and the model %s: %s', (pattern, model, applies) => {
    const gate = gateOf({ limits: [{ requests: 1, per: 'minute', models: [pattern] }] });
    expect(gate.quotas(ask(0, 1, model)).length > 0).toBe(applies);
  });

  test('all keys together, or each for itself', () => {
    const limits = [{ requests: 1, per: 'minute' } as const];
    const together = gateOf({ limits });
    const apart = gateOf({ limits, perKey: true });
    const answers = (gate: Gate) => ['a', 'b', 'a'].map((key) => admits(gate, ask(0, 1, 'gpt-5', key)));
    expect(answers(together)).toEqual([true, false, false]);
    expect(answers(apart)).toEqual([true, true, false]);
  });
});
