import type { Meter, MeterProvider } from '@opentelemetry/api';
import { MeasuredSet } from './measured-set.ts';
import { attr, metric } from './semconv.ts';

/** What is measured of budgets. */
export interface MeasuredBudgets {
  snapshot(): {
    readonly budgets: readonly {
      readonly budget: string;
      readonly spentUsd: number;
      readonly limitUsd: number;
    }[];
  };
}

/**
 * By meter provider. Of the owners of one budget, as of budgets of one name, the fullest is told of, without its name:
 * users are no attribute.
 */
const budgetsOf = new MeasuredSet<MeasuredBudgets>();

export function observeBudgets(provider: MeterProvider, meter: Meter, budgets: MeasuredBudgets): void {
  const all = budgetsOf.join(provider, budgets);
  if (!all) return;
  const spent = meter.createObservableGauge(metric.budgetSpent, {
    description: 'Spent in the present period of a budget',
    unit: 'USD',
  });
  const limit = meter.createObservableGauge(metric.budgetLimit, {
    description: 'What a period of a budget holds',
    unit: 'USD',
  });
  meter.addBatchObservableCallback(
    (result) => {
      const fullest = new Map<string, { readonly spentUsd: number; readonly limitUsd: number }>();
      for (const one of [...all].flatMap((each) => each.snapshot().budgets)) {
        const other = fullest.get(one.budget);
        if (!other || one.spentUsd / one.limitUsd > other.spentUsd / other.limitUsd)
          fullest.set(one.budget, one);
      }
      for (const [budget, one] of fullest) {
        result.observe(spent, one.spentUsd, { [attr.budget]: budget });
        result.observe(limit, one.limitUsd, { [attr.budget]: budget });
      }
    },
    [spent, limit],
  );
}
