import { TelltaleError } from '../../errors.ts';
import type { CheckedBudget } from './budget.ts';
import { formatUsd } from './exact-usd.ts';
import type { AccountFigures, Charge } from './store.ts';

/** A call does not go: with the arithmetic, and without the name of anybody. */
export function exceeded(
  budget: CheckedBudget,
  charge: Charge,
  figures: AccountFigures,
  epochMs: number,
): TelltaleError {
  const { spentPico, reservedPico, endMs, isUncertain } = figures;
  const limit = formatUsd(budget.limitPico);
  const most = formatUsd(charge.reservePico);
  const until = `It resets at ${new Date(endMs).toISOString()}.`;
  const sums = `${formatUsd(spentPico)} is spent and ${formatUsd(reservedPico)} reserved for calls under way`;
  const lost = isUncertain
    ? ' What was written down of it is damaged, so that more may be spent; `whenUncertain` says what to make of that.'
    : '';
  const hint =
    charge.reservePico > budget.limitPico ? ' That is more than the whole of it: ask for less output.' : '';
  return new TelltaleError(
    'budget_exceeded',
    `The budget \`${budget.name}\` holds ${limit}: ${sums}, and this call may cost up to ${most}.${hint}${lost} ${until}`,
    { budget: budget.name, retryAfterMs: Math.max(Math.ceil(endMs - epochMs), 0) },
  );
}

export function unpriced(budget: CheckedBudget, model: string | undefined): TelltaleError {
  const what = model === undefined ? 'A call without a model' : `The model \`${model}\``;
  return new TelltaleError(
    'unpriced_model',
    `${what} has no price for the tier that is asked for, so the budget \`${budget.name}\` cannot reckon with it. Give it one in \`prices\`, or set \`unpriced: 'allow'\`.`,
    { budget: budget.name },
  );
}
