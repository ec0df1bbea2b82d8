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
  const spread = fc.record({ p50Ms: figure, p90Ms: figure, p95Ms: figure, p99Ms: figure, maxMs: figure });
  const row = fc.record(
    {
      phase: phaseName,
      kind,
      offered: figure,
      succeeded: figure,
      failed: figure,
      good: figure,
      attemptsPerCall: figure,
      whole: spread,
      firstChunk: spread,
      chunkGap: spread,
      longestGap: spread,
      inputTokens: figure,
      outputTokens: figure,
      costUsd: figure,
      backoffMs: figure,
      throttleMs: figure,
    },
    { noNullPrototype: true },
  );
  const wasted = { attempts: figure, tokens: figure, costUsd: figure };
  const total = fc.record({
    phase: phaseName,
    offered: figure,
    succeeded: figure,
    good: figure,
    goodPerSecond: figure,
    requestsPerCall: figure,
    backoffMs: figure,
    throttleMs: figure,
    costUsd: figure,
    wasted: fc.record(wasted),
  });
  const generator = { askedPerSecond: figure, offeredPerSecond: figure, asked: figure, offered: figure };
  const point = fc.record({
    atMs: figure,
    offered: figure,
    succeeded: figure,
    good: figure,
    failed: figure,
    retries: figure,
    p50Ms: figure,
    p95Ms: figure,
  });
  const side = {
    rows: list(row),
    totals: list(total),
    timeline: list(point),
    wasted: list(fc.record({ why: text, ...wasted })),
    recoveries: list(
      fc.record(
        {
          phase: phaseName,
          endMs: figure,
          state: fc.constantFrom('recovered' as const, 'not recovered' as const, 'not observed' as const),
          afterMs: figure,
        },
        { requiredKeys: ['phase', 'endMs', 'state'] },
      ),
    ),
    source: fc.constantFrom('telemetry', 'ledger', 'ledger in all', 'none' as const),
    generator: fc.oneof(
      fc.record(generator),
      fc.record({
        ...generator,
        dropped: figure,
        polls: figure,
        lag: spread,
        users: fc.record({ busy: figure, ready: figure }),
      }),
    ),
  };
  const word = fc.constantFrom('green' as const, 'red' as const, 'void' as const, 'partial' as const);
  const orNull = fc.oneof(figure, fc.constant(null));
  const earlier = fc.record({
    file: text,
    startedAt: text,
    verdict: word,
    notes: list(text),
    tolerance: figure,
    rows: list(
      fc.record({
        figure: text,
        phase: phaseName,
        unit: fc.constantFrom('ms' as const, 'share' as const, 'count' as const, 'usd' as const),
        before: orNull,
        now: orNull,
        change: fc.constantFrom(
          'worse' as const,
          'better' as const,
          'same' as const,
          'not comparable' as const,
        ),
      }),
    ),
  });
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
  const run = {
    ...side,
    serviceLevel: fc.record({ wholeMs: figure, firstTokenMs: figure }),
    measuredMs: figure,
    header: fc.oneof(fc.record(header), fc.record({ ...header, sabotage: text })),
    verdict: fc.record(
      { green: fc.boolean(), void: fc.boolean(), reasons: list(text) },
      { requiredKeys: ['green', 'reasons'] },
    ),
    phases: list(fc.record({ name: phaseName, faults: text, fromMs: figure, toMs: figure })),
    errors: list(
      fc.record({ errorType: text, outcome: text, calls: figure, attempts: figure, example: text }),
    ),
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
        broken: list(text),
        notes: list(text),
        examples: list(text),
      }),
    ),
    notes: list(text),
    thresholds: list(fc.record({ name: text, expression: text, measured: text, ok: fc.boolean() })),
    telemetry: fc.record({
      spans: figure,
      metricPoints: figure,
      logRecords: figure,
      exports: fc.record({ traces: figure, metrics: figure, logs: figure }),
      refused: figure,
      duplicates: figure,
      late: figure,
      lateAfterMs: figure,
      longestLagMs: figure,
      droppedParts: figure,
      orphans: figure,
      exportFailures: figure,
    }),
    traces: fc.record({ slowest: list(trace), mostRetried: list(trace), failed: list(trace) }),
  };
  return fc.oneof(
    fc.record(run),
    fc.record({
      ...run,
      bare: fc.record(side),
      comparison: fc.record({
        says: text,
        rows: list(fc.record({ figure: text, bare: text, wrapped: text })),
      }),
      earlier,
    }),
  );
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
