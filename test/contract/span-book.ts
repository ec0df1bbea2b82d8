import { context, logs, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { NodeSDK, type NodeSDKConfiguration } from '@opentelemetry/sdk-node';

type SpanProcessor = NonNullable<NodeSDKConfiguration['spanProcessors']>[number];
type StartedSpan = Parameters<SpanProcessor['onStart']>[0];
export type EndedSpan = Parameters<SpanProcessor['onEnd']>[0];

/** Keeps every span that was started and every one that ended. */
export class SpanBook {
  started: StartedSpan[] = [];
  ended: EndedSpan[] = [];
  readonly #sdk: NodeSDK;

  constructor() {
    const keep: SpanProcessor = {
      onStart: (span) => void this.started.push(span),
      onEnd: (span) => void this.ended.push(span),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    this.#sdk = new NodeSDK({
      spanProcessors: [keep],
      metricReaders: [],
      logRecordProcessors: [],
      autoDetectResources: false,
      instrumentations: [],
    });
    this.#sdk.start();
  }

  clear(): void {
    this.started = [];
    this.ended = [];
  }

  async close(): Promise<void> {
    await this.#sdk.shutdown();
    trace.disable();
    context.disable();
    propagation.disable();
    logs.disable();
  }

  /** Runs `work` as the child of a span named `caller`. */
  asCaller<T>(work: () => Promise<T>): Promise<T> {
    return trace.getTracer('test').startActiveSpan('caller', async (span) => {
      try {
        return await work();
      } finally {
        span.end();
      }
    });
  }

  /** Spans of Telltale's that ended, in the order in which they started. */
  get own(): EndedSpan[] {
    const order = this.started.map((span) => span.spanContext().spanId);
    return this.ended
      .filter((span) => span.instrumentationScope.name === 'telltale')
      .sort((a, b) => order.indexOf(a.spanContext().spanId) - order.indexOf(b.spanContext().spanId));
  }
}

export function isAttempt(span: EndedSpan): boolean {
  return span.attributes['http.request.method'] !== undefined;
}

export function isCall(span: EndedSpan): boolean {
  return span.attributes['telltale.outcome'] !== undefined;
}

/** A span that groups calls: a helper that runs tools, or one of its tools. */
export function isGroup(span: EndedSpan): boolean {
  return /^(?:run_tools|execute_tool)\b/.test(span.name);
}

export function isError(span: EndedSpan): boolean {
  return span.status.code === SpanStatusCode.ERROR;
}
