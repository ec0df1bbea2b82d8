import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTimeline, shutsPort } from '../../src/mock/chaos/timeline.ts';
import { type Phase, parseSchedule, type Schedule } from '../../src/mock/schedule.ts';

/** A share of 1 that leaves room for three more. */
const rate = fc.double({ min: 0, max: 0.25, noNaN: true });
const chance = {
  rate,
  models: fc.array(fc.constantFrom('gpt-5*', 'gpt-4o', '*'), { minLength: 1 }),
  endpoints: fc.array(fc.constantFrom('chat', 'responses', 'embeddings', 'models'), { minLength: 1 }),
  firstAttempts: fc.integer({ min: 1, max: 9 }),
};
const requiredKeys = { requiredKeys: ['rate'] as ['rate'] };
const fault = fc.oneof(
  fc
    .record({ retryAfterMs: fc.nat(120_000), ...chance }, requiredKeys)
    .map((rest) => ({ status: 429, ...rest })),
  fc
    .record({ retryAfterMs: fc.nat(120_000), ...chance }, requiredKeys)
    .map((rest) => ({ status: 503, ...rest })),
  fc.record(chance, requiredKeys).map((rest) => ({ delayMs: 250, ...rest })),
  fc.record(chance, requiredKeys).map((rest) => ({ kind: 'reset', ...rest })),
  fc.record(chance, requiredKeys).map((rest) => ({ kind: 'hang', ...rest })),
  fc.record(chance, requiredKeys).map((rest) => ({ kind: 'drip', gapMs: 5, ...rest })),
  fc.record(chance, requiredKeys).map((rest) => ({ status: 429, retryAfterText: '-5', ...rest })),
  fc.record({ afterChunks: fc.nat(50), ...chance }, requiredKeys).map((rest) => ({ kind: 'cut', ...rest })),
);
const phase = fc.record(
  {
    name: fc.string({ minLength: 1 }),
    forMs: fc.double({ min: 0.1, max: 1e7, noNaN: true }),
    faults: fc.array(fault, { maxLength: 4 }),
  },
  { requiredKeys: ['forMs'] },
);

