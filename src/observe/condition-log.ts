import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { CallLogger, ConditionLogLine } from './call-logger.ts';
import { currentLogEmitter } from './log-emitter.ts';
import { scope } from './scope.ts';
import { alertEvent, attr } from './semconv.ts';

/** An alert as it is written down. */
export type LoggedAlert = Omit<ConditionLogLine, 'event'> & {
  readonly atMs: number;
  readonly message: string;
};

export interface ConditionLogOptions {
  /** The user's own logger. */
  readonly log: CallLogger | undefined;
  /** Hears once of each thing that throws. */
  readonly report: (where: string, fault: unknown) => void;
}

const theLogger = 'The logger given as `log`';
const openTelemetry = "OpenTelemetry's logging";

/** Writes a line, and an OpenTelemetry log record, for each alert that begins (`warn`) or ends (`info`). */
export function createConditionLog({ log, report }: ConditionLogOptions): (alert: LoggedAlert) => void {
  const emitter = currentLogEmitter(scope, (fault) => report(openTelemetry, fault));
  return function conditionLog(alert) {
    const level = alert.state === 'firing' ? 'warn' : 'info';
    try {
      const written: unknown = log?.[level](lineOf(alert), alert.message);
      if (written instanceof Promise) written.catch((fault: unknown) => report(theLogger, fault));
    } catch (fault) {
      report(theLogger, fault);
    }
    try {
      emitter()?.emit({
        // The call whose end set the timer has nothing to do with it.
        context: ROOT_CONTEXT,
        eventName: alertEvent,
        timestamp: alert.atMs,
        severityNumber: level === 'warn' ? 13 : 9,
        severityText: level.toUpperCase(),
        body: alert.message,
        attributes: attributesOf(alert),
      });
    } catch (fault) {
      report(openTelemetry, fault);
    }
  };
}

function lineOf({
  alert,
  state,
  limit,
  value,
  threshold,
  calls,
  windowMs,
  firedMs,
}: LoggedAlert): ConditionLogLine {
  return {
    event: 'alert',
    alert,
    state,
    ...(limit !== undefined && { limit }),
    ...(value !== undefined && { value }),
    threshold,
    ...(calls !== undefined && { calls }),
    ...(windowMs !== undefined && { windowMs }),
    ...(firedMs !== undefined && { firedMs }),
  };
}

function attributesOf(alert: LoggedAlert): Record<string, string | number> {
  const { state, limit, value, threshold, calls, windowMs, firedMs } = alert;
  return {
    [attr.alert]: alert.alert,
    [attr.alertState]: state,
    [attr.alertThreshold]: threshold,
    ...(limit !== undefined && { [attr.limit]: limit }),
    ...(value !== undefined && { [attr.alertValue]: value }),
    ...(calls !== undefined && { [attr.alertCalls]: calls }),
    ...(windowMs !== undefined && { [attr.alertWindowMs]: windowMs }),
    ...(firedMs !== undefined && { [attr.alertFiredMs]: firedMs }),
  };
}
