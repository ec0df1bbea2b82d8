import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCsv, toJson } from '../../../src/account/audit/audit-export.ts';
import type { AuditDimension, AuditRow } from '../../../src/account/audit/audit-query.ts';
import { readAudit } from '../../../src/account/audit/read-audit.ts';
import type { Call, Outcome, Usage } from '../../../src/call.ts';
import type { CallContext } from '../../../src/call-with.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { endedCall } from '../calls.ts';
import { newAudit, newDirectory } from './support.ts';

const oddTexts = [
  'a',
  'b',
  '=1+1',
  "'quoted",
  '-',
  '@x',
  'with, comma',
  'with "quotes"',
  'two\r\nlines',
  '_none',
  '\tt',
  'ü€😀',
  '\ud800',
  '__proto__',
  'constructor',
];
const aText = fc.constantFrom(...oddTexts);
const aContext: fc.Arbitrary<CallContext> = fc
  .record({
    user: fc.option(aText, { nil: undefined }),
    tags: fc.option(fc.dictionary(fc.constantFrom('feature', 'team', '=x'), aText, { maxKeys: 3 }), {
      nil: undefined,
    }),
  })
  .map(({ user, tags }) => ({ ...(user !== undefined && { user }), ...(tags && { tags: { ...tags } }) }));
const aCount = fc.option(fc.nat({ max: 5_000_000 }), { nil: undefined });
const aUsage = fc
  .record({
    source: fc.constantFrom<Usage['source']>('provider', 'estimated', 'unknown'),
    inputTokens: aCount,
    cachedInputTokens: aCount,
    outputTokens: aCount,
    reasoningTokens: aCount,
    cacheWriteInputTokens: aCount,
  })
  .map(
    (usage) =>
      Object.fromEntries(
        Object.entries(usage).filter(([, value]) => value !== undefined),
      ) as unknown as Usage,
  );
const aCall = fc
  .record({
    operation: fc.constantFrom('chat', 'embeddings'),
    endpoint: fc.constantFrom<Call['request']['endpoint']>(
      'chat',
      'responses',
      'completions',
      'embeddings',
      'other',
    ),
    model: fc.constantFrom(undefined, 'gpt-5', 'gpt-5-mini', '=HYPERLINK("x")'),
    sentModel: fc.constantFrom(undefined, undefined, 'gpt-5-nano'),
    fallbackModel: fc.constantFrom(undefined, undefined, 'gpt-5-mini', 'o3'),
    streamed: fc.boolean(),
    body: fc.constantFrom({}, { max_tokens: 5 }, { max_output_tokens: 5 }, { max_completion_tokens: null }),
    durationMs: fc.constantFrom(1, 10_000, 10_001, 60_000),
    usage: aUsage,
    costUsd: fc.option(
      fc.nat({ max: 2_000_000_000 }).map((pico) => pico / 1e12),
      { nil: undefined },
    ),
    cacheSavedUsd: fc.option(
      fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }).map((pico) => pico / 1e12),
      { nil: undefined },
    ),
    outcome: fc.constantFrom<Outcome>(
      'ok',
      'error',
      'refused',
      'cancelled',
      'truncated',
      'empty',
      'abandoned',
    ),
  })
  .map(endedCall);
/** Told of at a day, counted from the first. */
const aTrace = fc.array(
  fc.record({ afterDays: fc.constantFrom(0, 0, 0, 1, 2), context: aContext, call: aCall }),
  {
    maxLength: 40,
  },
);
const dimensions: readonly AuditDimension[] = [
  'day',
  'user',
  'operation',
  'endpoint',
  'model',
  'sentModel',
  'tag:feature',
  'tag:=x',
];
const aBy = fc.subarray([...dimensions]);

interface Traced {
  readonly day: string;
  readonly context: CallContext;
  readonly call: Call;
}

