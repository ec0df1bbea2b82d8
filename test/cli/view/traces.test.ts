import { mkdirSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSelection, selected, totalsOf } from '../../../src/cli/view/selection.ts';
import { findSource } from '../../../src/cli/view/sources.ts';
import { Traces } from '../../../src/cli/view/traces.ts';
import { readLine } from '../../../src/cli/view/view-span.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { linesOf, plainTrace, plainTraces, retriedTrace, traceIdOf } from './example-traces.ts';

let folder: string;
const clock = createFakeClock();

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'telltale-view-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

async function read(given: string, bounds = {}): Promise<Traces> {
  const traces = new Traces(findSource(given, folder, path.join(folder, '.telltale')), clock, bounds);
  clock.advance(1_000);
  await traces.refresh();
  return traces;
}

describe('reading', () => {
  it('makes one summary of a trace, whatever the order and however often its spans come', async () => {
    const lines = linesOf([retriedTrace(1).toReversed(), retriedTrace(1)]);
    const [summary, ...others] = (await read(write('a.jsonl', lines))).store.summaries();
    expect(others).toEqual([]);
    expect(summary).toMatchObject({
      traceId: traceIdOf(1),
      operation: 'POST /answers',
      service: 'shop',
      durationMs: 3_000,
      models: ['gpt-5-mini'],
      outcome: 'ok',
      calls: 1,
      attempts: 2,
      inputTokens: 100,
      outputTokens: 20,
      costUsd: 0.0042,
      errorType: undefined,
      spans: 6,
    });
  });

  it('skips rubbish and counts it', async () => {
    const rubbish = [
      'no json',
      '[]',
      '{"resourceMetrics":[]}',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"no ids"},null,5]}]}]}',
      linesOf([plainTrace(1)]).slice(0, 100),
      '',
    ];
    const file = write('a.jsonl', `${rubbish.join('\n')}\n${linesOf([plainTrace(2)])}{"resourceSpans":[`);
    const traces = await read(file);
    expect(traces.store.summaries().map(({ traceId }) => traceId)).toEqual([traceIdOf(2)]);
    expect(traces.notes()).toBe('1 trace of 1 file. Lines or spans that could not be read: 7.');
  });

  it('takes whatever JSON there may be', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        for (const body of [value, { resourceSpans: [{ scopeSpans: [{ spans: [value] }] }] }])
          expect(() => readLine(JSON.stringify(body))).not.toThrow();
      }),
    );
  });

  it('reads the newest of much, and says what it left out', async () => {
    write('a.jsonl', linesOf(plainTraces(300)));
    const text = linesOf(plainTraces(600).slice(300));
    const late = write('b.jsonl', text);
    utimesSync(late, new Date(), new Date(Date.now() + 60_000));
    const traces = await read(folder, { mostBytes: text.length + 100_000 });
    expect(traces.store.size).toBeGreaterThan(300);
    expect(traces.store.size).toBeLessThan(600);
    expect(traces.notes()).toMatch(/Only the newest lines were read: \d+ MiB of older ones are left out\.$/);
    expect(traces.store.spansOf(traceIdOf(299))).toHaveLength(2);
    expect(traces.store.spansOf(traceIdOf(0))).toBeUndefined();
  });

  it('keeps the newest of many traces', async () => {
    const traces = await read(write('a.jsonl', linesOf(plainTraces(100))), { mostTraces: 10 });
    expect(
      traces.store
        .summaries()
        .map(({ traceId }) => traceId)
        .toSorted(),
    ).toEqual(Array.from({ length: 10 }, (_, at) => traceIdOf(90 + at)).toSorted());
    expect(traces.notes()).toBe('10 traces of 1 file. 90 older traces left out.');
  });

  it('begins anew with a file that was cut', async () => {
    const file = write('a.jsonl', linesOf(plainTraces(3)));
    const traces = await read(file);
    truncateSync(file, 0);
    clock.advance(1_000);
    await traces.refresh();
    writeFileSync(file, linesOf([plainTrace(7)]));
    clock.advance(1_000);
    await traces.refresh();
    expect(traces.store.spansOf(traceIdOf(7))).toHaveLength(2);
  });
});

