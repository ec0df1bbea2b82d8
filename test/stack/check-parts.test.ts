import { expect, test } from 'vitest';
import type { SpanRecord } from '../../loadtest/otlp/spans.ts';
import { MetricsPage } from '../../scripts/collector/metrics-page.ts';
import { mustKeep, ordinary } from '../../scripts/collector/must-keep.ts';
import { same, sameSome, some } from '../../scripts/collector/rows.ts';
import { findProgram } from '../../scripts/shared/find-program.ts';
import { freePorts } from '../../scripts/shared/free-ports.ts';
import type { LedgerEntry } from '../../src/mock/ledger.ts';

test('a page of metrics is read with its labels, values and exemplars', () => {
  const page = new MetricsPage(
    [
      '# TYPE calls counter',
      'calls_total{name="POST /chat",kind="a\\"b"} 3.0',
      'calls_total{name="other",kind="c"} 4',
      'duration_bucket{name="x",le="10.0"} 2 # {span_id="1",trace_id="abc"} 5.0 1.795884171e+09',
      'up 1',
      '# EOF',
    ].join('\n'),
  );
  expect(page.sum('calls_total')).toBe(7);
  expect(page.sum('calls_total', ({ name }) => name === 'POST /chat')).toBe(3);
  expect(page.sum('up')).toBe(1);
  expect(page.sum('down')).toBe(0);
  expect(page.samples[0]?.labels).toEqual({ name: 'POST /chat', kind: 'a\\"b' });
  expect(page.samples.find(({ name }) => name === 'duration_bucket')).toMatchObject({
    value: 2,
    exemplarTraceId: 'abc',
  });
});

const span = (traceId: string, name: string, more: Partial<SpanRecord> = {}): SpanRecord => ({
  traceId,
  spanId: `${traceId}-${name}`,
  name,
  kind: name === 'throttle' ? 'internal' : 'client',
  scope: 'telltale',
  startMs: 0,
  endMs: 10,
  error: false,
  attributes: {},
  ...more,
});
const request = (callId: string, attempt: number, status: number): LedgerEntry =>
  ({ callId, attempt, status }) as LedgerEntry;

test('what has to be kept is judged by the provider’s ledger, and what waited by the spans', () => {
  const spans = [
    span('refused', 'chat'),
    span('retried', 'chat'),
    span('ended badly', 'chat', { error: true }),
    span('waited', 'throttle'),
    span('slow', 'chat', { endMs: 5_000 }),
    span('ordinary', 'chat'),
  ];
  const must = mustKeep(spans, [
    request('refused', 0, 429),
    request('retried', 0, 200),
    request('retried', 1, 200),
    request('ordinary', 0, 200),
    request('somebody else’s', 0, 503),
  ]);
  expect([...must.failed].sort()).toEqual(['ended badly', 'refused']);
  expect([...must.retried]).toEqual(['retried']);
  expect([...must.waited]).toEqual(['waited']);
  expect([...ordinary(spans, must)]).toEqual(['ordinary']);
});

test('a row with nothing to count is no agreement', () => {
  expect(sameSome('calls', 0, 0).ok).toBe(false);
  expect(some('calls', 0).ok).toBe(false);
  expect(same('lost', 0, 0).ok).toBe(true);
  expect(same('lost', 0, 1).ok).toBe(false);
});

test('a program is the one that its variable names, which has to run, else the first that runs', () => {
  const node = process.execPath;
  const version = process.version;
  expect(findProgram(['TOOL', node], ['no-such-program'])).toEqual({ file: node, version });
  expect(findProgram(['TOOL', undefined], ['/no/such/program', 'no-such-program', node])?.file).toBe(node);
  expect(findProgram(['TOOL', ''], ['no-such-program'])).toBeUndefined();
  expect(() => findProgram(['TOOL', '/no/such/program'], [node])).toThrow(
    'TOOL is `/no/such/program`, which is no program that runs here.',
  );
});

test('free ports are all different', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) expect(port).toBeGreaterThan(0);
});
