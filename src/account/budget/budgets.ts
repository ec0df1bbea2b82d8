import type { CallRequest } from '../../call.ts';
import type { Clock } from '../../clock.ts';
import { TelltaleError } from '../../errors.ts';
import { modelMatcher } from '../../model-pattern.ts';
import { usdToPicoUsd } from '../money.ts';
import type { PriceBook } from '../price-book.ts';
import { type AlertListener, type Reporter, tellOf } from './alerts.ts';
import type { CheckedBudget } from './budget.ts';
import { type BudgetSnapshot, figuresOfBudgets } from './budget-figures.ts';
import { shareOfPico } from './exact-usd.ts';
import { type CountTokens, mostCostPico, mostTokensOf } from './most-cost.ts';
import { exceeded, unpriced } from './refused.ts';
import type {
  AccountFigures,
  BudgetStore,
  Charge,
  Crossing,
  Reservation,
  SettledCost,
  Threshold,
} from './store.ts';

/** Whose call it is, for budgets that each owner has for itself. */
export interface Spender {
  readonly user?: string | undefined;
  readonly project?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface BudgetsOptions {
  readonly budgets: readonly CheckedBudget[];
  readonly store: BudgetStore;
  readonly prices: PriceBook;
  readonly countTokens?: CountTokens | undefined;
  readonly clock: Clock;
  /** Is told of every alert, whether or not its budget has an `onAlert`. */
  readonly onAlert: AlertListener;
  readonly report: Reporter;
}

/** Money that is held for an attempt. */
export interface Grant {
  /** The cheaper model to which it goes; absent where it goes to its own. */
  readonly downgradedTo?: string;
  /** The attempt is over. Only the first time counts; never throws. */
  settle(cost: SettledCost): void;
}

interface Kept extends CheckedBudget {
  readonly holds: (model: string | undefined) => boolean;
  readonly thresholds: readonly Threshold[];
}

/** The budgets of a client: asks for the most that a call may cost, and settles for what it did cost. */
export class Budgets {
  readonly #options: BudgetsOptions;
  readonly #budgets: readonly Kept[];
  /** What the store is being told. */
  readonly #settling = new Set<Promise<void>>();
  readonly #counts = { turnedDown: 0, allowedOver: 0, downgraded: 0, unpriced: 0, unknownCosts: 0 };

