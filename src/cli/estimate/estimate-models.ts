import { estimateOf, measureRequest, type RequestTokens } from '../../account/cost-estimate.ts';
import { type PriceFound, priceFor } from '../../account/cost-of.ts';
import { picoOf, usdOf } from '../shared/exact.ts';
import { checkModel } from '../shared/known-models.ts';
import { type EstimateArguments, usualModels } from './arguments.ts';
import type { Input, InputRequest } from './read-input.ts';

/** From the least to the most. */
export interface Range {
  readonly least: number;
  /** Absent where it is not known. */
  readonly likely?: number;
  /** Absent where nothing bounds an answer. */
  readonly most?: number;
}

/** What all requests would take and cost at one model. */
export interface ModelEstimate {
  readonly model: string;
  readonly requests: number;
  readonly inputTokens: { readonly likely: number; readonly most: number };
  readonly outputTokens: { readonly likely?: number; readonly most?: number };
  /** Undefined where a request has no price. */
  readonly usd: Range | undefined;
  readonly unpriced?: 'model' | 'tier' | 'time';
  /** In batches; undefined where the model has no price for them. Absent unless asked for. */
  readonly batchUsd?: Range | undefined;
  /** What the cache takes off `least` and `likely`. Absent unless asked for, or where there is no price. */
  readonly cacheSavesUsd?: number;
}

/** Adds a range up in whole pico-dollars; what one request does not know, the sum does not. */
class RangeSum {
  #least = 0n;
  #likely: bigint | undefined = 0n;
  #most: bigint | undefined = 0n;
  isKnown = true;

  add(usd: Range | undefined): void {
    if (usd === undefined) {
      this.isKnown = false;
      return;
    }
    this.#least += picoOf(usd.least);
    this.#likely = plus(this.#likely, usd.likely);
    this.#most = plus(this.#most, usd.most);
  }

  get range(): Range | undefined {
    if (!this.isKnown) return undefined;
    return {
      least: usdOf(this.#least),
      ...(this.#likely !== undefined && { likely: usdOf(this.#likely) }),
      ...(this.#most !== undefined && { most: usdOf(this.#most) }),
    };
  }
}

function plus(sum: bigint | undefined, usd: number | undefined): bigint | undefined {
  return sum === undefined || usd === undefined ? undefined : sum + picoOf(usd);
}

class ModelSum {
  readonly #model: string;
  readonly #settings: EstimateArguments;
  readonly #standard: PriceFound;
  readonly #batch: PriceFound;
  readonly #usd = new RangeSum();
  readonly #batchUsd = new RangeSum();
  readonly #uncached = new RangeSum();
  #requests = 0;
  #input = 0;
  #mostInput = 0;
  #output: number | undefined = 0;
  #mostOutput: number | undefined = 0;
  #unpriced: ModelEstimate['unpriced'];

  constructor(model: string, settings: EstimateArguments) {
    this.#model = model;
    this.#settings = settings;
    this.#standard = priceFor({ model });
    this.#batch = priceFor({ model, batch: true });
  }

  add(tokens: RequestTokens): void {
    const { usd, unpriced, outputTokens } = estimateOf(tokens, this.#standard);
    this.#requests++;
    this.#input += tokens.likelyInput;
    this.#mostInput += tokens.mostInput;
    this.#output = sumOf(this.#output, outputTokens.likely);
    this.#mostOutput = sumOf(this.#mostOutput, outputTokens.most);
    this.#usd.add(usd);
    if (unpriced !== undefined) this.#unpriced = unpriced;
    const { hasBatch, cachedShare } = this.#settings;
    if (hasBatch) this.#batchUsd.add(estimateOf(tokens, this.#batch).usd);
    if (cachedShare > 0) this.#uncached.add(estimateOf({ ...tokens, cachedInput: 0 }, this.#standard).usd);
  }

  get estimate(): ModelEstimate {
    const { range: usd } = this.#usd;
    const { hasBatch, cachedShare } = this.#settings;
    const saves = usd && picoOf(this.#uncached.range?.least ?? 0) - picoOf(usd.least);
    return {
      model: this.#model,
      requests: this.#requests,
      inputTokens: { likely: this.#input, most: this.#mostInput },
      outputTokens: {
        ...(this.#output !== undefined && { likely: this.#output }),
        ...(this.#mostOutput !== undefined && { most: this.#mostOutput }),
      },
      usd,
      ...(this.#unpriced !== undefined && { unpriced: this.#unpriced }),
      ...(hasBatch && { batchUsd: this.#batchUsd.range }),
      ...(cachedShare > 0 && saves !== undefined && { cacheSavesUsd: usdOf(saves) }),
    };
  }
}

function sumOf(sum: number | undefined, count: number | undefined): number | undefined {
  return sum === undefined || count === undefined ? undefined : sum + count;
}

/**
 * Estimates each request at each model that was asked for, or, where none was, at the one that it names.
 *
 * @throws UsageError for a model without a price
 */
export async function estimateModels(
  input: Input,
  settings: EstimateArguments,
): Promise<readonly ModelEstimate[]> {
  const sums = new Map<string, ModelSum>();
  const sumOfModel = (model: string): ModelSum => {
    const known = sums.get(model);
    if (known) return known;
    const sum = new ModelSum(model, settings);
    sums.set(model, sum);
    return sum;
  };
  const models = settings.models ?? (input.kind === 'requests' ? undefined : usualModels(settings.model));
  for await (const request of input.requests) {
    const tokens = measure(request, settings);
    for (const model of models ?? [modelOf(request, settings)]) sumOfModel(model).add(tokens);
  }
  return [...sums.values()].map(({ estimate }) => estimate);
}

function modelOf({ model }: InputRequest, settings: EstimateArguments): string {
  checkModel(model === undefined ? 'OPENAI_MODEL' : 'a request', model ?? settings.model);
  return model ?? settings.model;
}

function measure({ body }: InputRequest, settings: EstimateArguments): RequestTokens {
  const { maxOutputTokens, outputTokens, cachedShare } = settings;
  const tokens = measureRequest({ input: body, maxOutputTokens, outputTokens }, settings.model);
  return { ...tokens, cachedInput: Math.floor(tokens.likelyInput * cachedShare) };
}
