import { TelltaleError } from '../../errors.ts';
import { contextWindowOf } from '../document/context-window.ts';
import type { Document } from '../document/document.ts';
import type { Part } from '../document/split/part.ts';
import { splitDocument } from '../document/split/split-document.ts';
import { digest } from './digest.ts';
import { type AnalysisQuestion, defaultPartTokens, leastTokens, wishOf } from './options.ts';
import { partQuestion, promptVersion, type RequestSettings } from './prompts.ts';
import type { Step } from './step.ts';
import { tokensOf } from './tokens.ts';

/** What there is to do. The same document and question give the same plan. */
export interface AnalysisPlan {
  /** Of the analysis, in the store. */
  readonly id: string;
  readonly documentDigest: string;
  readonly settings: RequestSettings;
  readonly parts: readonly Part[];
  readonly steps: readonly Step[];
  /** Tokens that one call has for results to put together. */
  readonly room: number;
  /** Tokens that each call has of what the reader wants. */
  readonly wishTokens: number;
}

/** Instructions, the task, the schema, and what a count of tokens may be off by. */
const reservedTokens = 2_500;
const defaultMaxOutputTokens = 16_000;

/** @throws TelltaleError `invalid_option` where the model's window has no room */
export function planAnalysis(
  document: Document,
  question: AnalysisQuestion & { readonly maxOutputTokens?: number },
): AnalysisPlan {
  const { model, focus, language, reasoningEffort, partTokens = defaultPartTokens } = question;
  const window = contextWindowOf(model);
  const mostOutput = window.isKnown ? window.maxOutputTokens : Number.POSITIVE_INFINITY;
  const eighth = Math.floor(window.contextTokens / 8);
  const maxOutputTokens = question.maxOutputTokens ?? Math.min(defaultMaxOutputTokens, mostOutput, eighth);
  if (maxOutputTokens > mostOutput) throw badOutput(`${model} gives at most ${mostOutput}`, maxOutputTokens);
  const wishTokens = Math.ceil(tokensOf(`${focus ?? ''}${language ?? ''}`));
  // An answer that must be mended is sent again with all that it was an answer to.
  const room =
    Math.min(window.maxInputTokens, window.contextTokens - maxOutputTokens) -
    maxOutputTokens -
    reservedTokens -
    wishTokens;
  // Two results must fit, or there would be no end to putting them together.
  if (room < Math.max(leastTokens, 2 * maxOutputTokens)) {
    const focused = wishTokens > leastTokens ? `, of which the focus takes about ${wishTokens}` : '';
    throw badOutput(
      `the window of ${model} has only ${window.contextTokens} tokens${focused}`,
      maxOutputTokens,
    );
  }
  const maxTokens = Math.min(partTokens, room);
  const parts = splitDocument(document, { maxTokens, countTokens: tokensOf });
  const documentDigest = digest([document.type, document.blocks]);
  const wish = wishOf(question);
  return {
    id: digest([promptVersion, documentDigest, model, focus, language, reasoningEffort, maxTokens]),
    documentDigest,
    settings: { model, maxOutputTokens, reasoningEffort },
    parts,
    steps: parts.map((part, index) => ({
      kind: 'part',
      question: partQuestion({ text: part.text, index, count: parts.length }, wish),
      shown: new Set(part.places.map(({ block }) => block)),
    })),
    room,
    wishTokens,
  };
}

function badOutput(because: string, given: number): TelltaleError {
  return new TelltaleError(
    'invalid_option',
    `Expected \`options.maxOutputTokens\` to be smaller than ${given}, as ${because}.`,
    { option: 'options.maxOutputTokens' },
  );
}
