import {
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { ToolRun, ToolTracer } from '../tool-tracer.ts';
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

  tool<T>(name: string, work: () => T): T {
    const span = this.#tracer.startSpan(
      `execute_tool ${name}`,
      {
        kind: SpanKind.INTERNAL,
        attributes: {
          [attr.operationName]: 'execute_tool',
          [attr.toolName]: name,
          [attr.toolType]: 'function',
        },
      },
      this.#context,
    );
    let result: T;
    try {
      result = context.with(trace.setSpan(this.#context, span), work);
    } catch (error) {
      fail(span);
      throw error;
    }
    if (result instanceof Promise) {
      result.then(
        () => span.end(),
        () => fail(span),
      );
    } else span.end();
    return result;
  }

  end(): void {
    // A span that has ended already would log a warning.
    if (this.#span.isRecording()) this.#span.end();
  }
}

/** What a tool throws may be content, so that it threw is all that is said. */
function fail(span: Span): void {
  span.setAttribute(attr.errorType, 'tool_error');
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
