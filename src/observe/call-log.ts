import { type Context, context, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Attempt, Call, Outcome } from '../call.ts';
import type { Clock } from '../clock.ts';
import type { CallObserver, Observer, RecordedContent } from '../observer.ts';
import { contextOfCall } from './call-context.ts';
import type { CallLogger } from './call-logger.ts';
import { closedErrorMessage, type ErrorMessage } from './error-message.ts';
import { type Level, LineWriter } from './line-writer.ts';
import type { LogEmitter } from './log-emitter.ts';
import { attributesOf, type CallFacts, lineOf, messageOf } from './log-fields.ts';
import { callEvent } from './semconv.ts';

export interface CallLogOptions {
  /** The user's own logger. */
  readonly log: CallLogger | undefined;
  readonly clock: Clock;
  /** Hears once of each thing that throws. */
  readonly report: (where: string, fault: unknown) => void;
  /** Whatever it gives is written down as it is. @default words that are known beforehand, and no other */
  readonly errorMessage?: ErrorMessage;
}

/** Writes one line for each call, at its only end. */
export interface CallLog {
  readonly observer: Observer;
  /** Whether a call that starts now will be written down. */
  isOn(): boolean;
}

const levels: Readonly<Record<Outcome, Level>> = {
  ok: 'info',
  cancelled: 'warn',
  abandoned: 'warn',
  truncated: 'warn',
  empty: 'warn',
  refused: 'warn',
  error: 'error',
};

/** Lines go to the user's logger, and as log records to whatever OpenTelemetry provider of logs is registered. */
export function createCallLog(options: CallLogOptions): CallLog {
  const { log } = options;
  const writer = new LineWriter(options);
  return {
    isOn: () => log !== undefined || writer.emitter() !== undefined,
    observer: function callLog(call) {
      const emitting = writer.emitter();
      if (log === undefined && emitting === undefined) return undefined;
      return new CallLogWriter(options, writer, emitting, contextOfCall.get(call) ?? context.active());
    },
  };
}

class CallLogWriter implements CallObserver {
  readonly #options: CallLogOptions;
  readonly #writer: LineWriter;
  readonly #emitter: LogEmitter | undefined;
  readonly #context: Context;
  #attempt: Attempt | undefined;
  /** The error's own words, redacted. */
  #said: string | undefined;

  constructor(
    options: CallLogOptions,
    writer: LineWriter,
    emitter: LogEmitter | undefined,
    callContext: Context,
  ) {
    this.#options = options;
    this.#writer = writer;
    this.#emitter = emitter;
    this.#context = callContext;
  }

  /** Asked only where content is recorded at all: the words of an error are content too. */
  readonly wantsContent = true;

  contentRecorded(_call: Call, { error }: RecordedContent): void {
    this.#said = error?.message;
  }

  attemptEnded(attempt: Attempt): void {
    this.#attempt = attempt;
  }

  ended(call: Call): void {
    const level = levels[call.outcome ?? 'error'];
    const span = trace.getSpanContext(this.#context);
    const facts: CallFacts = {
      call,
      attempt: this.#attempt,
      span: span && isSpanContextValid(span) ? span : undefined,
      endedAtMs: this.#options.clock.epochMs(),
      errorMessage: this.#errorMessage(call),
    };
    this.#writer.write(
      level,
      () => lineOf(facts),
      () => messageOf(facts),
    );
    this.#writer.emit(this.#emitter, level, { context: this.#context, eventName: callEvent }, () => ({
      timestamp: facts.endedAtMs,
      body: messageOf(facts),
      attributes: attributesOf(facts),
    }));
  }

  #errorMessage(call: Call): string | undefined {
    const { errorMessage = closedErrorMessage, report } = this.#options;
    try {
      return this.#said ?? errorMessage(call, this.#attempt);
    } catch (fault) {
      report('Putting an error into words', fault);
      return undefined;
    }
  }
}
