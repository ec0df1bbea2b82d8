import type { Call, Outcome, UsageSource } from '../call.ts';
import { type DurationSummary, Durations } from './durations.ts';
import { MoneySum, usdToPicoUsd } from './money.ts';
import { TokenCounts, type TokenSummary } from './token-counts.ts';

/** Figures over a set of calls. All but `calls` and `inFlight` are over the calls that have ended. */
export interface Figures {
  /** Calls that have started: those in flight and one outcome for each of the others. */
  readonly calls: number;
  readonly inFlight: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Requests made for these calls. */
  readonly attempts: number;
  /** Requests beyond the first of each call. */
  readonly retries: number;
  /** Milliseconds spent between attempts, all calls together. */
  readonly backoffMs: number;
  /** From start to end, waits included. */
  readonly durationMs: DurationSummary;
  /** From start to the first chunk, over streams of which one was read. */
  readonly firstChunkMs: DurationSummary;
  /** Per call, over the calls where each is known, be it from the provider or estimated. */
  readonly tokens: {
    readonly input: TokenSummary;
    readonly cachedInput: TokenSummary;
    readonly output: TokenSummary;
    readonly reasoning: TokenSummary;
  };
  readonly cost: {
    /** Over the calls whose cost is known, added up exactly. */
    readonly usd: number;
    /** Calls whose cost is not known: their model has no price, or their tokens are unknown. */
    readonly unknownCalls: number;
    /** The part of `usd` that bought nothing usable: outcome error, cancelled, truncated or empty, as in the metric. */
    readonly wastedUsd: number;
  };
  /** Where the token counts came from. */
  readonly usageSources: Readonly<Record<UsageSource, number>>;
}

const wasteful: Readonly<Record<Outcome, boolean>> = {
  ok: false,
  error: true,
  refused: false,
  cancelled: true,
  truncated: true,
  empty: true,
  abandoned: false,
};

/** Adds calls up to `Figures`, in memory that does not grow with them. */
export class FiguresTally {
  readonly #durations: Durations;
  readonly #firstChunks: Durations;
  readonly #input = new TokenCounts();
  readonly #cachedInput = new TokenCounts();
  readonly #output = new TokenCounts();
  readonly #reasoning = new TokenCounts();
  readonly #cost = new MoneySum();
  readonly #wasted = new MoneySum();
  readonly #outcomes: Record<Outcome, number> = {
    ok: 0,
    error: 0,
    refused: 0,
    cancelled: 0,
    truncated: 0,
    empty: 0,
    abandoned: 0,
  };
  readonly #usageSources: Record<UsageSource, number> = { provider: 0, estimated: 0, unknown: 0 };
  #started = 0;
  #ended = 0;
  #attempts = 0;
  #retries = 0;
  #backoffMs = 0;
  #unknownCosts = 0;

  /** @param figures significant figures of its percentiles */
  constructor(figures: 2 | 3) {
    this.#durations = new Durations(figures);
    this.#firstChunks = new Durations(figures);
  }

  started(): void {
    this.#started += 1;
  }

  ended(call: Call): void {
    // A call that has ended has an outcome; the default is for the type alone.
    const { usage, outcome = 'error' } = call;
    this.#ended += 1;
    this.#outcomes[outcome] += 1;
    this.#attempts += call.attempts;
    this.#retries += Math.max(call.attempts - 1, 0);
    this.#backoffMs += call.backoffMs;
    if (call.endedMs !== undefined) this.#durations.add(call.endedMs - call.startedMs);
    if (call.firstChunkMs !== undefined) this.#firstChunks.add(call.firstChunkMs);
    this.#usageSources[usage.source] += 1;
    this.#input.add(usage.inputTokens);
    this.#cachedInput.add(usage.cachedInputTokens);
    this.#output.add(usage.outputTokens);
    this.#reasoning.add(usage.reasoningTokens);
    this.#addCost(call.costUsd, wasteful[outcome]);
  }

  #addCost(costUsd: number | undefined, isWaste: boolean): void {
    if (costUsd === undefined) {
      this.#unknownCosts += 1;
      return;
    }
    const picoUsd = usdToPicoUsd(costUsd);
    this.#cost.add(picoUsd);
    if (isWaste) this.#wasted.add(picoUsd);
  }

  summary(): Figures {
    return {
      calls: this.#started,
      inFlight: this.#started - this.#ended,
      outcomes: { ...this.#outcomes },
      attempts: this.#attempts,
      retries: this.#retries,
      backoffMs: this.#backoffMs,
      durationMs: this.#durations.summary(),
      firstChunkMs: this.#firstChunks.summary(),
      tokens: {
        input: this.#input.summary(),
        cachedInput: this.#cachedInput.summary(),
        output: this.#output.summary(),
        reasoning: this.#reasoning.summary(),
      },
      cost: { usd: this.#cost.usd, unknownCalls: this.#unknownCosts, wastedUsd: this.#wasted.usd },
      usageSources: { ...this.#usageSources },
    };
  }
}
