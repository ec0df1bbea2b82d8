import type { CallRequest } from '../call.ts';
import { checkFunction, checkObject, checkOneOf } from '../check.ts';
import { charactersPerToken, measurePrompt } from '../prompt-size.ts';
import { ModelCalibration } from './model-calibration.ts';

/** How many tokens are reserved for a request before it is sent. */
export interface EstimatorOptions {
  /**
   * `'max'` reserves what OpenAI charges a call with when it comes: the larger of its prompt and the most output it asks
   * for. `'sum'` reserves both, so that what a call uses is bounded by what was reserved for it.
   * @default 'max'
   */
  readonly reserve?: 'max' | 'sum';
  /**
   * An exact tokenizer, given all text of a prompt with line breaks between its parts. Where it throws, or gives
   * anything but a number of at least 0, the estimate is used; that is said once.
   * @default characters over 4, corrected by what the answers of the model told
   */
  readonly countTokens?: (text: string, model: string) => number;
}

/** What a call is thought to use, before it is sent. */
export interface TokenEstimate {
  /** To reserve. */
  readonly tokens: number;
  readonly promptTokens: number;
  /** The most output the call asks for, or what is usual for the model where it names no maximum. */
  readonly outputTokens: number;
  /** The model's name; empty where the body has none. */
  readonly model: string;
  /** The prompt by its characters alone. Undefined where the answer cannot tell whether that was right. */
  readonly uncorrected: number | undefined;
  /** Whether the call named a maximum for its output. */
  readonly isBounded: boolean;
}

/** What a call used, as the provider counted it. */
export interface UsedTokens {
  readonly promptTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
}

/** For a call that names no maximum, of a model of which no answer has come yet. */
const unknownOutput = 1_000;
/** Of so many models is remembered what they told: their names are user input. */
const mostModels = 200;
/** More than any limit holds, and still exact when added up. */
const mostTokens = 1e12;

/** Of chat, of Responses, and of completions and older chats. */
const maxima = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'];

const endpointsWithOutput: readonly CallRequest['endpoint'][] = ['chat', 'responses', 'completions'];

type Json = Readonly<Record<string, unknown>>;

/**
 * Says how many tokens to reserve for a call, and learns from what calls used. Pure but for what it has learned,
 * synchronous, never throws on a body, and takes time linear in the prompt.
 *
 * @example
 * ```ts
 * const estimator = new TokenEstimator({ reserve: 'sum' });
 * const estimate = estimator.estimate({ model: 'gpt-5', input: 'Hello', max_output_tokens: 500 });
 * const permit = await limiter.acquire({ tokens: estimate.tokens, model: estimate.model });
 * estimator.learn(estimate, { promptTokens: 8, outputTokens: 120 });
 * ```
 */
export class TokenEstimator {
  readonly #reserve: 'max' | 'sum';
  readonly #countTokens: ((text: string, model: string) => number) | undefined;
  /** The one that told something last comes last. */
  readonly #models = new Map<string, ModelCalibration>();
  #toldOfTokenizer = false;

  /** @throws TelltaleError `invalid_option` */
  constructor(options: EstimatorOptions = {}) {
    const { reserve = 'max', countTokens } = checkObject('options', options, ['reserve', 'countTokens']);
    this.#reserve = checkOneOf('options.reserve', reserve, ['max', 'sum']);
    if (countTokens !== undefined) checkFunction('options.countTokens', countTokens);
    this.#countTokens = options.countTokens;
  }

