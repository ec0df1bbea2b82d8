import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { ConditionLogLine } from './call-logger.ts';
import { LineWriter, type LineWriterOptions } from './line-writer.ts';
import { alertEvent, attr } from './semconv.ts';

/** An alert as it is written down. */
export type LoggedAlert = Omit<ConditionLogLine, 'event'> & {
  readonly atMs: number;
  readonly message: string;
};

/** Writes a line, and an OpenTelemetry log record, for each alert that begins (`warn`) or ends (`info`). */
export function createConditionLog(options: LineWriterOptions): (alert: LoggedAlert) => void {
  const writer = new LineWriter(options);
  return function conditionLog(alert) {
    const level = alert.state === 'firing' ? 'warn' : 'info';
    writer.write(
      level,
      () => lineOf(alert),
      () => alert.message,
    );
    // The call whose end set the timer has nothing to do with it.
    writer.emit(writer.emitter(), level, { context: ROOT_CONTEXT, eventName: alertEvent }, () => ({
      timestamp: alert.atMs,
      body: alert.message,
      attributes: attributesOf(alert),
    }));
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