describe('a schedule', () => {
  test('that is right comes out as it went in, and is not the same object', () => {
    fc.assert(
      fc.property(fc.array(phase), (schedule) => {
        const parsed = parseSchedule('schedule', schedule);
        expect(parsed).toEqual(schedule);
        expect(JSON.parse(JSON.stringify(parsed))).toEqual(JSON.parse(JSON.stringify(schedule)));
        expect(parsed[0]?.faults?.[0]).not.toBe(schedule[0]?.faults?.[0] ?? null);
      }),
    );
  });

  test('with one unknown key anywhere is refused by its path', () => {
    fc.assert(
      fc.property(fc.array(fault, { minLength: 1, maxLength: 4 }), fc.nat(), (faults, pick) => {
        const index = pick % faults.length;
        const spoiled = faults.map((item, at) => (at === index ? { ...item, colour: 'red' } : item));
        expect(() => parseSchedule('schedule', [{ forMs: 1 }, { forMs: 1, faults: spoiled }])).toThrow(
          `\`schedule[1].faults[${index}].colour\``,
        );
      }),
    );
  });

  const calm = { forMs: 1 };
  test.each([
    [{}, 'Expected `schedule` to be an array of phases'],
    [[calm, 7], 'Expected `schedule[1]` to be an object, got `7` (number)'],
    [[{}], 'Expected `schedule[0].forMs` to be a number of at least 0, got `undefined`'],
    [[{ forMs: 0 }], 'Expected `schedule[0].forMs` to be more than 0'],
    [[{ forMs: -5 }], 'Expected `schedule[0].forMs` to be a number of at least 0, got `-5`'],
    [[{ forMs: 1, name: '' }], 'Expected `schedule[0].name` to be a non-empty string'],
    [[{ forMs: 1, fault: [] }], 'Unknown option `schedule[0].fault`. Did you mean `faults`?'],
    [[{ forMs: 1, faults: {} }], 'Expected `schedule[0].faults` to be an array of faults'],
    [[faulty({ rate: 1 })], 'exactly one of `status`, `delayMs` and `kind`'],
    [
      [faulty({ status: 429, rate: 1, retryAfterMs: 5, retryAfterText: 'soon' })],
      'Expected `schedule[0].faults[0].retryAfterMs` to be absent, since `retryAfterText` is in its place, got `5`',
    ],
    [[faulty({ kind: 'drip', rate: 1 })], 'Expected `schedule[0].faults[0].gapMs` to be a number'],
    [[faulty({ kind: 'hang', gapMs: 1, rate: 1 })], 'Unknown option `schedule[0].faults[0].gapMs`'],
    [[faulty({ status: 429, kind: 'reset', rate: 1 })], 'exactly one of `status`, `delayMs` and `kind`'],
    [
      [faulty({ stauts: 429, rate: 1 })],
      'Unknown option `schedule[0].faults[0].stauts`. Did you mean `status`?',
    ],
    [
      [faulty({ status: 418, rate: 1 })],
      'Expected `schedule[0].faults[0].status` to be 408, 409, 429 or an integer from 500 to 599',
    ],
    [
      [faulty({ status: 429 })],
      'Expected `schedule[0].faults[0].rate` to be a number from 0 to 1, got `undefined`',
    ],
    [
      [calm, faulty({ status: 429, rate: 1.5 })],
      'Expected `schedule[1].faults[0].rate` to be a number from 0 to 1',
    ],
    [[faulty({ status: 429, rate: Number.NaN })], '`schedule[0].faults[0].rate`'],
    [
      [faulty({ status: 429, rate: 1, code: 'other' })],
      "`schedule[0].faults[0].code` to be 'rate_limit_exceeded'",
    ],
    [[faulty({ status: 500, rate: 1, code: 'x' })], 'Unknown option `schedule[0].faults[0].code`'],
    [
      [faulty({ status: 503, rate: 1, code: 'x' })],
      "`schedule[0].faults[0].code` to be 'server_is_overloaded'",
    ],
    [
      [faulty({ status: 429, rate: 1, code: 'slow_down', limit: 'tokens/day' })],
      "Expected `schedule[0].faults[0].limit` to be absent, since `code` is not 'rate_limit_exceeded'",
    ],
    [
      [faulty({ status: 503, rate: 1, retryAfterText: 'soon\r\nset-cookie: a=b' })],
      'Expected `schedule[0].faults[0].retryAfterText` to be printable ASCII, as it goes into a header',
    ],
    [[faulty({ status: 503, rate: 1, retryAfterMs: 1e13 })], '`schedule[0].faults[0].retryAfterMs`'],
    [[faulty({ status: 503, rate: 1, shouldRetry: 'yes' })], '`schedule[0].faults[0].shouldRetry`'],
    [[faulty({ status: 600, rate: 1 })], '`schedule[0].faults[0].status`'],
    [[faulty({ kind: 'refuse', rate: 0.5 })], 'Expected `schedule[0].faults[0].rate` to be 1, got `0.5`'],
    [
      [faulty({ kind: 'refuse', rate: 1, models: ['gpt-5'] })],
      'Unknown option `schedule[0].faults[0].models`',
    ],
    [[faulty({ kind: 'huge-body', rate: 1 })], '`schedule[0].faults[0].bytes` to be an integer from 1 to'],
    [[faulty({ kind: 'huge-body', rate: 1, bytes: 2 ** 31 })], '`schedule[0].faults[0].bytes`'],
    [[faulty({ kind: 'html-page', rate: 1, httpStatus: 302 })], '`schedule[0].faults[0].httpStatus`'],
    [[faulty({ kind: 'no-headers', rate: 1, headers: ['date'] })], '`schedule[0].faults[0].headers[0]`'],
    [[faulty({ kind: 'clock-skew', rate: 1, skewMs: 0.5 })], '`schedule[0].faults[0].skewMs`'],
    [[{ forMs: 1, fromMs: -1 }], 'Expected `schedule[0].fromMs` to be a number of at least 0'],
    [[{ forMs: 1, form: 1 }], 'Unknown option `schedule[0].form`. Did you mean `forMs`?'],
    [[faulty({ status: 429, rate: 1, retryAfterMs: -1 })], '`schedule[0].faults[0].retryAfterMs`'],
    [
      [faulty({ status: 429, rate: 1, retryAfterHeader: 'ms' })],
      '`schedule[0].faults[0].retryAfterMs` to be given',
    ],
    [
      [faulty({ status: 429, rate: 1, retryAfterMs: 1, retryAfterHeader: 'hours' })],
      "`schedule[0].faults[0].retryAfterHeader` to be 'both' or 'seconds' or 'ms'",
    ],
    [
      [faulty({ status: 429, rate: 1, models: [] })],
      '`schedule[0].faults[0].models` to be a non-empty array',
    ],
    [[faulty({ status: 429, rate: 1, models: ['a', 3] })], '`schedule[0].faults[0].models[1]`'],
    [[faulty({ status: 429, rate: 1, endpoints: ['chats'] })], '`schedule[0].faults[0].endpoints[0]`'],
    [
      [faulty({ status: 429, rate: 1, firstAttempts: 0 })],
      '`schedule[0].faults[0].firstAttempts` to be a positive',
    ],
    [[faulty({ delayMs: -1, rate: 1 })], '`schedule[0].faults[0].delayMs`'],
    [
      [faulty({ kind: 'explode', rate: 1 })],
      "`schedule[0].faults[0].kind` to be 'refuse' or 'reset' or 'reset-in-headers'",
    ],
    [
      [faulty({ kind: 'reset', rate: 1, afterChunks: 1 })],
      'Unknown option `schedule[0].faults[0].afterChunks`',
    ],
    [[faulty({ kind: 'cut', rate: 1, afterChunks: 1.5 })], '`schedule[0].faults[0].afterChunks`'],
  ])('such as %j is refused: %s', (schedule, message) => {
    expect(() => parseSchedule('schedule', schedule)).toThrow(message);
  });

  test('whose rates sum to more than 1 is refused, and to 1 with rounding is not', () => {
    const sum = (...rates: number[]) => [
      { forMs: 1, faults: rates.map((each) => ({ status: 503, rate: each })) },
    ];
    expect(() => parseSchedule('schedule', sum(0.6, 0.3, 0.2))).toThrow(
      'Expected the rates in `schedule[0].faults` to sum to at most 1, got `1.1`',
    );
    // In binary these sum to slightly more than 1.
    expect(0.7 + 0.2 + 0.1 === 1).toBe(false);
    expect(parseSchedule('schedule', sum(0.7, 0.2, 0.1))).toHaveLength(1);
    expect(parseSchedule('schedule', sum(...Array(10).fill(0.1)))).toHaveLength(1);
  });
});

