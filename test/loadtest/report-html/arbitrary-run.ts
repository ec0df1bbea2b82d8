import fc from 'fast-check';
import type { RunReport } from '../../../loadtest/report/model.ts';

/** What the leaves of a run are made of; the shape around them is always that of a valid run. */
interface Leaves {
  readonly text: fc.Arbitrary<string>;
  readonly figure: fc.Arbitrary<number>;
}

export function arbitraryRun({ text, figure }: Leaves): fc.Arbitrary<RunReport> {
  const list = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { maxLength: 4 });
  const phaseName = fc.oneof(fc.constantFrom('calm', 'storm', 'all'), text);
  const kind = fc.constantFrom('json' as const, 'stream' as const, 'embeddings' as const);
  const firstChunks = { firstChunkP50Ms: figure, firstChunkP95Ms: figure };
  const row = fc.record(
    {
      phase: phaseName,
      kind,
      offered: figure,
      succeeded: figure,
      failed: figure,
      attemptsPerCall: figure,
      p50Ms: figure,
      p95Ms: figure,
      p99Ms: figure,
      ...firstChunks,
      inputTokens: figure,
      outputTokens: figure,
      costUsd: figure,
      backoffMs: figure,
    },
    { noNullPrototype: true },
  );
  const header = {
    scenario: text,
    seed: figure,
    startedAt: fc.oneof(fc.constant('2026-03-04T12:30:05.123Z'), text),
    durationMs: figure,
    offeredPerSecond: fc.record({ json: figure, streams: figure }),
    versions: fc.dictionary(text, text, { maxKeys: 3 }),
    machine: text,
    partial: fc.boolean(),
  };
  // Few ids, so that parents are found, missing, or each other's children.
  const spanId = fc.constantFrom('a', 'b', 'c', 'd');
  const span = fc.record(
    {
      name: text,
      spanId,
      parentSpanId: spanId,
      kind: fc.constantFrom('server' as const, 'client' as const, 'internal' as const),
      role: fc.constantFrom('gateway', 'call', 'attempt', 'backoff', 'throttle', 'other' as const),
      fromMs: figure,
      toMs: figure,
      error: fc.boolean(),
      attributes: fc.dictionary(
        fc.oneof(fc.constant('http.response.status_code'), text),
        fc.oneof(text, figure, fc.boolean()),
        { maxKeys: 3 },
      ),
    },
    { requiredKeys: ['name', 'spanId', 'kind', 'role', 'fromMs', 'toMs', 'error', 'attributes'] },
  );
  const trace = fc.record({
    traceId: text,
    callId: text,
    phase: phaseName,
    durationMs: figure,
    attempts: figure,
    outcome: fc.oneof(fc.constant('ok'), text),
    spans: list(span),
  });
  return fc.record({
    header: fc.oneof(fc.record(header), fc.record({ ...header, sabotage: text })),
    verdict: fc.record(
      { green: fc.boolean(), void: fc.boolean(), reasons: list(text) },
      { requiredKeys: ['green', 'reasons'] },
    ),
    phases: list(fc.record({ name: phaseName, faults: text, fromMs: figure, toMs: figure })),
    rows: list(row),
    timeline: list(
      fc.record({
        atMs: figure,
        offered: figure,
        succeeded: figure,
        failed: figure,
        retries: figure,
        p50Ms: figure,
        p95Ms: figure,
      }),
    ),
    errors: list(fc.record({ errorType: text, outcome: text, calls: figure, attempts: figure })),
    models: list(
      fc.record({
        model: text,
        calls: figure,
        inputTokens: figure,
        cachedTokens: figure,
        outputTokens: figure,
        reasoningTokens: figure,
        costUsd: figure,
      }),
    ),
    invariants: list(
      fc.record({
        id: text,
        title: text,
        counts: list(fc.record({ book: text, value: text })),
        difference: figure,
        notes: list(text),
        examples: list(text),
      }),
    ),
    thresholds: list(fc.record({ name: text, expression: text, measured: text, ok: fc.boolean() })),
    telemetry: fc.record({ spans: figure, metricPoints: figure, exportFailures: figure }),
    traces: fc.record({ slowest: list(trace), mostRetried: list(trace) }),
  });
}

/** Text that tries to leave its place, or that no page may hold. */
export const HOSTILE_TEXTS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  '</title></style></svg><iframe src="https://evil.example/">',
  '&lt;b&gt; &amp;nbsp; &#60;',
  '<!-- ]]> -->',
  'javascript:alert(1)',
  '__proto__',
  '\u202egnp.exe\u2066',
  '\u0000\u001b[31m\u0085\ufffe',
  '\ud800 alone',
  'x'.repeat(3_000),
  '',
] as const;

export const hostileText = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '=', ';', ' ', 'a', '\n'), maxLength: 20 }),
);

/** Letters that cannot spell a word the page must never hold. */
export const plainText = fc.string({
  unit: fc.constantFrom('x', 'y', 'z', ' ', '<', '&', '"'),
  maxLength: 20,
});

/** Every number JavaScript has, the usual ones more often. */
export const anyFigure = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 100_000 }), weight: 4 },
  { arbitrary: fc.double({ min: 0, max: 10, noNaN: true }), weight: 2 },
  { arbitrary: fc.double(), weight: 1 },
  {
    arbitrary: fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    weight: 1,
  },
);
