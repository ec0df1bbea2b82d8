import { type Call, type Outcome, sentModelOf, type UsageSource } from '../call.ts';
import { type DurationSummary, Durations } from '../durations.ts';
import { isWasteful, type WastefulOutcome } from './failed.ts';
import { MoneySum, usdToPicoUsd } from './money.ts';
import { TokenCounts, type TokenSummary } from './token-counts.ts';
import { isUnbilled } from './unbilled.ts';
import { UnpricedModels } from './unpriced-models.ts';

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
    readonly cacheWriteInput: TokenSummary;
    readonly audioInput: TokenSummary;
    readonly imageInput: TokenSummary;
    readonly output: TokenSummary;
    readonly reasoning: TokenSummary;
    readonly audioOutput: TokenSummary;
    readonly imageOutput: TokenSummary;
  };
  readonly cost: {
    /** Over the calls whose cost is known, added up exactly. */
    readonly usd: number;
    /**
     * Calls that may have cost something that is not known: their tokens are unknown, or their model has no price for
     * them. Calls that cost nothing are not among them: those that were never sent, that the provider answered with
     * an error status, that only read or deleted something or cancelled a response, and moderations. Nor are those that
     * began a response in the background, or a batch: what that costs is on the first call that brings its usage. One that
     * is over without saying what it used counts once.
     */
    readonly unknownCalls: number;
    /**
     * The calls among `unknownCalls` whose tokens are known, by the model that answered. What is missing is a price in
     * `prices`, for the model, its tier or a kind of its tokens (or, rarely, the counts do not tell enough to apply
     * one). The first 20 models that came are named; calls of others are under `_other`.
     */
    readonly unpricedModels: Readonly<Record<string, number>>;
    /** The part of `usd` that bought nothing usable: outcome error, cancelled, truncated or empty, as in the metric. */
    readonly wastedUsd: number;
    /** Why: the same by how those calls ended. */
    readonly wastedUsdByOutcome: Readonly<Record<WastefulOutcome, number>>;
    /** What the provider's prompt cache saved, net of what was paid for writing into it, over the calls where that is known. */
    readonly cacheSavedUsd: number;
  };
  /**
   * Part of the input tokens that the provider read from its prompt cache, over the calls where both are known; undefined
   * while there is none.
   */
  readonly cacheHitRate: number | undefined;
  /** Where the token counts came from. */
  readonly usageSources: Readonly<Record<UsageSource, number>>;
}

/** Adds calls up to `Figures`, in memory that does not grow with them. */
export class FiguresTally {
  readonly #durations: Durations;
  readonly #firstChunks: Durations;
  readonly #input = new TokenCounts();
  readonly #cachedInput = new TokenCounts();
  readonly #cacheWriteInput = new TokenCounts();
  readonly #audioInput = new TokenCounts();
  readonly #imageInput = new TokenCounts();
  readonly #output = new TokenCounts();
  readonly #reasoning = new TokenCounts();
  readonly #audioOutput = new TokenCounts();
  readonly #imageOutput = new TokenCounts();
  readonly #cost = new MoneySum();
  readonly #wasted = new MoneySum();
  readonly #wastedBy: Readonly<Record<WastefulOutcome, MoneySum>> = {
    error: new MoneySum(),
    cancelled: new MoneySum(),
    truncated: new MoneySum(),
    empty: new MoneySum(),
  };
  readonly #cacheSaved = new MoneySum();
  readonly #unpriced = new UnpricedModels();
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
  /** Input tokens of the calls of which it is known how many came from the cache, and those. */
  #cacheable = 0;
  #fromCache = 0;

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
    const { outcome = 'error' } = call;
    this.#ended += 1;
    this.#outcomes[outcome] += 1;
    this.#attempts += call.attempts;
    this.#retries += Math.max(call.attempts - 1, 0);
    this.#backoffMs += call.backoffMs;
    if (call.endedMs !== undefined) this.#durations.add(call.endedMs - call.startedMs);
    if (call.firstChunkMs !== undefined) this.#firstChunks.add(call.firstChunkMs);
  }

  /** Tokens and money of a call that has ended. */
  spent(call: Call): void {
    const { usage, outcome = 'error' } = call;
    this.#usageSources[usage.source] += 1;
    const isBatch = call.job?.isBatch === true;
    this.#input.add(usage.inputTokens, isBatch);
    this.#cachedInput.add(usage.cachedInputTokens, isBatch);
    this.#cacheWriteInput.add(usage.cacheWriteInputTokens, isBatch);
    this.#audioInput.add(usage.audioInputTokens, isBatch);
    this.#imageInput.add(usage.imageInputTokens, isBatch);
    this.#output.add(usage.outputTokens, isBatch);
    this.#reasoning.add(usage.reasoningTokens, isBatch);
    this.#audioOutput.add(usage.audioOutputTokens, isBatch);
    this.#imageOutput.add(usage.imageOutputTokens, isBatch);
    this.#addCache(call);
    if (call.costUsd === undefined) this.#addUnknownCost(call);
    else this.#addCost(call.costUsd, outcome);
  }

  #addCache({ usage, cacheSavedUsd }: Call): void {
    const { inputTokens, cachedInputTokens } = usage;
    if (cacheSavedUsd !== undefined) this.#cacheSaved.add(usdToPicoUsd(cacheSavedUsd));
    if (inputTokens === undefined || cachedInputTokens === undefined) return;
    this.#cacheable += inputTokens;
    this.#fromCache += cachedInputTokens;
  }

  #addCost(costUsd: number, outcome: Outcome): void {
    const picoUsd = usdToPicoUsd(costUsd);
    this.#cost.add(picoUsd);
    if (!isWasteful(outcome)) return;
    this.#wasted.add(picoUsd);
    this.#wastedBy[outcome].add(picoUsd);
  }

  #addUnknownCost(call: Call): void {
    if (isUnbilled(call)) return;
    this.#unknownCosts += 1;
    if (call.usage.source !== 'unknown') this.#unpriced.add(call.response.model ?? sentModelOf(call));
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
        cacheWriteInput: this.#cacheWriteInput.summary(),
        audioInput: this.#audioInput.summary(),
        imageInput: this.#imageInput.summary(),
        output: this.#output.summary(),
        reasoning: this.#reasoning.summary(),
        audioOutput: this.#audioOutput.summary(),
        imageOutput: this.#imageOutput.summary(),
      },
      cost: {
        usd: this.#cost.usd,
        unknownCalls: this.#unknownCosts,
        unpricedModels: this.#unpriced.summary(),
        wastedUsd: this.#wasted.usd,
        wastedUsdByOutcome: {
          error: this.#wastedBy.error.usd,
          cancelled: this.#wastedBy.cancelled.usd,
          truncated: this.#wastedBy.truncated.usd,
          empty: this.#wastedBy.empty.usd,
        },
        cacheSavedUsd: this.#cacheSaved.usd,
      },
      cacheHitRate: this.#cacheable === 0 ? undefined : this.#fromCache / this.#cacheable,
      usageSources: { ...this.#usageSources },
    };
  }
}