function valueBy(dimension: AuditDimension, { day, context, call }: Traced): string {
  if (dimension === 'day') return day;
  if (dimension === 'user') return context.user ?? '_none';
  if (dimension === 'model') return call.request.model ?? '_none';
  if (dimension === 'sentModel')
    return call.sentModel ?? call.fallbacks?.[0]?.model ?? call.request.model ?? '_none';
  if (dimension === 'operation' || dimension === 'endpoint') return call.request[dimension];
  return Object.entries(context.tags ?? {}).find(([name]) => `tag:${name}` === dimension)?.[1] ?? '_none';
}

const sum = (numbers: readonly (number | undefined)[]) =>
  numbers.reduce<number>((all, one) => all + (one ?? 0), 0);
const usd = (calls: readonly Call[]) =>
  sum(calls.map(({ costUsd = 0 }) => Math.round(costUsd * 1e12))) / 1e12;

/** The rows by the list of calls alone. */
function rowsOf(trace: readonly Traced[], by: readonly AuditDimension[]): Map<string, object> {
  const groups = new Map<string, Call[]>();
  for (const traced of trace) {
    const name = JSON.stringify(by.map((dimension) => valueBy(dimension, traced)));
    groups.set(name, [...(groups.get(name) ?? []), traced.call]);
  }
  return new Map(
    Array.from(groups, ([name, calls]) => {
      const count = (isOne: (call: Call) => boolean) => calls.filter(isOne).length;
      const writes = ({ request }: Call) => ['chat', 'responses', 'completions'].includes(request.endpoint);
      const mayHaveCost = ({ usage, outcome }: Call) => usage.source !== 'unknown' || outcome !== 'refused';
      return [
        name,
        {
          calls: calls.length,
          failed: count(({ outcome = 'ok' }) => ['error', 'refused', 'truncated', 'empty'].includes(outcome)),
          inputTokens: sum(calls.map(({ usage }) => usage.inputTokens)),
          cachedInputTokens: sum(calls.map(({ usage }) => usage.cachedInputTokens)),
          outputTokens: sum(calls.map(({ usage }) => usage.outputTokens)),
          reasoningTokens: sum(calls.map(({ usage }) => usage.reasoningTokens)),
          unknownTokenCalls: count((call) => call.usage.source === 'unknown' && mayHaveCost(call)),
          costUsd: usd(calls),
          unknownCostCalls: count((call) => call.costUsd === undefined && mayHaveCost(call)),
          wastedUsd: usd(
            calls.filter(({ outcome = 'ok' }) =>
              ['error', 'cancelled', 'truncated', 'empty'].includes(outcome),
            ),
          ),
          withoutOutputCap: count(
            (call) =>
              writes(call) && !Object.values(call.request.body ?? {}).some((cap) => typeof cap === 'number'),
          ),
          longUnstreamed: count(
            (call) => writes(call) && !call.request.streamed && (call.endedMs ?? 0) > 10_000,
          ),
          undetailedCalls: 0,
          cacheWriteInputTokens: sum(calls.map(({ usage }) => usage.cacheWriteInputTokens)),
          cacheSavedUsd: sum(calls.map(({ cacheSavedUsd = 0 }) => Math.round(cacheSavedUsd * 1e12))) / 1e12,
          wastedUsdByOutcome: Object.fromEntries(
            ['error', 'cancelled', 'truncated', 'empty'].map((outcome) => [
              outcome,
              usd(calls.filter((call) => call.outcome === outcome)),
            ]),
          ),
        },
      ];
    }),
  );
}

/** A row without what it is told apart by, under the name of that. */
function named(rows: readonly AuditRow[], by: readonly AuditDimension[]): Map<string, object> {
  return new Map(
    rows.map(({ day, user, operation, endpoint, model, sentModel, tags, ...numbers }) => {
      const own: Record<string, string | undefined> = { day, user, operation, endpoint, model, sentModel };
      const values = by.map((dimension) =>
        dimension.startsWith('tag:')
          ? Object.entries(tags ?? {}).find(([name]) => `tag:${name}` === dimension)?.[1]
          : own[dimension],
      );
      return [JSON.stringify(values), numbers];
    }),
  );
}

