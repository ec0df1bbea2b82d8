import { checkNumber, checkObject, invalidOption } from '../check.ts';
import { usdOfPico } from './budget/exact-usd.ts';
import { dearestPico, type MostTokens, mostTokensOf } from './budget/most-cost.ts';
import { costUsdOf } from './cost.ts';
import { type PriceChoice, type PriceFound, priceFor } from './cost-of.ts';
import { estimateInputTokens } from './estimate.ts';
import { type CallPrice, findPrice, type TierPrice } from './prices.ts';

/** A request whose cost is estimated before it is sent: its prompt, and how long the answer may become. */
export interface EstimateQuestion extends PriceChoice {
  /**
   * The prompt, which is measured without a tokenizer: a text, a list of messages, or a whole request body of chat,
   * Responses or embeddings, whose tools, maximum of output and number of answers count too. This or `inputTokens` is needed.
   */
  readonly input?: string | readonly unknown[] | Readonly<Record<string, unknown>>;
  /** Tokens of the prompt, where they are known; goes before what `input` measures. */
  readonly inputTokens?: number;
  /** Those of the input that the provider is likely to read from its prompt cache. @default 0 */
  readonly cachedInputTokens?: number;
  /** What it is likely to write, reasoning included, of all answers together. @default not known */
  readonly outputTokens?: number;
  /** The most that each answer may have, as `max_output_tokens`. @default what the body of `input` names, or not known */
  readonly maxOutputTokens?: number;
}

/** What a request may use and cost. What is not known is absent. */
export interface CostEstimate {
  readonly model: string;
  /** Equal where `inputTokens` was given. `likely` takes four characters for a token; `most` is what a budget reserves. */
  readonly inputTokens: { readonly likely: number; readonly most: number };
  /** `most` is absent where nothing bounds the answer: a reasoning model may then write its whole window. */
  readonly outputTokens: { readonly likely?: number; readonly most?: number };
  /** Undefined, never 0, where the request has no price: `unpriced` says why. */
  readonly usd:
    | {
        /** The likely prompt, with what is cached of it, and an answer without a token. */
        readonly least: number;
        /** With the likely answer; absent where that is not known, or may be something else than text. */
        readonly likely?: number;
        /**
         * The largest prompt and the longest answer, each token at the dearest price that it may have, nothing read from a
         * cache: what a budget reserves. Absent where the answer has no bound.
         */
        readonly most?: number;
      }
    | undefined;
  /**
   * Why `usd` is undefined: the `model` has no price, or none in this `tier` (in a batch, for a prompt as long as this), or
   * it is billed by `time`. Else absent.
   */
  readonly unpriced?: 'model' | 'tier' | 'time';
}

const questionNames = [
  ...['input', 'inputTokens', 'cachedInputTokens', 'outputTokens', 'maxOutputTokens'],
  ...['model', 'batch', 'serviceTier', 'prices'],
];
const mostTokens = 1e9;

/**
 * What a request is about to use and cost, before it is sent. Nothing is asked of the provider.
 *
 * What cannot be seen from here is not in it: a conversation or a prompt that the provider keeps, the true size of pictures and files,
 * fees for tools.
 *
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const { usd } = estimateCost({ model: 'gpt-5-mini', input: text, maxOutputTokens: 2_000 });
 * console.log(usd === undefined ? 'no price known' : `from $${usd.least} to $${usd.most}`);
 * ```
 */
export function estimateCost(question: EstimateQuestion): CostEstimate {
  const given = checkObject('question', question, questionNames);
  const found = priceFor(given);
  return estimateOf(measureRequest(given, found.model), found);
}

