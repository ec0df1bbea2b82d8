import { checkFunction, checkNumber, checkObject, invalidOption } from '../../../check.ts';

/** How large the parts of a document are, and how far they overlap. */
export interface SplitOptions {
  /** The most tokens that a part may have, its marks and the headings above included. At least 32. */
  readonly maxTokens: number;
  /**
   * Counts the tokens of a text, as a tokenizer does. Called with each stretch of the document a few times at most.
   *
   * @default a token for every four characters, which is about right for English; Chinese and Japanese need up to four
   * times as many
   */
  readonly countTokens?: (text: string) => number;
  /** How much of a part's end the next one repeats, in tokens: at most half of `maxTokens`. @default 0 */
  readonly overlapTokens?: number;
}

export interface CheckedSplitOptions {
  readonly maxTokens: number;
  readonly overlapTokens: number;
  /** Tokens of a text; not rounded, so that sums are exact. */
  readonly measure: (text: string) => number;
}

export const leastTokens = 32;

/** As everywhere else in this package. */
const charactersPerToken = 4;

export function checkSplitOptions(options: SplitOptions): CheckedSplitOptions {
  checkObject('options', options, ['maxTokens', 'countTokens', 'overlapTokens']);
  const maxTokens = checkNumber('options.maxTokens', options.maxTokens, { min: leastTokens, integer: true });
  const overlapTokens = checkNumber('options.overlapTokens', options.overlapTokens ?? 0, {
    min: 0,
    max: Math.floor(maxTokens / 2),
    integer: true,
  });
  const { countTokens } = options;
  if (countTokens === undefined) {
    return { maxTokens, overlapTokens, measure: (text) => text.length / charactersPerToken };
  }
  checkFunction('options.countTokens', countTokens);
  const measure = (text: string): number => {
    const tokens: unknown = countTokens(text);
    if (typeof tokens === 'number' && tokens >= 0 && tokens < Number.POSITIVE_INFINITY) return tokens;
    throw invalidOption('options.countTokens', 'a function that gives a number of at least 0', tokens);
  };
  return { maxTokens, overlapTokens, measure };
}
