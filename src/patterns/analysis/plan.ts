import { TelltaleError } from '../../errors.ts';
import type { Document } from '../document/document.ts';
import { contextWindowOf } from '../document/split/context-window.ts';
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
}

/** Instructions with a long focus, the task, the schema, and what a count of tokens may be off by. */
const reservedTokens = 2_500;
const defaultMaxOutputTokens = 16_000;

/** @throws TelltaleError `invalid_option` where the model's window has no room */
export function planAnalysis(
  document: Document,
  question: AnalysisQuestion & { readonly maxOutputTokens?: number },
): AnalysisPlan {
  const { model, focus, language, reasoningEffort, partTokens = defaultPartTokens } = question;
  const window = contextWindowOf(model);
  const maxOutputTokens =
    question.maxOutputTokens ?? Math.min(defaultMaxOutputTokens, Math.floor(window / 8));
  // An answer that must be mended is sent again with all that it was an answer to.
  const room = window - 2 * maxOutputTokens - reservedTokens;
  // Two results must fit, or there would be no end to putting them together.
  if (room < Math.max(leastTokens, 2 * maxOutputTokens))
    throw new TelltaleError(
      'invalid_option',
      `The window of ${model} has ${window} tokens, which is too small for answers of up to ${maxOutputTokens}. Make \`maxOutputTokens\` smaller.`,
      { option: 'options.maxOutputTokens' },
    );
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
  };
}