describe('phases that overlap are refused, both named', () => {
  test.each([
    [
      [
        { name: 'a', forMs: 10 },
        { name: 'b', fromMs: 5, forMs: 10 },
      ],
      "Expected phases not to overlap, but `schedule[0]` 'a' (0 ms to 10 ms) and `schedule[1]` 'b' (5 ms to 15 ms) do",
    ],
    [
      [
        { fromMs: 50, forMs: 10 },
        { fromMs: 0, forMs: 51 },
      ],
      'but `schedule[0]` (50 ms to 60 ms) and `schedule[1]` (0 ms to 51 ms) do',
    ],
    [
      [{ fromMs: 50, forMs: 10 }, { fromMs: 0, forMs: 40 }, { forMs: 20 }],
      'but `schedule[0]` (50 ms to 60 ms) and `schedule[2]` (40 ms to 60 ms) do',
    ],
    [
      [{ forMs: 10 }, { fromMs: 0, forMs: 10 }],
      'but `schedule[0]` (0 ms to 10 ms) and `schedule[1]` (0 ms to 10 ms) do',
    ],
  ])('%j', (schedule, message) => {
    expect(() => parseSchedule('schedule', schedule)).toThrow(message);
  });

  test('but not those that only touch, with the rounding of binary fractions', () => {
    expect(
      parseSchedule('schedule', [{ forMs: 0.1 }, { forMs: 0.2 }, { fromMs: 0.3, forMs: 1 }]),
    ).toHaveLength(3);
  });
});

