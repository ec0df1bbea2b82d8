import { ROOT_CONTEXT } from '@opentelemetry/api';
import { createBudgetAlertCounter } from './budget-alert-counter.ts';
import type { AlertLogLine } from './call-logger.ts';
import { LineWriter, type LineWriterOptions } from './line-writer.ts';
import { attr, budgetAlertEvent } from './semconv.ts';

export type LoggedBudgetAlert = Omit<AlertLogLine, 'event'>;

/** Writes a line, and an OpenTelemetry log record, for each alert of a budget, and counts it. */
export function createBudgetAlertLog(
  options: LineWriterOptions,
  epochMs: () => number,
): (alert: LoggedBudgetAlert) => void {
  const writer = new LineWriter(options);
  const count = createBudgetAlertCounter();
  return function budgetAlertLog(alert) {
    const message = messageOf(alert);
    writer.write(
      'warn',
      () => ({ event: 'budget_alert', ...alert }),
      () => message,
    );
    // The call that spent the money has nothing to do with it, no more than those before.
    writer.emit(writer.emitter(), 'warn', { context: ROOT_CONTEXT, eventName: budgetAlertEvent }, () => ({
      timestamp: epochMs(),
      body: message,
      attributes: attributesOf(alert),
    }));
    try {
      count(alert);
    } catch (fault) {
      options.report("OpenTelemetry's metrics", fault);
    }
  };
}

function messageOf({ budget, at, reason }: LoggedBudgetAlert): string {
  if (reason === 'exceeded') return `The budget ${budget} has no room left for a call`;
  return `${Math.round(at * 10_000) / 100} % of the budget ${budget} is spent`;
}

/** Whose it is stays in the user's own log. */
function attributesOf({ budget, at, reason, spentUsd, reservedUsd, limitUsd, resetsAt }: LoggedBudgetAlert) {
  return {
    [attr.budget]: budget,
    [attr.budgetAt]: at,
    [attr.reason]: reason,
    [attr.budgetSpentUsd]: spentUsd,
    [attr.budgetReservedUsd]: reservedUsd,
    [attr.budgetLimitUsd]: limitUsd,
    [attr.budgetResetsAt]: resetsAt,
  };
}
