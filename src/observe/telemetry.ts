import {
  type Attributes,
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Attempt, Backoff, Call, Refusal, Throttle } from '../call.ts';
import { currentCallContext } from '../call-with.ts';
import type { CallObserver, Observer, RecordedContent } from '../observer.ts';
import {
  attemptEndAttributes,
  attemptStartAttributes,
  endAttributes,
  requestAttributes,
  startAttributes,
  throttleAttributes,
} from './attributes.ts';
import { contextOfCall } from './call-context.ts';
import { recordContent } from './content-attributes.ts';
import { currentTracer } from './current-tracer.ts';
import { currentInstruments, type Instruments, type Measured } from './instruments.ts';
import { type MetricTags, metricTagsOf } from './metric-tags.ts';
import {
  chunkAttributes,
  recordAttempt,
  recordBackoff,
  recordCall,
  recordRefusal,
  recordThrottle,
} from './record.ts';
import { scope } from './scope.ts';
import { attr } from './semconv.ts';

/**
 * Turns the events of calls into OpenTelemetry spans and metrics, through whatever SDK is registered at the time. Where
 * calls are logged, it leaves the context of each one's span for the log to find.
 */
export function createTelemetry(
  state: Measured & {
    readonly openCalls: () => number;
    readonly isLogged?: () => boolean;
    readonly metricTags?: readonly string[] | undefined;
  },
): Observer {
  const tracer = currentTracer();
  const instruments = currentInstruments(scope, state.openCalls, state);
  const pickTags = state.metricTags && metricTagsOf(state.metricTags);
  return function telemetry(call) {
    const tracing = tracer();
    const records = instruments();
    if (!tracing && !records && !propagates()) return undefined;
    const parent = context.active();
    const tags = pickTags?.(currentCallContext().tags);
    if (!tracing) return new CallTelemetry(noTracer, noSpan, false, parent, records, undefined, tags);
    const { request } = call;
    const span = tracing.startSpan(
      request.model === undefined || request.endpoint === 'other'
        ? request.operation
        : `${request.operation} ${request.model}`,
      { kind: SpanKind.CLIENT, attributes: startAttributes(request), startTime: call.startedMs },
      parent,
    );
    const recording = span.isRecording();
    const conversation = recording ? currentCallContext().conversation : undefined;
    if (recording) span.setAttributes(requestAttributes(request));
    if (conversation !== undefined) span.setAttribute(attr.conversationId, conversation);
    const callContext = trace.setSpan(parent, span);
    if (state.isLogged?.()) contextOfCall.set(call, callContext);
    return new CallTelemetry(tracing, span, recording, callContext, records, conversation, tags);
  };
}

const noSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
const noTracer: Tracer = { startSpan: () => noSpan, startActiveSpan: () => undefined as never };

function propagates(): boolean {
  return propagation.fields().length > 0;
}

class CallTelemetry implements CallObserver {
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #recording: boolean;
  /** The caller's context with the call's span in it. */
  readonly #context: Context;
  readonly #records: Instruments | undefined;
  readonly #conversation: string | undefined;
  readonly #tags: MetricTags | undefined;
  #attemptSpan: Span | undefined;
  #attemptContext: Context | undefined;
  #backoffSpan: Span | undefined;
  #reasonBefore: string | undefined;
  #chunkAttributes: Attributes | undefined;

  constructor(
    tracer: Tracer,
    span: Span,
    recording: boolean,
    callContext: Context,
    records: Instruments | undefined,
    conversation: string | undefined,
    tags: MetricTags | undefined,
  ) {
    this.#tracer = tracer;
    this.#span = span;
    this.#recording = recording;
    this.#context = callContext;
    this.#records = records;
    this.#conversation = conversation;
    this.#tags = tags;
  }

