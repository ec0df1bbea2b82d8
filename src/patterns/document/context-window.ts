import { invalidOption } from '../../check.ts';

/** How much a model reads and writes at once. */
export interface ContextWindow {
  /** What goes in and what comes out together, reasoning too, in tokens. */
  readonly contextTokens: number;
  /** The most that goes in, in tokens. */
  readonly maxInputTokens: number;
  /** The most that comes out, reasoning too, in tokens. */
  readonly maxOutputTokens: number;
  /** Whether the model is in the table; otherwise this is the smallest window that models of today have. */
  readonly isKnown: boolean;
}

type Row = readonly [contextTokens: number, maxInputTokens: number, maxOutputTokens: number];

const million: Row = [1_050_000, 922_000, 128_000];
const large: Row = [400_000, 272_000, 128_000];
const chat: Row = [128_000, 111_616, 16_384];
const reasoning: Row = [200_000, 100_000, 100_000];

/**
 * By the beginning of the name; the longest that fits counts. From OpenAI's model pages as gpt-tokenizer 4.0.0 has them,
 * read on 2026-11-28; gpt-6-sol and 6.1-sol from two public model catalogues of 2026-10, the other models of gpt-6 as the
 * smaller of its forerunners. Where no page gives the most input, it is what the most output leaves.
 */
const windows: Readonly<Record<string, Row>> = {
  'gpt-6': large,
  'gpt-6-sol': million,
  'gpt-6.1-sol': million,
  'gpt-6.2-sol': million,
  'gpt-5': large,
  'gpt-5-pro': [400_000, 128_000, 272_000],
  'gpt-5-chat': chat,
  'gpt-5.1-chat': chat,
  'gpt-5.2-chat': chat,
  'gpt-5.3-chat': chat,
  'gpt-5.4': million,
  'gpt-5.4-mini': large,
  'gpt-5.4-nano': large,
  'gpt-5.5': million,
  'gpt-5.6': million,
  'gpt-5.6-cyber': large,
  'gpt-4.1': [1_047_576, 1_014_808, 32_768],
  'gpt-4o': chat,
  'chatgpt-4o': chat,
  'gpt-4-turbo': [128_000, 123_904, 4_096],
  'gpt-4': [8_192, 4_096, 4_096],
  'gpt-3.5-turbo': [16_385, 12_289, 4_096],
  'gpt-oss': [131_072, 98_304, 32_768],
  o1: reasoning,
  'o1-mini': [128_000, 62_464, 65_536],
  'o1-preview': [128_000, 95_232, 32_768],
  o3: reasoning,
  'o4-mini': reasoning,
};

/**
 * How much a model reads and writes at once. A model that is not known is taken for one with a window of 128 000 tokens.
 *
 * @param model as a request names it; a date behind the name does not matter
 * @throws TelltaleError `invalid_option` for what is no name
 *
 * @example
 * ```ts
 * contextWindowOf('gpt-5-mini').maxInputTokens; // 272000
 * ```
 */
export function contextWindowOf(model: string): ContextWindow {
  if (typeof model !== 'string') throw invalidOption('model', 'a text', model);
  const base = model.startsWith('ft:') ? model.slice(3) : model;
  const names = Object.keys(windows).filter((name) => isOf(base, name));
  const name = names.reduce((longest, each) => (each.length > longest.length ? each : longest), '');
  const row = windows[name];
  const [contextTokens, maxInputTokens, maxOutputTokens] = row ?? chat;
  return { contextTokens, maxInputTokens, maxOutputTokens, isKnown: row !== undefined };
}

/** `gpt-5` has `gpt-5-mini` and `gpt-5.1`, but not `gpt-50`. */
function isOf(model: string, name: string): boolean {
  return model.startsWith(name) && !/^[a-z0-9]/i.test(model.slice(name.length));
}
