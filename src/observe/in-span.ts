import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { checkNumber, checkObject, invalidOption } from '../check.ts';
import { TelltaleError } from '../errors.ts';
import { currentTracer } from './current-tracer.ts';
import { attr } from './semconv.ts';

/** What a span of work of your own begins with. */
export interface WorkSpanOptions {
  /** What is known of the work when it begins. Neither prompts nor keys belong here. */
  readonly attributes?: Attributes;
  /**
   * `traceparent` of work that this is a part of, though it was begun elsewhere: in an earlier life of the process, say. The
   * span that is active here is then linked. @default the span that is active here
   */
  readonly traceparent?: string | undefined;
  /** When the work began, where that was earlier: milliseconds since 1970. @default now */
  readonly startedAtMs?: number;
}

/** A span around work that makes several calls. */
export interface WorkSpan {
  /** By which other processes go on with this trace; undefined while nobody traces. */
  readonly traceparent: string | undefined;
  /** 32 hexadecimal digits; undefined while nobody traces. */
  readonly traceId: string | undefined;
  /** Does `work` as a part of this: the spans of its calls are children. Needs a context manager, as every SDK has. */
  within<T>(work: () => T): T;
  setAttributes(attributes: Attributes): void;
  addEvent(name: string, attributes?: Attributes): void;
  /** Ends it, with an error if one is given: its class and code are told, never its message. Only the first time counts. */
  end(error?: unknown): void;
}

const tracer = currentTracer();

/**
 * Begins a span around work that makes several calls and cannot be put into one function: a stream that is read elsewhere,
 * a job that goes on in another process. Whoever begins it ends it. Else use `inSpan`.
 *
 * @param name few different ones: no ids
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const span = beginSpan('import', { traceparent: job.traceparent });
 * await span.within(() => openai.responses.retrieve(job.id));
 * span.end();
 * ```
 */
export function beginSpan(name: string, options: WorkSpanOptions = {}): WorkSpan {
  const { attributes, traceparent, startedAtMs } = checkObject('options', options, [
    'attributes',
    'traceparent',
    'startedAtMs',
  ]) as WorkSpanOptions;
  if (startedAtMs !== undefined) checkNumber('options.startedAtMs', startedAtMs, { min: 0 });
  const remote = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  const active = context.active();
  const tracing = tracer();
  if (!tracing) return untraced;
  const here = trace.getSpanContext(active);
  const links: Link[] = remote && here && isSpanContextValid(here) ? [{ context: here }] : [];
  const parent = remote ? trace.setSpanContext(active, remote) : active;
  const span = tracing.startSpan(
    name,
    {
      kind: SpanKind.INTERNAL,
      links,
      ...(attributes && { attributes }),
      ...(startedAtMs !== undefined && { startTime: new Date(startedAtMs) }),
    },
    parent,
  );
  return new TracedWork(span, trace.setSpan(parent, span));
}

/**
 * Does `work` in a span of its own: what it throws ends the span as failed and is thrown on. Where it gives a promise, the
 * span ends with that.
 *
 * @returns what `work` returns
 * @throws TelltaleError `invalid_option`; and whatever `work` throws
 *
 * @example
 * ```ts
 * const report = await inSpan('weekly report', {}, async () => {
 *   const draft = await openai.responses.create({ model: 'gpt-5-mini', input: 'Draft the report.' });
 *   return await openai.responses.create({ model: 'gpt-5-mini', input: `Shorten this: ${draft.output_text}` });
 * });
 * ```
 */
export function inSpan<T>(name: string, options: WorkSpanOptions, work: (span: WorkSpan) => T): T {
  const span = beginSpan(name, options);
  let result: T;
  try {
    result = span.within(() => work(span));
  } catch (error) {
    span.end(error);
    throw error;
  }
  if (!(result instanceof Promise)) {
    span.end();
    return result;
  }
  result.then(
    () => span.end(),
    (error) => span.end(error),
  );
  return result;
}

class TracedWork implements WorkSpan {
  readonly traceparent: string;
  readonly traceId: string;
  readonly #span: Span;
  readonly #context: Context;

  constructor(span: Span, within: Context) {
    this.#span = span;
    this.#context = within;
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceId = traceId;
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  within<T>(work: () => T): T {
    return context.with(this.#context, work);
  }

  setAttributes(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  addEvent(name: string, attributes: Attributes = {}): void {
    this.#span.addEvent(name, attributes);
  }

  end(error?: unknown): void {
    // A span that has ended already would log a warning.
    if (!this.#span.isRecording()) return;
    if (error !== undefined) {
      this.#span.setAttribute(attr.errorType, errorTypeOf(error));
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#span.end();
  }
}

const untraced: WorkSpan = {
  traceparent: undefined,
  traceId: undefined,
  within: (work) => work(),
  setAttributes: () => undefined,
  addEvent: () => undefined,
  end: () => undefined,
};

const traceparentForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The form of the W3C recommendation "Trace Context". */
function parseTraceparent(text: unknown): SpanContext {
  const [, traceId = '', spanId = '', flags = ''] =
    typeof text === 'string' ? (traceparentForm.exec(text) ?? []) : [];
  const parsed = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  if (isSpanContextValid(parsed)) return parsed;
  throw invalidOption('options.traceparent', 'a traceparent such as 00-<32 digits>-<16 digits>-01', text);
}

/** A code of ours, or the name of a class: never a message, which may quote a prompt. */
function errorTypeOf(error: unknown): string {
  if (error instanceof TelltaleError) return error.code;
  const name: unknown = (error as { constructor?: { name?: unknown } } | null)?.constructor?.name;
  return typeof name === 'string' && /^[A-Za-z]\w{0,63}$/.test(name) ? name : '_OTHER';
}
