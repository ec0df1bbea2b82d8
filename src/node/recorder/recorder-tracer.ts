import {
  type Context,
  context,
  isSpanContextValid,
  type Span,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { Clock } from '../../clock.ts';
import { Tokens } from '../../patterns/store/tokens.ts';
import type { FileSpan } from '../trace-file/file-span.ts';
import { RecordedSpan } from './recorded-span.ts';
import { SpanTime } from './span-time.ts';

/** Tracers whose spans are handed over when they end, every one of them. */
export class RecorderProvider implements TracerProvider {
  readonly #resource: FileSpan['resource'];
  readonly #ended: (span: FileSpan) => void;
  readonly #time: SpanTime;
  readonly #tokens: Tokens;

  constructor(resource: FileSpan['resource'], clock: Clock, ended: (span: FileSpan) => void) {
    this.#resource = resource;
    this.#ended = ended;
    this.#time = new SpanTime(clock);
    this.#tokens = new Tokens(clock);
  }

  getTracer(name: string, version?: string): Tracer {
    const instrumentationScope = { name, version };
    const startSpan = (
      spanName: string,
      options: SpanOptions = {},
      within: Context = context.active(),
    ): Span => {
      const given = options.root === true ? undefined : trace.getSpanContext(within);
      const parent = given && isSpanContextValid(given) ? given : undefined;
      return new RecordedSpan(
        {
          name: spanName,
          kind: options.kind ?? SpanKind.INTERNAL,
          spanContext: {
            traceId: parent?.traceId ?? this.#tokens.next(),
            spanId: this.#tokens.next().slice(0, 16),
            traceFlags: TraceFlags.SAMPLED,
            ...(parent?.traceState && { traceState: parent.traceState }),
          },
          parentSpanContext: parent,
          startTime: options.startTime,
          attributes: options.attributes,
          links: options.links ?? [],
          resource: this.#resource,
          instrumentationScope,
        },
        this.#time,
        this.#ended,
      );
    };
    return { startSpan, startActiveSpan: activeSpans(startSpan) };
  }
}

/** `(name, run)`, `(name, options, run)` or `(name, options, context, run)`. */
function activeSpans(startSpan: Tracer['startSpan']): Tracer['startActiveSpan'] {
  return function startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...rest: readonly [F] | readonly [SpanOptions, F] | readonly [SpanOptions, Context, F]
  ): ReturnType<F> {
    const run = rest.at(-1) as (span: Span) => ReturnType<F>;
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : {};
    const parent = rest.length > 2 ? (rest[1] as Context) : context.active();
    const span = startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), () => run(span));
  };
}
