import { type Counter, metrics } from '@opentelemetry/api';
import type { LoggedBudgetAlert } from './alert-log.ts';
import { scope } from './scope.ts';
import { attr, metric } from './semconv.ts';

/** Counts alerts of budgets with whatever meter provider is registered at the time. Whose a budget is, is no attribute. */
export function createBudgetAlertCounter(): (alert: LoggedBudgetAlert) => void {
  let provider: unknown;
  let counter: Counter | undefined;
  return function countBudgetAlert({ budget, at, reason }) {
    const registered = metrics.getMeterProvider();
    if (registered !== provider || !counter) {
      provider = registered;
      counter = registered.getMeter(scope.name, scope.version).createCounter(metric.budgetAlerts, {
        description: 'Times that a budget reached one of the shares at which it alerts',
        unit: '{alert}',
      });
    }
    counter.add(1, { [attr.budget]: budget, [attr.budgetAt]: at, [attr.reason]: reason });
  };
}
