import { type Attributes, type Span, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { RecorderProvider } from '../../../src/node/recorder/recorder-tracer.ts';
import type { FileSpan } from '../../../src/node/trace-file/file-span.ts';
import { spanLines } from '../../../src/node/trace-file/span-lines.ts';
import { spansOf } from '../trace-file/read-lines.ts';

type Step = (span: Span) => void;

const value = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.array(fc.string(), { maxLength: 4 }),
  fc.constant(undefined),
);
const attributes = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), value) as fc.Arbitrary<Attributes>;
/** After today, so that neither takes it for a time of the process. */
const timeMs = fc.integer({ min: 1_800_000_000_000, max: 1_900_000_000_000 });
const other = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
const exception = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ minLength: 1 }).map((message) => ({ name: 'TypeError', message, stack: 'at somewhere' })),
  fc.constant({ code: 42, message: 'coded' }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom('a', 'b', 'e'), value).map(
    ([key, given]): Step =>
      (span) =>
        span.setAttribute(key, given as string),
  ),
  attributes.map(
    (given): Step =>
      (span) =>
        span.setAttributes(given),
  ),
  fc.tuple(fc.string(), attributes, timeMs).map(
    ([name, given, at]): Step =>
      (span) =>
        span.addEvent(name, given, at),
  ),
  fc.tuple(fc.string(), timeMs).map(
    ([name, at]): Step =>
      (span) =>
        span.addEvent(name, at),
  ),
  attributes.map(
    (given): Step =>
      (span) =>
        span.addLink({ context: other, attributes: given }),
  ),
  fc
    .tuple(
      fc.constantFrom(SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR),
      fc.option(fc.string(), { nil: undefined }),
    )
    .map(
      ([code, message]): Step =>
        (span) =>
          span.setStatus({ code, ...(message !== undefined && { message }) }),
    ),
  fc.string().map(
    (name): Step =>
      (span) =>
        span.updateName(name),
  ),
  fc.tuple(exception, timeMs).map(
    ([given, at]): Step =>
      (span) =>
        span.recordException(given, at),
  ),
  timeMs.map(
    (at): Step =>
      (span) =>
        span.end(at),
  ),
);

function afterSteps(tracer: Tracer, steps: readonly Step[], startMs: number, given: Attributes): void {
  const span = tracer.startSpan('x', { attributes: given, startTime: startMs, kind: 2 });
  for (const one of steps) one(span);
  span.end(startMs + 5);
}

/** As it is written, without its ids, which are chance. */
function writtenOf(span: FileSpan): object {
  const [line] = spanLines([span]);
  const [one] = spansOf(line?.text ?? '');
  return { ...one, traceId: '', spanId: '' };
}

it('records of every span what the SDK records of it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), timeMs, attributes, (steps, startMs, given) => {
      const memory = new InMemorySpanExporter();
      const theirs = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: memory })] });
      const spans: FileSpan[] = [];
      const ours = new RecorderProvider({ attributes: {} }, systemClock, (span) => spans.push(span));
      for (const provider of [theirs, ours]) afterSteps(provider.getTracer('test'), steps, startMs, given);
      expect(spans.map(writtenOf)).toEqual(memory.getFinishedSpans().map(writtenOf));
      expect(spans).toHaveLength(1);
    }),
  );
});
