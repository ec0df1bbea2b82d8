import type { BudgetAlert, CheckedBudget } from './budget.ts';
import { usdOfPico } from './exact-usd.ts';
import type { Crossing } from './store.ts';

export type AlertListener = (alert: BudgetAlert) => void;

/** Hears once of each thing of the user's that throws. */
export type Reporter = (where: string, fault: unknown) => void;

/** Tells whoever is to be told that a threshold was reached, and waits for nobody. */
export function tellOf(
  crossed: readonly Crossing[],
  budgets: readonly CheckedBudget[],
  listener: AlertListener,
  report: Reporter,
): void {
  for (const { figures, at, reason } of crossed) {
    const { account, spentPico, reservedPico, endMs } = figures;
    const budget = budgets.find(({ name }) => name === account.budget);
    if (!budget) continue;
    const alert: BudgetAlert = {
      budget: budget.name,
      ...(account.owner !== '' && { owner: account.owner }),
      at,
      reason,
      spentUsd: usdOfPico(spentPico),
      reservedUsd: usdOfPico(reservedPico),
      limitUsd: usdOfPico(budget.limitPico),
      resetsAt: new Date(endMs).toISOString(),
    };
    attempt(() => listener(alert), 'A listener for alerts of budgets', report);
    attempt(() => budget.onAlert?.(alert), 'The `onAlert` of a budget', report);
  }
}

function attempt(tell: () => unknown, where: string, report: Reporter): void {
  try {
    const result = tell();
    // A callback that fails later must not end the process as an unhandled rejection.
    if (typeof result === 'object' && result !== null && 'then' in result)
      Promise.resolve(result).catch((fault: unknown) => report(where, fault));
  } catch (fault) {
    report(where, fault);
  }
}