/** RFC 4180, and the guard taken off again. */
function parseCsv(text: string): Record<string, string>[] {
  const records: string[][] = [[]];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    const value = quoted === undefined ? plain : quoted.replaceAll('""', '"');
    records.at(-1)?.push(value.replace(/^'(?=[=+\-@＝＋－＠\t\r\n'])/, ''));
    if (end === '\r\n') records.push([]);
  }
  const [headings = [], ...lines] = records.slice(0, -1);
  return lines.map((line) => Object.fromEntries(line.map((value, at) => [headings[at] ?? '', value])));
}

describe('the audit', () => {
  it('says by whatever it is asked what the list of calls says, in memory and from files, before and after a restart', async () => {
    await fc.assert(
      fc.asyncProperty(aTrace, aBy, fc.nat({ max: 40 }), async (steps, by, restartAt) => {
        const clock = createFakeClock();
        const store = { directory: newDirectory() };
        const inMemory = newAudit({ retentionDays: 400 }, clock);
        let inFiles = newAudit({ retentionDays: 400, store }, clock);
        const trace: Traced[] = [];
        for (const [at, { afterDays, context, call }] of steps.entries()) {
          clock.advance(afterDays * 86_400_000);
          if (at === restartAt) {
            await inFiles.audit.flush();
            inFiles = newAudit({ retentionDays: 400, store }, clock);
          }
          trace.push({ day: new Date(clock.epochMs()).toISOString().slice(0, 10), context, call });
          for (const { tell } of [inMemory, inFiles]) tell(context, call);
        }
        const expected = rowsOf(trace, by);
        expect(named(await inMemory.audit.query({ by }), by)).toEqual(expected);
        expect(named(await inFiles.audit.query({ by }), by)).toEqual(expected);
        expect(named(await newAudit({ retentionDays: 400, store }, clock).audit.query({ by }), by)).toEqual(
          expected,
        );
        const read = await readAudit(store, { by });
        expect(named(read.rows, by)).toEqual(expected);
        expect(read.corrupt).toEqual([]);
        expect([...inMemory.warnings, ...inFiles.warnings]).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('puts rows of several queries into one CSV, whatever their tags are called', async () => {
    const { audit, tell } = newAudit();
    tell({ user: 'ann', tags: { constructor: '＝1+1', team: 'a' } }, endedCall());
    const rows = [
      ...(await audit.query({ by: ['tag:constructor'] })),
      ...(await audit.query({ by: ['tag:team'] })),
    ];
    const lines = toCsv(rows).split('\r\n');
    expect(lines.map((line) => line.split(',', 3).join())).toEqual([
      'tag:constructor,tag:team,calls',
      "'＝1+1,,1",
      ',a,1',
      '',
    ]);
  });

  it('gives the same rows as CSV and as JSON', async () => {
    await fc.assert(
      fc.asyncProperty(aTrace, aBy, async (steps, by) => {
        const { audit, clock, tell } = newAudit({ retentionDays: 400 });
        for (const { afterDays, context, call } of steps) {
          clock.advance(afterDays * 86_400_000);
          tell(context, call);
        }
        const rows = await audit.query({ by });
        expect(JSON.parse(toJson(rows))).toEqual(rows);
        const flat = rows.map(({ tags = {}, wastedUsdByOutcome = {}, ...row }) => ({
          ...row,
          ...Object.fromEntries(
            Object.entries(wastedUsdByOutcome).map(([name, usd]) => [`wastedUsdByOutcome.${name}`, usd]),
          ),
          ...Object.fromEntries(Object.entries(tags).map(([name, value]) => [`tag:${name}`, value])),
        }));
        const parsed = parseCsv(toCsv(rows)).map((record) =>
          Object.fromEntries(
            Object.entries(record).map(([name, value]) => [
              name,
              /^(day|user|operation|endpoint|model|sentModel|tag:)/.test(name) ? value : Number(value),
            ]),
          ),
        );
        expect(parsed).toEqual(flat);
      }),
      { numRuns: 60 },
    );
  });
});
