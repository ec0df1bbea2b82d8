import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { delay, failing, kinds, overloaded, rateLimit } from '../../src/mock/chaos/fault-fields.ts';
import type { Fields } from '../../src/mock/chaos/field.ts';
import { parseScheduleText } from '../../src/mock/chaos/schedule-file.ts';
import { scheduleSchema } from '../../src/mock/chaos/schema.ts';
import { endpointNames } from '../../src/mock/endpoint.ts';
import { parseFault } from '../../src/mock/fault-parser.ts';
import { scenarioNames } from '../../src/mock/index.ts';

const shipped = JSON.parse(readFileSync(path.resolve('src/mock/schedule.schema.json'), 'utf8'));
const schema: ValidateFunction = new Ajv({
  strict: true,
  strictRequired: false,
  strictTypes: false,
}).compile(shipped);

function allows(value: unknown): boolean {
  return schema(value);
}

/** What the parser says against it; undefined for nothing. */
async function complaint(value: unknown): Promise<string | undefined> {
  return parseScheduleText(JSON.stringify(value), 'a.json').then(
    () => undefined,
    (error: Error) => error.message,
  );
}

test('the file of the schema is what the parser’s fields say; `npm run schema` writes it', () => {
  expect(shipped).toEqual(JSON.parse(JSON.stringify(scheduleSchema())));
});

test.each(scenarioNames())('the shipped scenario %s names the schema and keeps it', (name) => {
  const text = readFileSync(path.resolve(`src/mock/scenarios/${name}.yaml`), 'utf8');
  expect(text).toContain('# yaml-language-server: $schema=../schedule.schema.json');
  expect(allows(parseDocument(text).toJS())).toBe(true);
});

/** Every kind of fault with all its fields, each with values that are right. */
const values: Record<string, readonly unknown[]> = {
  rate: [0, 0.1, 1],
  models: [['gpt-5*'], ['a', 'b']],
  endpoints: [['chat'], [...endpointNames]],
  firstAttempts: [1, 9],
  retryAfterMs: [0, 1.5, 1e12],
  retryAfterHeader: ['both', 'seconds', 'ms', 'date'],
  retryAfterText: ['soon', '-5'],
  retryAfterMsText: ['NaN'],
  shouldRetry: [true, false],
  limit: ['requests/minute', 'tokens/day'],
  code: ['rate_limit_exceeded', 'slow_down', 'insufficient_quota', 'server_is_overloaded'],
  gapMs: [0, 86_400_000],
  pieceBytes: [1, 100],
  afterBytes: [0, 100],
  afterChunks: [0, 5],
  everyNth: [1, 2],
  httpStatus: [200, 400, 599],
  contentType: ['text/plain'],
  bytes: [1, 2 ** 30],
  headers: [['x-request-id'], ['content-type', 'x-ratelimit-*']],
  skewMs: [-1e12, 0, 5],
};

/** Right for nothing, or for some other field. */
const wrong = [
  -1,
  0,
  0.5,
  1,
  2,
  1e13,
  '',
  'x',
  'a\nb',
  true,
  null,
  [],
  {},
  ['x'],
  [1],
  200,
  404,
  429,
  'both',
  ['chat', 'x'],
];

const tellsOf = fc.constantFrom(...Object.keys(kinds), 408, 429, 503, 500, 599, 'delay');

/** The fields of a fault that is told so. */
function fieldsOf(told: string | number): Fields {
  if (told === 429) return rateLimit.fields;
  if (told === 503) return overloaded.fields;
  if (typeof told === 'number') return failing.fields;
  return told === 'delay' ? delay.fields : kinds[told as keyof typeof kinds].fields;
}

function tell(told: string | number): object {
  if (typeof told === 'number') return { status: told };
  return told === 'delay' ? { delayMs: 5 } : { kind: told };
}

/** A fault with some of its fields. Each is right; not all of them go together. */
const fault = tellsOf.chain((told) => {
  const fields = fieldsOf(told);
  const names = Object.keys(fields);
  const valuesOf = (name: string) => fc.constantFrom(...(told === 'refuse' ? [1] : (values[name] ?? [])));
  return fc
    .subarray(names.filter((name) => !fields[name]?.required))
    .chain((picked) => {
      const present = [...names.filter((name) => fields[name]?.required), ...picked];
      return fc.record(Object.fromEntries(present.map((name) => [name, valuesOf(name)])));
    })
    .map((rest) => ({ ...tell(told), ...rest }));
});

/** A fault with one field that is wrong, not its own, or missing, or told in another way as well. */
const spoiledFault = fc
  .tuple(
    fault,
    fc.constantFrom(...Object.keys(values), 'status', 'kind', 'delayMs', 'colour'),
    fc.constantFrom(...wrong, undefined),
  )
  .map(([one, name, value]) => JSON.parse(JSON.stringify({ ...one, [name]: value })));

const anyFault = fc.oneof(fault, spoiledFault);

const phase = fc.record(
  {
    name: fc.constantFrom<unknown>('calm', '', 5),
    fromMs: fc.constantFrom<unknown>(0, 5, -5, '5'),
    forMs: fc.constantFrom<unknown>(5, 0, 0.5, '5', null),
    faults: fc.oneof(
      { weight: 9, arbitrary: fc.array(anyFault, { maxLength: 2 }) },
      { weight: 1, arbitrary: fc.constantFrom(...wrong) },
    ),
    says: fc.constantFrom<unknown>('calm', '', 5),
  },
  { requiredKeys: [] },
);

const file = fc.oneof(
  fc.array(phase, { maxLength: 3 }),
  fc.record(
    {
      phases: fc.array(phase, { maxLength: 2 }),
      says: fc.constantFrom<unknown>('x', '', 5),
      loop: fc.constantFrom<unknown>(true, 'yes'),
      scale: fc.constantFrom<unknown>(0.5, 0, -1, 1e7),
      colour: fc.constant('red'),
      law: fc.constantFrom('window', 'sieve'),
      limits: fc.constantFrom<unknown>(
        [{ requests: 1, per: 'day' }],
        [],
        [{ requests: 1, tokens: 1, per: 'day' }],
        [{ tokens: 1.5, per: 'day' }],
        [{ tokens: 5, perMs: 5, models: ['a'] }],
        [{ tokens: 5 }],
      ),
      perKey: fc.constantFrom<unknown>(true, 1),
    },
    { requiredKeys: [] },
  ),
  fc.constantFrom<unknown>(null, 5, 'x'),
);

/** What no schema can say: that numbers in different places go together. */
const beyondSchemas = /^a\.json(:\d+:\d+)?: (Expected the rates in|Expected phases not to overlap)/;

describe('the schema and the parser', () => {
  test('agree about faults, right and wrong', () => {
    let refused = 0;
    let taken = 0;
    fc.assert(
      fc.property(anyFault, (one) => {
        let said: string | undefined;
        try {
          parseFault('fault', one);
          taken++;
        } catch (error) {
          refused++;
          said = String(error);
        }
        expect([allows([{ forMs: 1, faults: [one] }]), said]).toEqual([said === undefined, said]);
      }),
      { numRuns: 1_500 },
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(300);
  });

  test('agree about files, but for sums and overlaps', async () => {
    await fc.assert(
      fc.asyncProperty(file, async (whole) => {
        const said = await complaint(whole);
        // What else is wrong with it is not known then.
        if (said !== undefined && beyondSchemas.test(said)) return;
        expect([allows(whole), said]).toEqual([said === undefined, said]);
      }),
      { numRuns: 200 },
    );
  });
});
