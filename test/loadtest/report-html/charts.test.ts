import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countScale, linearScale, logScale, timeStepMs } from '../../../loadtest/report/html/scale.ts';
import { placeSpans } from '../../../loadtest/report/html/span-tree.ts';
import { linePath, visibilityOf } from '../../../loadtest/report/html/svg.ts';
import { momentsOf } from '../../../loadtest/report/html/timeline-points.ts';
import type { Span, TimelinePoint } from '../../../loadtest/report/model.ts';
import { exampleRun } from './example-run.ts';

describe('scales', () => {
  it('choose round ticks', () => {
    expect(countScale(172).ticks).toEqual([0, 50, 100, 150, 200]);
    expect(linearScale(3_480, 5).ticks).toEqual([0, 1000, 2000, 3000]);
    expect(logScale([212, 4_800], 8)?.ticks).toEqual([200, 500, 1000, 2000, 5000]);
    expect(logScale([3, 40_000], 6)?.ticks).toEqual([10, 100, 1000, 10_000]);
  });

  it('have an axis for nothing, too', () => {
    expect(countScale(0).ticks).toEqual([0, 1]);
    expect(logScale([0, Number.NaN], 6)).toBeUndefined();
  });

  it('hold every value within few ticks', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 }), (values) => {
        const high = Math.max(...values);
        for (const scale of [countScale(high), linearScale(high, 5), logScale(values, 8)]) {
          if (!scale) continue;
          expect(scale.ticks.length).toBeLessThanOrEqual(8);
          for (const value of values) {
            expect(scale.position(value)).toBeGreaterThanOrEqual(0);
            expect(scale.position(value)).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });

  it('cut time at whole, familiar steps', () => {
    expect(timeStepMs(60_000, 12)).toBe(5_000);
    expect(timeStepMs(62_000, 4, 10_000)).toBe(30_000);
    expect(timeStepMs(600_000, 150)).toBe(5_000);
    expect(timeStepMs(1_000, 12)).toBe(1_000);
  });
});

describe('the timeline', () => {
  const run = exampleRun();
  const point = (second: number, figures: Partial<TimelinePoint> = {}): TimelinePoint => ({
    atMs: second * 1000,
    offered: 10,
    succeeded: 10,
    good: 10,
    failed: 0,
    retries: 0,
    p50Ms: 100,
    p95Ms: 200,
    ...figures,
  });
  const momentsFor = (timeline: readonly TimelinePoint[], durationMs: number) => {
    return momentsOf({ ...run, header: { ...run.header, durationMs }, timeline });
  };

  it('keeps each second of a short run', () => {
    const { stepMs, all } = momentsFor([point(0), point(1), point(2)], 3_000);
    expect(stepMs).toBe(1000);
    expect(all.map(({ fromMs }) => fromMs)).toEqual([0, 1000, 2000]);
  });

  it('merges the seconds of a long run: mean counts, middle p50, highest p95', () => {
    const timeline = Array.from({ length: 300 }, (_, second) =>
      point(second, {
        offered: second % 2 === 0 ? 0 : 20,
        p50Ms: second % 2 === 0 ? 100 : 300,
        p95Ms: second,
      }),
    );
    const { stepMs, all } = momentsFor(timeline, 300_000);
    expect(stepMs).toBe(2000);
    expect(all).toHaveLength(150);
    expect(all[5]).toMatchObject({ offered: 10, latency: { p50Ms: 100, p95Ms: 11 } });
  });

  it('loses no call by merging', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 700 }), (offered) => {
        const timeline = offered.map((calls, second) => point(second, { offered: calls }));
        const { stepMs, all } = momentsFor(timeline, 0);
        const total = all.reduce((sum, m) => sum + m.offered * Math.ceil((m.toMs - m.fromMs) / 1000), 0);
        expect(all.length).toBeLessThanOrEqual(150);
        expect(stepMs % 1000).toBe(0);
        expect(total).toBeCloseTo(
          offered.reduce((sum, calls) => sum + calls, 0),
          5,
        );
      }),
    );
  });

  it('has no latency where no call ended', () => {
    const { all } = momentsFor([point(0, { succeeded: 0, p50Ms: 0, p95Ms: 0 })], 1_000);
    expect(all[0]?.latency).toBeUndefined();
  });

  it('draws a gap as a gap and a lone point as a dot', () => {
    expect(linePath([[0, 1], [1, 2], undefined, [3, 4], undefined])).toBe('M0 1L1 2M3 4h0');
  });

  it('labels a phase only where its label fits', () => {
    expect(visibilityOf('calm', 0.25)).toBe('');
    expect(visibilityOf('3', 1 / 30)).toBe('from-wide');
    expect(visibilityOf('a phase with a long name', 1 / 30)).toBeUndefined();
  });
});

describe('the tree of a trace', () => {
  const span = (spanId: string, parentSpanId: string | undefined, fromMs: number): Span => ({
    name: spanId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    kind: 'internal',
    role: 'other',
    fromMs,
    toMs: fromMs + 1,
    error: false,
    attributes: {},
  });
  const shape = (spans: readonly Span[]) =>
    placeSpans(spans).map(({ span: { spanId }, depth }) => `${depth}${spanId}`);

  it('puts children under their parents in the order of their start', () => {
    expect(shape([span('d', 'b', 9), span('c', 'a', 5), span('b', 'a', 1), span('a', undefined, 0)])).toEqual(
      ['0a', '1b', '2d', '1c'],
    );
  });

  it('shows a span whose parent is missing, and spans that are each other’s parents, once each', () => {
    expect(shape([span('a', 'gone', 0), span('b', 'c', 1), span('c', 'b', 2)])).toEqual(['0a', '0b', '1c']);
  });
});