  attemptStarted(attempt: Attempt): void {
    this.#attemptContext = this.#context;
    if (!this.#recording) return;
    const { method, route } = attempt.call.request;
    this.#attemptSpan = this.#startChild(
      `${method} ${route}`,
      SpanKind.CLIENT,
      attempt.startedMs,
      attemptStartAttributes(attempt),
    );
    this.#attemptContext = trace.setSpan(this.#context, this.#attemptSpan);
  }

  within<T>(_attempt: Attempt, send: () => Promise<T>): Promise<T> {
    return context.with(this.#attemptContext ?? this.#context, send);
  }

  /** `traceparent` and `tracestate`, unless the caller set them; never baggage, which is not the provider's business. */
  requestSending(_attempt: Attempt, headers: Headers): void {
    const carrier: { traceparent?: string; tracestate?: string } = {};
    propagation.inject(this.#attemptContext ?? this.#context, carrier);
    const { traceparent, tracestate } = carrier;
    if (headers.has('traceparent')) return;
    if (traceparent !== undefined) headers.set('traceparent', traceparent);
    if (tracestate !== undefined && !headers.has('tracestate')) headers.set('tracestate', tracestate);
  }

  attemptEnded(attempt: Attempt): void {
    if (this.#records) recordAttempt(this.#records, attempt, this.#reasonBefore);
    this.#reasonBefore = attempt.errorType;
    const span = this.#attemptSpan;
    if (!span) return;
    this.#attemptSpan = undefined;
    span.setAttributes(attemptEndAttributes(attempt));
    if (attempt.errorType !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(attempt.endedMs);
  }

  throttled(throttle: Throttle): void {
    if (this.#records) recordThrottle(this.#records, throttle);
    // What went at once has nothing to show.
    if (!this.#recording || (throttle.endedMs === throttle.startedMs && throttle.refusal === undefined))
      return;
    const span = this.#startChild(
      'throttle',
      SpanKind.INTERNAL,
      throttle.startedMs,
      throttleAttributes(throttle),
    );
    if (throttle.refusal !== undefined && throttle.refusal !== 'aborted')
      span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(throttle.endedMs);
  }

  refused(refusal: Refusal): void {
    if (this.#records) recordRefusal(this.#records, refusal);
  }

  backoffStarted(backoff: Backoff): void {
    if (!this.#recording) return;
    this.#backoffSpan = this.#startChild('backoff', SpanKind.INTERNAL, backoff.startedMs, {
      [attr.waitReason]: backoff.reason,
      [attr.waitRule]: backoff.rule,
    });
  }

  backoffEnded(backoff: Backoff): void {
    const waitMs = (backoff.endedMs ?? backoff.startedMs) - backoff.startedMs;
    if (this.#records) recordBackoff(this.#records, backoff, waitMs);
    this.#backoffSpan?.setAttribute(attr.waitMs, waitMs);
    this.#backoffSpan?.end(backoff.endedMs);
    this.#backoffSpan = undefined;
  }

  chunkRead(call: Call, gapMs: number): void {
    if (!this.#records || call.chunks < 2) return;
    this.#chunkAttributes ??= chunkAttributes(call);
    this.#records.timePerOutputChunk.record(gapMs / 1000, this.#chunkAttributes);
  }

  get wantsContent(): boolean {
    return this.#recording;
  }

  contentRecorded(call: Call, content: RecordedContent): void {
    recordContent(this.#span, call, content);
  }

  ended(call: Call): void {
    if (this.#records) recordCall(this.#records, call, this.#tags);
    if (this.#recording) {
      this.#span.setAttributes(endAttributes(call));
      if (call.outcome === 'error' || call.outcome === 'truncated')
        this.#span.setStatus({ code: SpanStatusCode.ERROR });
      this.#span.end(call.endedMs);
    }
    this.#records?.throwFault();
  }

  #startChild(name: string, kind: SpanKind, startTime: number, attributes: Attributes): Span {
    const span = this.#tracer.startSpan(name, { kind, startTime, attributes }, this.#context);
    if (this.#conversation !== undefined) span.setAttribute(attr.conversationId, this.#conversation);
    return span;
  }
}
