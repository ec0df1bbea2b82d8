import { describe, expect, it } from 'vitest';
import { readAttributes } from '../../../loadtest/otlp/attributes.ts';
import { MetricTotals } from '../../../loadtest/otlp/metrics.ts';
import { readSpans } from '../../../loadtest/otlp/spans.ts';

describe('attributes', () => {
  it('become plain values of every type', () => {
    const list = [
      { key: 'text', value: { stringValue: 'a' } },
      { key: 'flag', value: { boolValue: false } },
      { key: 'double', value: { doubleValue: 0.5 } },
      { key: 'int', value: { intValue: 7 } },
      { key: 'long', value: { intValue: '9007199254740991' } },
      { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
      { key: 'empty', value: {} },
    ];
    expect(readAttributes(list)).toEqual({
      text: 'a',
      flag: false,
      double: 0.5,
      int: 7,
      long: 9_007_199_254_740_991,
      list: 'a,b',
    });
  });
});

describe('spans', () => {
  it('are read with their scope, kind, parent, times and error', () => {
    const [span] = readSpans({
      resourceSpans: [
        {
          scopeSpans: [
            {
              scope: { name: 'telltale' },
              spans: [
                {
                  traceId: 'aa',
                  spanId: 'bb',
                  parentSpanId: 'cc',
                  name: 'backoff',
                  kind: 3,
                  startTimeUnixNano: '1700000000000250000',
                  endTimeUnixNano: '1700000001000000000',
                  attributes: [{ key: 'a', value: { intValue: 1 } }],
                  status: { code: 2 },
                },
              ],
            },
          ],
        },
      ],
    });
    expect(span).toMatchObject({
      traceId: 'aa',
      spanId: 'bb',
      parentSpanId: 'cc',
      name: 'backoff',
      kind: 'client',
      scope: 'telltale',
      error: true,
      attributes: { a: 1 },
    });
    expect(span?.startMs).toBeCloseTo(1_700_000_000_000.25, 3);
    expect(span?.endMs).toBe(1_700_000_001_000);
  });

  it('of an empty body are none', () => {
    expect(readSpans({})).toEqual([]);
  });
});

describe('metrics', () => {
  const counter = (value: number, aggregationTemporality: number, model = 'a') => ({
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'calls',
                sum: {
                  aggregationTemporality,
                  dataPoints: [
                    { attributes: [{ key: 'model', value: { stringValue: model } }], asInt: String(value) },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  });

  it('that are cumulative are what their last export says', () => {
    const totals = new MetricTotals();
    totals.add(counter(1, 2));
    totals.add(counter(5, 2));
    totals.add(counter(7, 2, 'b'));
    expect(totals.all).toEqual([
      { name: 'calls', attributes: { model: 'a' }, sum: 5 },
      { name: 'calls', attributes: { model: 'b' }, sum: 7 },
    ]);
    expect(totals.points).toBe(3);
  });

  it('that are cumulative are not set back by an export that comes late', () => {
    const at = (timeUnixNano: string, asInt: number) => ({
      resourceMetrics: [
        { scopeMetrics: [{ metrics: [{ name: 'calls', sum: { dataPoints: [{ asInt, timeUnixNano }] } }] }] },
      ],
    });
    const totals = new MetricTotals();
    totals.add(at('1700000000000000001', 5));
    totals.add(at('1700000000000000003', 9));
    totals.add(at('1700000000000000002', 7));
    expect(totals.all.map(({ sum }) => sum)).toEqual([9]);
    totals.add(at('1700000000000000004', 10));
    expect(totals.all.map(({ sum }) => sum)).toEqual([10]);
  });

  it('that are differences are added up', () => {
    const totals = new MetricTotals();
    totals.add(counter(1, 1));
    totals.add(counter(5, 1));
    expect(totals.all).toEqual([{ name: 'calls', attributes: { model: 'a' }, sum: 6 }]);
  });

  it('of two processes are kept apart', () => {
    const of = (instance: string, asInt: number) => ({
      resourceMetrics: [
        {
          resource: { attributes: [{ key: 'service.instance.id', value: { stringValue: instance } }] },
          scopeMetrics: [{ metrics: [{ name: 'calls', sum: { dataPoints: [{ asInt }] } }] }],
        },
      ],
    });
    const totals = new MetricTotals();
    totals.add(of('one', 3));
    totals.add(of('other', 2));
    totals.add(of('one', 5));
    expect(totals.all.map(({ instance, sum }) => [instance, sum])).toEqual([
      ['one', 5],
      ['other', 2],
    ]);
  });

  it('of a histogram have their sum and count', () => {
    const totals = new MetricTotals();
    totals.add({
      resourceMetrics: [
        {
          scopeMetrics: [{ metrics: [{ name: 'd', histogram: { dataPoints: [{ sum: 1.5, count: '3' }] } }] }],
        },
      ],
    });
    expect(totals.all).toEqual([{ name: 'd', attributes: {}, sum: 1.5, count: 3 }]);
  });
});

describe('a span without a time', () => {
  it.each([undefined, 'soon', {}, Number.POSITIVE_INFINITY])('is refused (%j)', (startTimeUnixNano) => {
    const span = { traceId: 'a', spanId: 'b', name: 'c', startTimeUnixNano, endTimeUnixNano: '1' };
    const body = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
    expect(() => readSpans(body)).toThrow('Expected `startTimeUnixNano` of a span to be a time.');
  });
});
