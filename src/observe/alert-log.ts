import type { AlertLogLine, CallLogger } from './call-logger.ts';

/** Writes one line for an alert of a budget. */
export function logAlert(
  log: CallLogger | undefined,
  alert: Omit<AlertLogLine, 'event'>,
  report: (where: string, fault: unknown) => void,
): void {
  if (log === undefined) return;
  const percent = `${Math.round(alert.at * 10_000) / 100} %`;
  const message =
    alert.reason === 'spent'
      ? `${percent} of the budget ${alert.budget} is spent`
      : `The budget ${alert.budget} has no room left for a call`;
  const fail = (fault: unknown): void => report('The logger given as `log`', fault);
  try {
    const written: unknown = log.warn({ event: 'budget_alert', ...alert }, message);
    if (written instanceof Promise) written.catch(fail);
  } catch (fault) {
    fail(fault);
  }
}
