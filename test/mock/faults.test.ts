import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamAnswer, WholeAnswer } from '../../src/mock/answer.ts';
import { chooseFault, faultApplies, faultFits } from '../../src/mock/fault-choice.ts';
import type { Fault } from '../../src/mock/faults.ts';

const draws = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  phaseIndex: fc.nat(20),
  callId: fc.string({ minLength: 1 }),
  attempt: fc.nat(20),
});

describe('which fault a request meets', () => {
  test('is a function of seed, phase, call id and attempt', () => {
    const faults: Fault[] = [
      { status: 429, rate: 0.3 },
      { kind: 'reset', rate: 0.3 },
    ];
    fc.assert(
      fc.property(draws, (draw) => {
        expect(chooseFault(faults, { ...draw })).toBe(chooseFault(faults, draw));
      }),
    );
  });

  test('is one in every phase whose rates sum to 1, and none where they are 0', () => {
    const certain: Fault[] = [
      { status: 429, rate: 0.25 },
      { status: 503, rate: 0.75 },
    ];
    const never: Fault[] = [{ status: 429, rate: 0 }];
    fc.assert(
      fc.property(draws, (draw) => {
        expect(certain).toContain(chooseFault(certain, draw));
        expect(chooseFault(never, draw)).toBeUndefined();
      }),
    );
  });

  test('comes as often as its rate says, each in its own slice', () => {
    const faults: Fault[] = [
      { status: 429, rate: 0.5 },
      { status: 503, rate: 0.2 },
      { delayMs: 100, rate: 0.1 },
    ];
    const met = Array.from({ length: 20_000 }, (_, n) =>
      chooseFault(faults, { seed: 9, phaseIndex: 1, callId: `call-${n}`, attempt: 0 }),
    );
    for (const fault of faults) {
      const share = met.filter((other) => other === fault).length / met.length;
      expect(Math.abs(share - fault.rate)).toBeLessThan(0.015);
    }
  });

  test('is drawn again for each attempt, so that a retry can succeed', () => {
    const faults: Fault[] = [{ status: 429, rate: 0.5 }];
    const repeated = Array.from({ length: 2_000 }, (_, n) => {
      const draw = { seed: 2, phaseIndex: 0, callId: `call-${n}` };
      return chooseFault(faults, { ...draw, attempt: 0 }) && chooseFault(faults, { ...draw, attempt: 1 });
    }).filter((fault) => fault !== undefined);
    expect(Math.abs(repeated.length / 2_000 - 0.25)).toBeLessThan(0.04);
  });
});

describe('a fault', () => {
  const target = { endpoint: 'chat' as const, model: 'gpt-5-mini', attempt: 0 };

  test.each([
    [
      'its endpoints',
      { status: 429, rate: 1, endpoints: ['chat'] },
      { status: 429, rate: 1, endpoints: ['embeddings'] },
    ],
    [
      'its models',
      { status: 429, rate: 1, models: ['gpt-5-mini'] },
      { status: 429, rate: 1, models: ['gpt-5'] },
    ],
    [
      'its model patterns',
      { status: 503, rate: 1, models: ['o3', 'gpt-5*'] },
      { status: 503, rate: 1, models: ['o3*'] },
    ],
  ] satisfies [string, Fault, Fault][])('applies only to %s', (_what, applies, doesNot) => {
    expect(faultApplies(applies, target)).toBe(true);
    expect(faultApplies(doesNot, target)).toBe(false);
  });

  test('for a model does not apply to a request without one', () => {
    expect(faultApplies({ status: 429, rate: 1, models: ['*'] }, { ...target, model: null })).toBe(false);
  });

  test('of the first attempts spares the later ones', () => {
    const fault: Fault = { kind: 'reset', rate: 1, firstAttempts: 2 };
    const applies = [0, 1, 2, 3].map((attempt) => faultApplies(fault, { ...target, attempt }));
    expect(applies).toEqual([true, true, false, false]);
  });

  const usage = { inputTokens: 1, cachedTokens: 0, outputTokens: 1, reasoningTokens: 0 };
  const whole: WholeAnswer = { kind: 'whole', body: '{}', tokens: 1, usage, finishReason: 'stop' };
  const stream: StreamAnswer = {
    ...whole,
    kind: 'stream',
    usage,
    finishReason: 'stop',
    opening: { text: '', count: 0 },
    closing: { text: '', count: 0 },
    tokenEvent: () => '',
    errorEvent: () => '',
    tellsUsage: false,
  };

  test('that breaks streams leaves other answers as they are, and the other way round', () => {
    for (const kind of [
      'cut',
      'reset-midstream',
      'stall',
      'malformed',
      'error-event',
      'duplicate',
    ] as const) {
      expect(faultFits({ kind, rate: 1 }, whole)).toBe(false);
      expect(faultFits({ kind, rate: 1 }, stream)).toBe(true);
    }
    for (const kind of ['reset-body', 'stall-body', 'malformed-body'] as const) {
      expect(faultFits({ kind, rate: 1 }, whole)).toBe(true);
      expect(faultFits({ kind, rate: 1 }, stream)).toBe(false);
    }
  });

  test('that withholds the usage is about answers that would tell it', () => {
    const fault: Fault = { kind: 'no-usage', rate: 1 };
    expect(faultFits(fault, whole)).toBe(true);
    expect(faultFits(fault, { ...whole, usage: null })).toBe(false);
    expect(faultFits(fault, stream)).toBe(false);
    expect(faultFits(fault, { ...stream, tellsUsage: true })).toBe(true);
  });

  test('does nothing to a refusal', () => {
    const refusal = { kind: 'refusal' as const, status: 400, body: '{}' };
    expect(faultFits({ status: 503, rate: 1 }, refusal)).toBe(false);
    expect(faultFits({ kind: 'reset', rate: 1 }, refusal)).toBe(false);
  });
});
