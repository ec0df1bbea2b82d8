import {
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { ToolCall, ToolRun, ToolTracer, WriteToolContent } from '../tool-tracer.ts';
import { recordToolContent } from './content-attributes.ts';
import { currentTracer } from './current-tracer.ts';
import { attr } from './semconv.ts';

/** A span for each run of tools, with a span for each tool in it. */
export function createToolTelemetry(): ToolTracer {
  const tracer = currentTracer();
  return {
    startRun(model) {
      const tracing = tracer();
      if (!tracing) return undefined;
      const parent = context.active();
      const span = tracing.startSpan(
        model === undefined ? 'run_tools' : `run_tools ${model}`,
        {
          kind: SpanKind.INTERNAL,
          attributes: {
            [attr.operationName]: 'run_tools',
            ...(model !== undefined && { [attr.requestModel]: model }),
          },
        },
        parent,
      );
      return new ToolRunTelemetry(tracing, span, trace.setSpan(parent, span));
    },
  };
}

class ToolRunTelemetry implements ToolRun {
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #context: Context;

  constructor(tracer: Tracer, span: Span, runContext: Context) {
    this.#tracer = tracer;
    this.#span = span;
    this.#context = runContext;
  }

  within<T>(work: () => T): T {
    return context.with(this.#context, work);
  }

  tool<T>({ name, id, takeContent }: ToolCall, work: () => T): T {
    const span = this.#tracer.startSpan(
      `execute_tool ${name}`,
      {
        kind: SpanKind.INTERNAL,
        attributes: {
          [attr.operationName]: 'execute_tool',
          [attr.toolName]: name,
          [attr.toolType]: 'function',
          ...(id !== undefined && { [attr.toolCallId]: id }),
        },
      },
      this.#context,
    );
    const writeContent = span.isRecording() ? takeContent?.() : undefined;
    let result: T;
    try {
      result = context.with(trace.setSpan(this.#context, span), work);
    } catch (error) {
      fail(span, writeContent);
      throw error;
    }
    if (result instanceof Promise) {
      result.then(
        (value) => finish(span, writeContent, { value }),
        () => fail(span, writeContent),
      );
    } else finish(span, writeContent, isThenable(result) ? undefined : { value: result });
    return result;
  }

  end(): void {
    // A span that has ended already would log a warning.
    if (this.#span.isRecording()) this.#span.end();
  }
}

/** A promise of another kind is not waited for: asking it may be what starts its work. */
function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function finish(span: Span, writeContent: WriteToolContent | undefined, returned?: { value: unknown }): void {
  const content = writeContent?.(returned);
  if (content) recordToolContent(span, content);
  span.end();
}

/** What a tool throws may be content, so that it threw is all that is said. */
function fail(span: Span, writeContent: WriteToolContent | undefined): void {
  span.setAttribute(attr.errorType, 'tool_error');
  span.setStatus({ code: SpanStatusCode.ERROR });
  finish(span, writeContent);
}
