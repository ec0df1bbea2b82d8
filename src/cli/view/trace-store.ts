import { summaryOf, type TraceSummary } from './trace-summary.ts';
import type { ViewSpan } from './view-span.ts';

interface StoredTrace {
  readonly spans: Map<string, ViewSpan>;
  lastMs: number;
  /** Spans that were too many. */
  dropped: number;
  /** Made again when a span came. */
  summary: TraceSummary | undefined;
}

/** Of a trace that never ends, the first ones are kept. */
const mostSpansOfTrace = 20_000;

/** The newest traces. A span that comes twice counts once. */
export class TraceStore {
  readonly #most: number;
  readonly #mostSpans: number;
  readonly #traces = new Map<string, StoredTrace>();
  #version = 0;
  #dropped = 0;
  #droppedSpans = 0;

  /** @param mostSpans of a trace */
  constructor(most: number, mostSpans = mostSpansOfTrace) {
    this.#most = most;
    this.#mostSpans = mostSpans;
  }

  /** Another one whenever something changed. */
  get version(): number {
    return this.#version;
  }

  /** Traces that gave way to newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Spans that came when their trace was full. */
  get droppedSpans(): number {
    return this.#droppedSpans;
  }

  get size(): number {
    return this.#traces.size;
  }

  add(span: ViewSpan): void {
    let trace = this.#traces.get(span.traceId);
    if (!trace) {
      trace = { spans: new Map(), lastMs: 0, dropped: 0, summary: undefined };
      this.#traces.set(span.traceId, trace);
    }
    if (trace.spans.has(span.spanId)) return;
    trace.summary = undefined;
    this.#version++;
    if (trace.spans.size >= this.#mostSpans) {
      trace.dropped++;
      this.#droppedSpans++;
      return;
    }
    trace.spans.set(span.spanId, span);
    trace.lastMs = Math.max(trace.lastMs, span.endMs);
    // Rarely, since it looks at all of them.
    if (this.#traces.size > this.#most * 1.25) this.trim();
  }

  /** Lets go of what is too much, the oldest first. */
  trim(): void {
    const excess = this.#traces.size - this.#most;
    if (excess <= 0) return;
    const oldest = [...this.#traces].toSorted(([, a], [, b]) => a.lastMs - b.lastMs).slice(0, excess);
    for (const [traceId] of oldest) this.#traces.delete(traceId);
    this.#dropped += excess;
    this.#version++;
  }

  spansOf(traceId: string): readonly ViewSpan[] | undefined {
    const trace = this.#traces.get(traceId);
    return trace && [...trace.spans.values()];
  }

  /** Of a trace that is here. */
  summaryOf(traceId: string): TraceSummary | undefined {
    const trace = this.#traces.get(traceId);
    return trace && summarized(traceId, trace);
  }

  summaries(): readonly TraceSummary[] {
    return [...this.#traces].map(([traceId, trace]) => summarized(traceId, trace));
  }
}

function summarized(traceId: string, trace: StoredTrace): TraceSummary {
  trace.summary ??= summaryOf(traceId, [...trace.spans.values()], trace.dropped);
  return trace.summary;
}
