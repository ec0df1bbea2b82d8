import type { Budgets } from '../account/budget/budgets.ts';
import { currentCallContext } from '../call-with.ts';
import type { Observer } from '../observer.ts';
import { asksOfBatch } from './batch-book.ts';

/**
 * Charges what a batch cost to the budgets of whoever asks of it, when a call brings that, or
 * that nobody will say: nothing was reserved for it.
 */
export function batchCharger(budgets: Budgets): Observer {
  return (call) => {
    if (!asksOfBatch(call.request)) return undefined;
    const spender = currentCallContext();
    return {
      ended({ job, response, costUsd }) {
        if (job) budgets.charge(response.resource?.model, spender, costUsd);
      },
    };
  };
}
