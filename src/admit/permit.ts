import type { LimiterStatistics } from './limiter-statistics.ts';
import type { QuotaGroup } from './quota-group.ts';

/** What a permit needs of its limiter. */
export interface PermitKeeper {
  readonly statistics: LimiterStatistics;
  nowMs(): number;
  /** Something was given back: somebody who waits may go. */
  gaveBack(): void;
}

/** Where a permit's reservation is counted. */
export interface Holding {
  readonly group: QuotaGroup;
  /** Permits that are neither settled nor released. */
  inFlight: number;
  /** The call took so many tokens more, or less, than were taken for it at `takenMs`. */
  settle(difference: number, takenMs: number, nowMs: number): void;
  /** Nothing was sent after all. */
  release(tokens: number, takenMs: number, nowMs: number): void;
}

/** A call may go. It holds what was reserved for the call until it is settled or released, once. */
export class Permit {
  /** Reserved for it. */
  readonly tokens: number;
  /** How long it waited. */
  readonly waitMs: number;
  /** The limit that held it when it came, as `tokens/minute`; undefined where it did not wait. */
  readonly heldBy: string | undefined;
  /** How many waited in front of it when it came. */
  readonly ahead: number;
  readonly #keeper: PermitKeeper;
  readonly #holding: Holding;
  readonly #takenMs: number;
  #isOut = true;

  /** @internal */
  constructor(
    keeper: PermitKeeper,
    holding: Holding,
    tokens: number,
    takenMs: number,
    waited?: { readonly waitMs: number; readonly heldBy: string | undefined; readonly ahead: number },
  ) {
    this.#keeper = keeper;
    this.#holding = holding;
    this.#takenMs = takenMs;
    this.tokens = tokens;
    this.waitMs = waited?.waitMs ?? 0;
    this.heldBy = waited?.heldBy;
    this.ahead = waited?.ahead ?? 0;
    holding.inFlight++;
  }

  /** Where it came from; undefined for a permit of another limiter. @internal */
  origin(keeper: PermitKeeper): { readonly group: QuotaGroup; readonly takenMs: number } | undefined {
    return keeper === this.#keeper ? { group: this.#holding.group, takenMs: this.#takenMs } : undefined;
  }

  /**
   * The call is over. Tokens that it did not use are there for others, as if it had never reserved them; those that it
   * used beyond are a debt, for which later calls wait. Without `tokens`, what was reserved counts as used. Only the first
   * of all calls of `settle` and `release` counts.
   *
   * @param options.tokens used by the call; a number from 0 to `Number.MAX_SAFE_INTEGER`. What is none counts as unknown
   */
  settle(options: { readonly tokens?: number | undefined } = {}): void {
    const { tokens } = options;
    if (!this.#isOut) return;
    this.#isOut = false;
    this.#holding.inFlight--;
    // Beyond that sums would not be exact any more, and a window not what it says.
    if (typeof tokens !== 'number' || !(tokens >= 0 && tokens <= Number.MAX_SAFE_INTEGER)) return;
    const nowMs = this.#keeper.nowMs();
    this.#keeper.statistics.settled(this.tokens, tokens, this.#takenMs, nowMs);
    const difference = Math.ceil(tokens) - this.tokens;
    if (difference === 0) return;
    this.#holding.settle(difference, this.#takenMs, nowMs);
    if (difference < 0) this.#keeper.gaveBack();
  }

  /** Nothing was sent after all: everything is given back, the request too. */
  release(): void {
    if (!this.#isOut) return;
    this.#isOut = false;
    const nowMs = this.#keeper.nowMs();
    this.#holding.inFlight--;
    this.#keeper.statistics.released(this.tokens, this.#takenMs, nowMs);
    this.#holding.release(this.tokens, this.#takenMs, nowMs);
    this.#keeper.gaveBack();
  }
}