function faulty(fault: object) {
  return { forMs: 1, faults: [fault] };
}

function phaseAt(of: Schedule, loop: boolean, elapsedMs: number, scale = 1) {
  return createTimeline(of, { loop, scale }).phaseAt(elapsedMs);
}

describe('the phase at a time', () => {
  const schedule = parseSchedule('schedule', [
    { name: 'calm', forMs: 100 },
    { forMs: 50 },
    { name: 'calm', forMs: 10 },
  ]);

  test('begins with its first millisecond, ends before the next, and is calm after the last', () => {
    const at = (elapsedMs: number) => phaseAt(schedule, false, elapsedMs);
    expect([0, 99.9, 100, 149.9, 150, 159.9, 160, 1e9].map((ms) => at(ms).index)).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3,
    ]);
    expect([0, 100, 150, 160].map((ms) => at(ms).name)).toEqual(['calm', 'phase-1', 'calm', 'calm']);
  });

  test('begins again when the schedule loops', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 159 }), fc.nat(1_000), (ms, rounds) => {
        expect(phaseAt(schedule, true, ms + rounds * 160)).toEqual(phaseAt(schedule, false, ms));
      }),
    );
  });

  test('is as long as its scale says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.constantFrom(0.25, 0.5, 2, 8), (ms, scale) => {
        expect(phaseAt(schedule, false, ms * scale, scale)).toEqual(phaseAt(schedule, false, ms));
        expect(phaseAt(schedule, true, ms * scale, scale)).toEqual(phaseAt(schedule, true, ms));
      }),
    );
  });

  test('is the one that holds it, whatever order and gaps they have', () => {
    const piece = fc.record({ gapMs: fc.nat(5), forMs: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.infiniteStream(fc.nat(100)),
        fc.boolean(),
        (pieces, keys, loop) => {
          let endMs = 0;
          const ordered = pieces.map(({ gapMs, forMs }) => {
            const fromMs = endMs + gapMs;
            endMs = fromMs + forMs;
            return { fromMs, forMs, key: keys.next().value ?? 0 };
          });
          const shuffled = ordered
            .toSorted((a, b) => a.key - b.key)
            .map(({ fromMs, forMs }) => ({ fromMs, forMs }));
          const parsed = parseSchedule('schedule', shuffled);
          for (let ms = 0; ms < 2 * endMs + 3; ms++) {
            const at = loop && endMs > 0 ? ms % endMs : ms;
            const index = shuffled.findIndex(({ fromMs, forMs }) => fromMs <= at && at < fromMs + forMs);
            const expected =
              index === -1 ? { index: shuffled.length, name: 'calm' } : { index, name: `phase-${index}` };
            expect(phaseAt(parsed, loop, ms)).toMatchObject(expected);
          }
        },
      ),
    );
  });

  test('shuts and opens the port exactly where the next change is foretold', () => {
    const piece = fc.record({ gapMs: fc.nat(3), forMs: fc.integer({ min: 1, max: 4 }), shut: fc.boolean() });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.boolean(), (pieces, loop) => {
        let endMs = 0;
        const phases = pieces.map(({ gapMs, forMs, shut }): Phase => {
          const fromMs = endMs + gapMs;
          endMs = fromMs + forMs;
          return { fromMs, forMs, ...(shut ? { faults: [{ kind: 'refuse', rate: 1 }] } : {}) };
        });
        const timeline = createTimeline(phases, { loop, scale: 1 });
        const isShut = (ms: number) => shutsPort(timeline.phaseAt(ms));
        for (let ms = 0; ms < 2 * endMs + 2; ms++) {
          const next = timeline.nextPortChangeMs(ms);
          const limit = next ?? ms + 3 * endMs + 1;
          for (let before = ms + 1; before < limit; before++) expect(isShut(before)).toBe(isShut(ms));
          if (next !== undefined) expect(next).toBeGreaterThan(ms);
        }
      }),
    );
  });

  test('of an empty schedule is calm, looped or not', () => {
    expect(phaseAt([], false, 5)).toEqual({ index: 0, name: 'calm', faults: [] });
    expect(phaseAt([], true, 5)).toEqual({ index: 0, name: 'calm', faults: [] });
  });
});