  /**
   * @param body the request's body, whatever it is
   * @param endpoint of the call: only `chat`, `responses` and `completions` have output. @default one with output
   */
  estimate(body: unknown, endpoint?: CallRequest['endpoint']): TokenEstimate {
    const fields = fieldsOf(body);
    const { model } = fields;
    const known = this.#models.get(model);
    const { exact, uncorrected } = this.#measure(body, model);
    const promptTokens = Math.min(exact ?? Math.ceil(uncorrected * (known?.ratio ?? 1)), mostTokens);
    const isBounded = fields.maximum !== undefined;
    const hasOutput = endpoint === undefined || endpointsWithOutput.includes(endpoint);
    const ofOne = fields.maximum ?? known?.usualOutput ?? unknownOutput;
    const outputTokens = hasOutput ? Math.min(ofOne * fields.choices, mostTokens) : 0;
    return {
      tokens: this.#reserve === 'sum' ? promptTokens + outputTokens : Math.max(promptTokens, outputTokens),
      promptTokens,
      outputTokens,
      model,
      uncorrected: fields.isWhole ? uncorrected : undefined,
      isBounded: isBounded || !hasOutput,
    };
  }

  /** A call is over: what is not a number of at least 0 is unknown and teaches nothing. */
  learn(estimate: TokenEstimate, used: UsedTokens): void {
    const { model, uncorrected, isBounded } = estimate;
    const { promptTokens, outputTokens } = used;
    const tellsPrompt = uncorrected !== undefined && uncorrected > 0 && isCount(promptTokens);
    const tellsOutput = !isBounded && isCount(outputTokens);
    if (!tellsPrompt && !tellsOutput) return;
    const calibration = this.#models.get(model) ?? new ModelCalibration();
    this.#models.delete(model);
    this.#models.set(model, calibration);
    if (this.#models.size > mostModels) {
      const [oldest] = this.#models.keys();
      if (oldest !== undefined) this.#models.delete(oldest);
    }
    if (tellsPrompt) calibration.addPrompt(promptTokens, uncorrected);
    if (tellsOutput) calibration.addOutput(outputTokens);
  }

  #measure(body: unknown, model: string): { exact: number | undefined; uncorrected: number } {
    const texts: string[] = [];
    const countTokens = this.#countTokens;
    const { characters, tokens } = measurePrompt(body, countTokens && ((text) => void texts.push(text)));
    const uncorrected = tokens + Math.ceil(characters / charactersPerToken);
    if (!countTokens) return { exact: undefined, uncorrected };
    let counted: unknown;
    try {
      counted = countTokens(texts.join('\n'), model);
      if (isCount(counted)) return { exact: Math.ceil(counted) + tokens, uncorrected };
    } catch (error) {
      counted = error;
    }
    this.#tellOfTokenizer(counted);
    return { exact: undefined, uncorrected };
  }

  #tellOfTokenizer(got: unknown): void {
    if (this.#toldOfTokenizer) return;
    this.#toldOfTokenizer = true;
    const what = got instanceof Error ? `threw ${got.name}` : `gave a ${typeof got} that is no count`;
    process.emitWarning(
      `\`countTokens\` ${what}: tokens are estimated by characters wherever it does. This is said once.`,
      { type: 'TelltaleWarning', code: 'TELLTALE_COUNT_TOKENS' },
    );
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= mostTokens;
}

/** What else a body says. `isWhole`: all of the prompt is in it, none kept at the provider. */
function fieldsOf(given: unknown): {
  model: string;
  maximum: number | undefined;
  /** How many answers are made of it. */
  choices: number;
  isWhole: boolean;
} {
  let model = '';
  let maximum: number | undefined;
  let choices = 1;
  let isWhole = true;
  try {
    if (typeof given !== 'object' || given === null) return { model, maximum, choices, isWhole };
    const body = given as Json;
    if (typeof body['model'] === 'string') model = body['model'];
    const { prompt } = body;
    isWhole =
      !body['previous_response_id'] &&
      !body['conversation'] &&
      (typeof prompt !== 'object' || Array.isArray(prompt));
    for (const name of maxima) {
      const value = body[name];
      if (isCount(value)) maximum = Math.max(maximum ?? 0, Math.ceil(value));
    }
    for (const name of ['n', 'best_of']) {
      const value = body[name];
      if (isCount(value)) choices = Math.max(choices, Math.ceil(value));
    }
  } catch {
    // A getter in the body threw: the rest is unknown.
    isWhole = false;
  }
  return { model, maximum, choices, isWhole };
}