/** What a request of these tokens costs at a price that was looked for. */
export function estimateOf(tokens: RequestTokens, found: PriceFound): CostEstimate {
  const known = {
    model: found.model,
    inputTokens: { likely: tokens.likelyInput, most: tokens.mostInput },
    outputTokens: {
      ...(tokens.likelyOutput !== undefined && { likely: tokens.likelyOutput }),
      ...(tokens.mostOutput !== undefined && { most: tokens.mostOutput }),
    },
  };
  const { price } = found;
  if (price === undefined) return { ...known, usd: undefined, unpriced: found.isKnown ? 'tier' : 'model' };
  if (price.audioMinuteUsd !== undefined) return { ...known, usd: undefined, unpriced: 'time' };
  const least = costUsdOf({ ...promptUsage(tokens), ...nothingBut }, price);
  if (least === undefined) return { ...known, usd: undefined, unpriced: 'tier' };
  const likely =
    tokens.likelyOutput === undefined
      ? undefined
      : costUsdOf({ ...promptUsage(tokens), outputTokens: tokens.likelyOutput }, price);
  const most = mostUsd(price, tokens, found);
  return {
    ...known,
    usd: { least, ...(likely !== undefined && { likely }), ...(most !== undefined && { most }) },
  };
}

/** What a request takes at any model. */
export interface RequestTokens {
  readonly likelyInput: number;
  readonly mostInput: number;
  readonly cachedInput: number;
  readonly likelyOutput: number | undefined;
  readonly mostOutput: number | undefined;
}

/** @throws TelltaleError `invalid_option` */
export function measureRequest(given: Readonly<Record<string, unknown>>, model: string): RequestTokens {
  const count = (name: string): number | undefined =>
    given[name] === undefined
      ? undefined
      : checkNumber(`question.${name}`, given[name], { min: 0, max: mostTokens, integer: true });
  const exact = count('inputTokens');
  const body = bodyOf(given['input']);
  if (exact === undefined && body === undefined)
    throw invalidOption(
      'question.input',
      'a text, messages or a request, unless `inputTokens` is given',
      undefined,
    );
  const measured: MostTokens = mostTokensOf({ body: body ?? {}, model });
  const likelyInput = exact ?? Math.min(estimateInputTokens(body), measured.inputTokens);
  const cached = count('cachedInputTokens') ?? 0;
  if (exact !== undefined && cached > exact)
    throw invalidOption('question.cachedInputTokens', `at most \`inputTokens\`, which is ${exact}`, cached);
  const each = count('maxOutputTokens') ?? measured.outputTokens;
  const mostOutput = each === undefined ? undefined : each * measured.choices;
  const likelyOutput = count('outputTokens');
  return {
    likelyInput,
    mostInput: exact ?? measured.inputTokens,
    cachedInput: Math.min(cached, likelyInput),
    likelyOutput: likelyOutput === undefined ? undefined : Math.min(likelyOutput, mostOutput ?? likelyOutput),
    mostOutput,
  };
}

function bodyOf(input: unknown): Readonly<Record<string, unknown>> | undefined {
  if (input === undefined) return undefined;
  if (typeof input === 'string' || Array.isArray(input)) return { input };
  if (typeof input === 'object' && input !== null) return input as Readonly<Record<string, unknown>>;
  throw invalidOption('question.input', 'a text, a list of messages, or a request body', input);
}

function promptUsage({ likelyInput, cachedInput }: RequestTokens) {
  return { source: 'estimated', inputTokens: likelyInput, cachedInputTokens: cachedInput } as const;
}

/** Text costs no more than sound and pictures, so this is the least. */
const nothingBut = { audioInputTokens: 0, imageInputTokens: 0, outputTokens: 0 } as const;

function mostUsd(
  price: TierPrice,
  tokens: RequestTokens,
  { model, prices, tier }: PriceFound,
): number | undefined {
  // What a tier has no room for may be served as standard; a batch waits instead.
  const standard = tier === undefined || tier === 'batch' ? undefined : findPrice(model, prices);
  const all = [price, ...(standard === undefined ? [] : [standard])].map((one) => mostPico(one, tokens));
  if (all.some((pico) => pico === undefined)) return undefined;
  return Math.max(...all.map((pico) => usdOfPico(pico ?? 0n)));
}

function mostPico(price: CallPrice, { mostInput, mostOutput }: RequestTokens): bigint | undefined {
  if (price.audioMinuteUsd !== undefined) return undefined;
  if (price.upToTokens !== undefined && mostInput > price.upToTokens) return undefined;
  const { outputUsd, audioOutputUsd = 0, imageOutputUsd = 0 } = price;
  const hasNoOutput = outputUsd + audioOutputUsd + imageOutputUsd === 0;
  const output = hasNoOutput ? 0 : mostOutput;
  return output === undefined ? undefined : dearestPico(price, mostInput, output);
}
