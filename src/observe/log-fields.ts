import type { SpanContext } from '@opentelemetry/api';
import { type Attempt, askedModelOf, type Call, sentModelOf } from '../call.ts';
import { outsideWord } from '../outside-word.ts';
import { setMoved } from './attributes.ts';
import type { CallLogLine } from './call-logger.ts';
import { hintFor } from './hint.ts';
import { attr } from './semconv.ts';

/** All that is known of an ended call. */
export interface CallFacts {
  readonly call: Call;
  /** The last one; undefined where there was none. */
  readonly attempt: Attempt | undefined;
  /** Of the call's span, or of the caller's where calls have none; undefined outside of any trace. */
  readonly span: SpanContext | undefined;
  /** Milliseconds since 1970 at which the call ended. */
  readonly endedAtMs: number;
  readonly errorMessage: string | undefined;
}

type Value = string | number | boolean | readonly string[];

/** One thing that is said of a call: under which name in a log line, and as which attribute of a log record. */
export interface LogField {
  readonly name: keyof CallLogLine;
  /** Undefined for what a record has a place of its own for. */
  readonly attribute: string | undefined;
  readonly read: (facts: CallFacts) => Value | undefined;
  /** Undefined where the attribute is the same. */
  readonly toAttribute: ((value: Value) => Value | undefined) | undefined;
}

function field<Name extends keyof CallLogLine>(
  name: Name,
  attribute: string | undefined,
  read: (facts: CallFacts) => CallLogLine[Name] | undefined,
  toAttribute?: (value: Value) => Value | undefined,
): LogField {
  return { name, attribute, read, toAttribute };
}

/** In the order in which a line shows them. */
export const logFields: readonly LogField[] = [
  field('outcome', attr.outcome, ({ call }) => call.outcome),
  field('operation', attr.operationName, ({ call }) => call.request.operation),
  field('model', attr.requestModel, ({ call }) => askedModelOf(call)),
  // A record says these two as the span does.
  field('sentModel', undefined, ({ call }) => movedModel(call)),
  field('fallbackReason', undefined, ({ call }) => call.fallbacks?.at(-1)?.reason),
  field('responseModel', attr.responseModel, ({ call }) => call.response.model),
  field('provider', attr.providerName, ({ call }) => call.request.provider),
  field('serverAddress', attr.serverAddress, ({ call }) => call.request.serverAddress),
  field('serverPort', attr.serverPort, ({ call }) => call.request.serverPort),
  // The conventions want the attribute only where it is true.
  field('streamed', attr.requestStream, ({ call }) => call.request.streamed, onlyTrue),
  field('trace_id', undefined, ({ span }) => span?.traceId),
  field('span_id', undefined, ({ span }) => span?.spanId),
  field('trace_flags', undefined, ({ span }) => span?.traceFlags.toString(16).padStart(2, '0')),
  field('requestId', attr.requestId, ({ attempt }) => wordOf(attempt?.headers?.get('x-request-id'))),
  field('responseId', attr.responseId, ({ call }) => call.response.id),
  field('statusCode', attr.httpResponseStatusCode, ({ attempt }) => attempt?.status),
  field('startTime', undefined, (facts) => new Date(facts.endedAtMs - durationMs(facts)).toISOString()),
  field('durationMs', attr.durationMs, (facts) => inMicroseconds(durationMs(facts))),
  field('firstChunkMs', attr.responseTimeToFirstChunk, ({ call }) => firstChunkMs(call), toSeconds),
  field('attempts', attr.attempts, ({ call }) => call.attempts),
  field('backoffMs', attr.backoffMs, ({ call }) => inMicroseconds(call.backoffMs)),
  field('throttleMs', attr.throttleMs, ({ call: { throttleMs } }) =>
    throttleMs === undefined ? undefined : inMicroseconds(throttleMs),
  ),
  field('priority', attr.priority, ({ call }) => call.priority),
  field('chunks', attr.chunks, ({ call }) => (call.request.streamed ? call.chunks : undefined)),
  field('inputTokens', attr.usageInputTokens, ({ call }) => call.usage.inputTokens),
  field('cachedInputTokens', attr.usageCacheReadInputTokens, ({ call }) => call.usage.cachedInputTokens),
  field('outputTokens', attr.usageOutputTokens, ({ call }) => call.usage.outputTokens),
  field('reasoningTokens', attr.usageReasoningOutputTokens, ({ call }) => call.usage.reasoningTokens),
  field('usageSource', attr.usageSource, ({ call }) => call.usage.source),
  field('costUsd', attr.costUsd, ({ call }) => call.costUsd),
  field('finishReasons', attr.responseFinishReasons, ({ call }) => call.response.finishReasons),
  field('errorType', attr.errorType, ({ call }) => call.errorType),
  field('errorMessage', attr.errorMessage, ({ errorMessage }) => errorMessage),
  field('hint', attr.hint, ({ call }) => hintFor(call)),
];

const recordFields = logFields.filter(
  (one): one is LogField & { readonly attribute: string } => one.attribute !== undefined,
);

export function lineOf(facts: CallFacts): CallLogLine {
  const line: Partial<Record<keyof CallLogLine, Value>> = {};
  for (const { name, read } of logFields) {
    const value = read(facts);
    if (value !== undefined) line[name] = value;
  }
  return line as CallLogLine;
}

export function attributesOf(facts: CallFacts): Record<string, Value> {
  const attributes: Record<string, Value> = {};
  for (const { attribute, read, toAttribute } of recordFields) {
    const value = read(facts);
    if (value === undefined) continue;
    const converted = toAttribute ? toAttribute(value) : value;
    if (converted !== undefined) attributes[attribute] = converted;
  }
  setMoved(attributes, facts.call);
  return attributes;
}

/** The span's name and how it ended: few and short, so that lines can be grouped by it. */
export function messageOf({ call }: CallFacts): string {
  const { operation, endpoint, model } = call.request;
  const what = model === undefined || endpoint === 'other' ? operation : `${operation} ${model}`;
  return `${what}: ${call.outcome}`;
}

function wordOf(header: string | null | undefined): string | undefined {
  return typeof header === 'string' ? outsideWord(header) : undefined;
}

/** Undefined where it is the one that was asked for. */
function movedModel(call: Call): string | undefined {
  const model = sentModelOf(call);
  return model === askedModelOf(call) ? undefined : model;
}

function durationMs({ call }: CallFacts): number {
  return (call.endedMs ?? call.startedMs) - call.startedMs;
}

function firstChunkMs({ firstChunkMs: ms }: Call): number | undefined {
  return ms === undefined ? undefined : inMicroseconds(ms);
}

/** Milliseconds without the digits that no clock has. */
function inMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function toSeconds(ms: Value): Value {
  return Number(ms) / 1_000;
}

function onlyTrue(value: Value): Value | undefined {
  return value === true ? true : undefined;
}
