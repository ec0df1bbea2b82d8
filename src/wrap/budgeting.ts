import type { BudgetAlert } from '../account/budget/budget.ts';
import { Budgets, type Grant } from '../account/budget/budgets.ts';
import { checkBudgets } from '../account/budget/check-budgets.ts';
import { memoryBudgetStore } from '../account/budget/memory-store.ts';
import type { BudgetStore, SettledCost } from '../account/budget/store.ts';
import { costPicoUsd } from '../account/cost.ts';
import type { PriceBook } from '../account/price-book.ts';
import type { CallRequest } from '../call.ts';
import { currentCallContext } from '../call-with.ts';
import type { Clock } from '../clock.ts';
import { TelltaleError } from '../errors.ts';
import type { ObserveOptions } from '../options.ts';
import { refusedError } from './admission.ts';
import type { AttemptGate, AttemptOver, AttemptTicket } from './attempt-gate.ts';
import type { BackgroundJob, JobBill } from './background-jobs.ts';
import type { CallRun } from './call-run.ts';
import type { FaultReporter } from './core.ts';
import type { ErrorClasses } from './doors.ts';

export interface BudgetingParts {
  readonly prices: PriceBook;
  readonly clock: Clock;
  readonly onAlert: (alert: BudgetAlert) => void;
  readonly report: FaultReporter;
}

/** What the price depends on, beside the answer: the model that was asked, and the request. */
type Priced = { readonly model?: string | undefined; readonly body?: CallRequest['body'] };

/** Reserves the most that each attempt may cost, and settles for what it did cost. */
export class Budgeting implements AttemptGate {
  readonly budgets: Budgets;
  readonly #prices: PriceBook;

  constructor(budgets: Budgets, prices: PriceBook) {
    this.budgets = budgets;
    this.#prices = prices;
  }

  admit(run: CallRun, classes: ErrorClasses): Promise<AttemptTicket | undefined> | undefined {
    // The client itself says that it was aborted, and sends nothing.
    if (!isBudgeted(run.request) || run.signal?.aborted) return undefined;
    return this.#reserve(run, classes);
  }

  async #reserve(run: CallRun, classes: ErrorClasses): Promise<AttemptTicket | undefined> {
    const { request } = run;
    const { sentModel } = run.call;
    // What went to a cheaper model before stays with it.
    const asked = sentModel === undefined ? request : { ...request, model: sentModel };
    let grant: Grant | undefined;
    try {
      grant = await untilAborted(this.budgets.reserve(asked, currentCallContext()), run, classes);
    } catch (error) {
      if (!(error instanceof TelltaleError)) throw error;
      run.refused(error.code, error.budget);
      throw refusedError(error, classes);
    }
    if (!grant) return undefined;
    const { downgradedTo } = grant;
    if (downgradedTo !== undefined) run.call.sentModel = downgradedTo;
    const sent = { ...asked, ...(downgradedTo !== undefined && { model: downgradedTo }) };
    return {
      settle: (over) => {
        if (over.job) this.#hold(grant, over.job);
        else grant.settle(this.#costOf(over, sent));
      },
      release: () => grant.settle({ kind: 'release' }),
    };
  }

  /** What was reserved stays so until it is known what the job cost, or that nobody will know. */
  #hold(grant: Grant, job: BackgroundJob): void {
    job.hold((bill) => grant.settle(bill ? this.#priced(bill, job) : { kind: 'unknown' }));
  }

  /** Providers bill answers, not errors; and what nobody counted may have been billed. */
  #costOf({ attempt, usage }: AttemptOver, sent: CallRequest): SettledCost {
    if (!attempt) return { kind: 'unknown' };
    if (attempt.status !== undefined && attempt.status >= 400) return { kind: 'release' };
    if (!usage) return { kind: 'unknown' };
    const { response, outcome } = attempt.call;
    // It goes on after a `flush`, or was served to nobody: what was seen of it says nothing of the rest.
    if (usage.source !== 'provider' && outcome === 'abandoned') return { kind: 'unknown' };
    return this.#priced({ usage, response }, sent);
  }

  #priced({ usage, response }: NonNullable<JobBill>, { model, body }: Priced): SettledCost {
    const price = this.#prices.priceOf(model, response.model, response.serviceTier);
    const pico = costPicoUsd(usage, price, body);
    if (pico === undefined || !Number.isSafeInteger(pico) || pico < 0) return { kind: 'unknown' };
    return { kind: 'cost', pico: BigInt(pico), isEstimated: usage.source !== 'provider' };
  }
}

/** Undefined where no budget is set. */
export function createBudgeting(
  options: ObserveOptions,
  { prices, clock, onAlert, report }: BudgetingParts,
): Budgeting | undefined {
  const { budget, countTokens } = options;
  if (budget === undefined) return undefined;
  const budgets = new Budgets({
    budgets: checkBudgets('options.budget', budget),
    store: storeOf(options, clock),
    prices,
    countTokens,
    clock,
    onAlert,
    report,
  });
  return new Budgeting(budgets, prices);
}

function storeOf({ budgetStore, store }: ObserveOptions, clock: Clock): BudgetStore {
  return budgetStore ?? store?.budgets?.(clock) ?? memoryBudgetStore({ clock });
}

/** Whatever costs by the token or the minute. Moderations cost nothing; what else there is has no price. */
function isBudgeted({ endpoint }: CallRequest): boolean {
  return endpoint !== 'other' && endpoint !== 'fetch_response' && endpoint !== 'moderations';
}

/** A store may take its time. What it grants after an abort, or past the deadline, is given back. */
function untilAborted(
  pending: Promise<Grant | undefined>,
  run: CallRun,
  classes: ErrorClasses,
): Promise<Grant | undefined> {
  const deadline = run.steering?.deadline;
  const signal = deadline?.signal ?? run.signal;
  if (!signal) return pending;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      if (run.signal?.aborted || !deadline?.error) {
        const aborted = classes.APIUserAbortError ? new classes.APIUserAbortError() : signal.reason;
        run.end('cancelled', 'cancelled', aborted);
        reject(aborted);
      } else reject(deadline.error);
      pending.then(
        (grant) => grant?.settle({ kind: 'release' }),
        () => {},
      );
    };
    signal.addEventListener('abort', abort, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