describe('the source', () => {
  const place = (name: string, ageSeconds: number): void => {
    const file = write(name, linesOf([plainTrace(1)]));
    const at = new Date(Date.now() - ageSeconds * 1_000);
    utimesSync(file, at, at);
  };
  const found = (given?: string) => findSource(given, folder, path.join(folder, '.telltale'));

  it('is the usual place in which something was written last', () => {
    place('.telltale/traces/2026-03-04T12-30-05.123Z-1.jsonl', 30);
    expect(found().name).toBe(path.join('.telltale', 'traces'));
    place('loadtest/out/otlp-traces.jsonl', 20);
    place('loadtest/out/otlp-logs.jsonl', 5);
    expect(found().name).toBe(path.join('loadtest', 'out'));
    expect(found().files()).toEqual([path.join(folder, 'loadtest/out/otlp-traces.jsonl')]);
    place('.telltale/mock/traces/2026-03-04T12-30-05.123Z-2.jsonl', 10);
    expect(found().name).toBe(path.join('.telltale', 'mock', 'traces'));
  });

  it('is the run of a load test that came last, not all of them', () => {
    place('loadtest/out/otlp-traces.jsonl', 20);
    place('loadtest/out/storm/otlp-traces.jsonl', 10);
    place('loadtest/out/quota/otlp-traces.jsonl', 30);
    expect(found().name).toBe(path.join('loadtest', 'out', 'storm'));
    place('loadtest/out/otlp-traces.jsonl', 5);
    expect(found().name).toBe(path.join('loadtest', 'out'));
    expect(found().files()).toEqual([path.join(folder, 'loadtest/out/otlp-traces.jsonl')]);
    expect(found('loadtest/out').files()).toHaveLength(3);
  });

  it('is where the application was told to write, if that is what was written last', () => {
    place('.telltale/traces/2026-03-04T12-30-05.123Z-1.jsonl', 30);
    place('elsewhere/2026-03-04T12-30-05.123Z-1.jsonl', 10);
    expect(found().name).toBe(path.join('.telltale', 'traces'));
    expect(findSource(undefined, folder, path.join(folder, '.telltale'), 'elsewhere').name).toBe('elsewhere');
  });

  it('is what is named, or a sentence', () => {
    place('own/x.jsonl', 1);
    expect(found('own').files()).toEqual([path.join(folder, 'own/x.jsonl')]);
    expect(found('own/x.jsonl').files()).toEqual([path.join(folder, 'own/x.jsonl')]);
    expect(() => found('nowhere')).toThrow('Cannot read `nowhere`: ENOENT.');
    mkdirSync(path.join(folder, 'bare'));
    expect(() => found('bare')).toThrow('There are no traces in `bare`');
    expect(() => found()).toThrow('No traces were recorded here');
  });
});

describe('selecting', () => {
  it('sorts, and adds up what fits, as a plain loop does', async () => {
    const traces = await read(write('a.jsonl', linesOf(plainTraces(60))));
    const all = traces.store.summaries();
    const range = fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.constantFrom('', 'ok', 'error', 'not ok'),
        fc.constantFrom('', 'gpt-5', 'gpt-5-nano'),
        range,
        range,
        fc.constantFrom('newest', 'oldest', 'slowest', 'dearest'),
        (outcome, model, least, most, sort) => {
          const query = new URLSearchParams({ outcome, model, sort });
          if (least !== undefined) query.set('minCost', String(least / 10_000));
          if (most !== undefined) query.set('maxSeconds', String(most / 10));
          const got = selected(all, readSelection(query));
          let [count, tokens] = [0, 0];
          for (const one of all) {
            const isWrong = !['ok', 'none'].includes(one.outcome);
            if (outcome === 'not ok' ? !isWrong : outcome !== '' && one.outcome !== outcome) continue;
            if (model !== '' && one.models[0] !== model) continue;
            if (least !== undefined && !(one.costUsd !== undefined && one.costUsd >= least / 10_000))
              continue;
            if (most !== undefined && one.durationMs > most * 100) continue;
            count++;
            tokens += one.inputTokens;
          }
          expect(totalsOf(got)).toMatchObject({ traces: count, inputTokens: tokens });
          const figures = got.map((one) => {
            if (sort === 'slowest') return -one.durationMs;
            if (sort === 'dearest') return -(one.costUsd ?? -1);
            return sort === 'oldest' ? one.startMs : -one.startMs;
          });
          expect(figures).toEqual(figures.toSorted((a, b) => a - b));
        },
      ),
    );
  });
});