  constructor(options: BudgetsOptions) {
    this.#options = options;
    this.#budgets = options.budgets.map((budget) => ({
      ...budget,
      holds: modelMatcher(budget.models),
      thresholds: budget.alertAt.map((at) => ({ at, pico: shareOfPico(budget.limitPico, at) })),
    }));
  }

  /**
   * Reserves the most that an attempt may cost, in all budgets that hold it or in none.
   *
   * @returns undefined where no budget holds it
   * @throws TelltaleError `budget_exceeded`, `unpriced_model` or `store_unavailable`
   */
  async reserve(request: CallRequest, spender: Spender): Promise<Grant | undefined> {
    const { store, clock, countTokens, report } = this.#options;
    const tokens = mostTokensOf(request, countTokens, report);
    const tried = new Set<string>();
    for (let { model } = request; ; ) {
      const budgets = this.#budgets.filter(({ holds }) => holds(model));
      const downgradedTo = model === request.model ? undefined : model;
      if (budgets.length === 0) return downgradedTo === undefined ? undefined : this.#free(downgradedTo);
      const charges = budgets.map((budget) => this.#chargeOf(budget, request, model, tokens, spender));
      const reply = await store.reserve(charges);
      this.#tell(reply.crossed);
      const { reservation, figures, refusedBy } = reply;
      if (reservation) return this.#granted(reservation, charges, figures, downgradedTo);
      // Only where the model stands in a body that can be copied.
      const cheaper = request.body && cheaperModel(model, refusedBy, budgets);
      if (cheaper !== undefined && !tried.has(cheaper) && cheaper !== request.model) {
        tried.add(cheaper);
        model = cheaper;
        continue;
      }
      this.#counts.turnedDown++;
      throw longest(refusedBy.map((index) => refusal(index, budgets, charges, figures, clock.epochMs())));
    }
  }

  #granted(
    reservation: Reservation,
    charges: readonly Charge[],
    figures: readonly AccountFigures[],
    downgradedTo: string | undefined,
  ): Grant {
    const isOver = figures.some(
      ({ spentPico, reservedPico }, index) => spentPico + reservedPico > (charges[index]?.limitPico ?? 0n),
    );
    if (isOver) this.#counts.allowedOver++;
    if (downgradedTo !== undefined) this.#counts.downgraded++;
    return {
      ...(downgradedTo !== undefined && { downgradedTo }),
      settle: (cost) => {
        if (cost.kind === 'unknown') this.#counts.unknownCosts++;
        this.#settle(reservation.settle(cost));
      },
    };
  }

  /**
   * Spends what nobody could reserve, in all budgets that hold the model, whether or not there is room. Never throws.
   *
   * @param costUsd undefined where nobody knows: that is counted, and so is what the store does not take
   */
  charge(model: string | undefined, spender: Spender, costUsd: number | undefined): void {
    const budgets = this.#budgets.filter(({ holds }) => holds(model));
    if (budgets.length === 0) return;
    if (costUsd === undefined) {
      this.#counts.unknownCosts++;
      return;
    }
    const charges = budgets.map(
      ({ name, scope, tag, per, limitPico, thresholds }): Charge => ({
        account: { budget: name, owner: ownerOf({ scope, tag }, spender) },
        ...{ per, limitPico, thresholds, reservePico: 0n, isHard: false, isSpent: true },
      }),
    );
    const cost = { kind: 'cost', pico: BigInt(usdToPicoUsd(costUsd)), isEstimated: false } as const;
    const charging = this.#options.store
      .reserve(charges)
      .then(async ({ reservation, crossed }) => [...crossed, ...((await reservation?.settle(cost)) ?? [])]);
    charging.catch(() => this.#counts.unknownCosts++);
    this.#settle(charging);
  }

  #settle(crossings: Promise<readonly Crossing[]>): void {
    const settling = crossings
      .then(
        (crossed) => this.#tell(crossed),
        (fault: unknown) => this.#options.report('Settling with a budget', fault),
      )
      .finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  /** A cheaper model that no budget holds. */
  #free(downgradedTo: string): Grant {
    this.#counts.downgraded++;
    return { downgradedTo, settle: () => {} };
  }

  /** Resolves when the store has all that was settled so far, or does not answer in its time. */
  async flush(): Promise<void> {
    await Promise.all(this.#settling);
  }

  snapshot(): BudgetSnapshot {
    const { store, clock } = this.#options;
    return {
      budgets: figuresOfBudgets(this.#budgets, store, clock.epochMs()),
      ...this.#counts,
      store: { kind: store.kind, state: store.isDown() ? 'down' : 'up' },
    };
  }

  #chargeOf(
    budget: Kept,
    request: CallRequest,
    model: string | undefined,
    tokens: ReturnType<typeof mostTokensOf>,
    spender: Spender,
  ): Charge {
    const cost = mostCostPico(request, model, tokens, this.#options.prices, budget.assumedOutputTokens);
    if (cost === undefined && budget.unpriced === 'refuse') {
      this.#counts.unpriced++;
      throw unpriced(budget, model);
    }
    return {
      account: { budget: budget.name, owner: ownerOf(budget, spender) },
      per: budget.per,
      limitPico: budget.limitPico,
      reservePico: cost ?? 0n,
      isHard: budget.onExceeded !== 'allow',
      thresholds: budget.thresholds,
    };
  }

  #tell(crossed: Parameters<typeof tellOf>[0]): void {
    const { onAlert, report } = this.#options;
    if (crossed.length > 0) tellOf(crossed, this.#budgets, onAlert, report);
  }
}

function ownerOf(
  { scope, tag }: Pick<CheckedBudget, 'scope' | 'tag'>,
  { user = '', project = '', tags }: Spender,
): string {
  const of = scope === 'user' ? user : scope === 'project' ? project : '';
  if (tag === undefined) return of;
  const value = tags && Object.hasOwn(tags, tag) ? (tags[tag] ?? '') : '';
  if (scope === 'organization') return value;
  return of === '' && value === '' ? '' : JSON.stringify([of, value]);
}

/** Every budget that has no room must name a cheaper model; the first one's is taken. */
function cheaperModel(
  model: string | undefined,
  refusedBy: readonly number[],
  budgets: readonly CheckedBudget[],
): string | undefined {
  if (model === undefined) return undefined;
  const cheaper = refusedBy.map((index) => {
    const { downgrade = {} } = budgets[index] ?? {};
    return Object.hasOwn(downgrade, model) ? downgrade[model] : undefined;
  });
  return cheaper.includes(undefined) ? undefined : cheaper[0];
}

function refusal(
  index: number,
  budgets: readonly CheckedBudget[],
  charges: readonly Charge[],
  figures: readonly AccountFigures[],
  epochMs: number,
): TelltaleError {
  const [budget, charge, known] = [budgets[index], charges[index], figures[index]];
  if (budget && charge && known) return exceeded(budget, charge, known, epochMs);
  return new TelltaleError('budget_exceeded', 'A budget has no room for this call.');
}

/** Of several budgets that refuse, the one for which a caller has to wait longest. */
function longest(refusals: readonly TelltaleError[]): TelltaleError {
  return refusals.reduce((a, b) => ((b.retryAfterMs ?? 0) > (a.retryAfterMs ?? 0) ? b : a));
}
