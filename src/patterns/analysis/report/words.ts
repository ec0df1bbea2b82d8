import { describePlace } from '../../document/document.ts';
import type { DocumentAnalysis, SkippedPart } from '../analysis.ts';
import type { AnalysesCompared } from '../compare.ts';
import type { Reference } from '../references.ts';

/** What can be shown as a report. */
export type Report = DocumentAnalysis | AnalysesCompared;

export function isCompared(report: Report): report is AnalysesCompared {
  return 'analyses' in report;
}

/** Takes out what a text from a document or a model may do to a page or a terminal: control characters, and those that turn the direction of writing. */
export function harmless(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (found) =>
    found === '\n' ? found : found === '\t' || found === '\r' ? ' ' : '\ufffd',
  );
}

/** In one line. */
export function inline(text: string): string {
  return harmless(text).replace(/\s+/gu, ' ').trim();
}

export function paragraphsOf(text: string): readonly string[] {
  return harmless(text)
    .split(/\n\s*\n/u)
    .map((paragraph) => inline(paragraph))
    .filter((paragraph) => paragraph !== '');
}

/** What stands under a point for which a model named no place, or none that is there. */
export const noPlace = 'without a place in the document';

export function placeOf(reference: Reference): string {
  return inline(describePlace(reference));
}

/** As `$0.0046`; what is not known is said to be so. */
export function usd(amount: number | undefined): string {
  if (amount === undefined) return 'unknown';
  if (amount === 0) return '$0';
  if (amount < 0.000_001) return 'less than $0.000001';
  return `$${amount.toFixed(amount >= 100 ? 0 : amount >= 1 ? 2 : amount >= 0.01 ? 4 : 6)}`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** As `1 part` and `2 parts`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

export function duration(ms: number): string {
  if (ms < 950) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What was analysed, in a line. */
export function documentLine({ document }: DocumentAnalysis): string {
  const { type, pages, characters } = document;
  const names = { text: 'text', markdown: 'Markdown', html: 'HTML', pdf: 'PDF' } as const;
  return [
    names[type],
    ...(pages === undefined ? [] : [counted(pages, 'page')]),
    counted(characters, 'character'),
  ].join(', ');
}

/** A line of the table with which a report begins. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/**
 * What an analysis used and cost, as names and texts for a table.
 *
 * @example
 * ```ts
 * for (const { name, value } of factsOf(analysis)) console.log(name, value);
 * ```
 */
export function factsOf({ figures }: DocumentAnalysis): readonly Fact[] {
  const { costUsd, knownCostUsd, unpricedCalls, inputTokens, outputTokens, reasoningTokens, durationMs } =
    figures;
  const unpriced = `${unpricedCalls} of ${counted(figures.calls, 'call')} without a price`;
  const known = knownCostUsd > 0 ? `more than ${usd(knownCostUsd)}` : 'unknown';
  return [
    { name: 'Cost', value: costUsd === undefined ? `${known} (${unpriced})` : usd(costUsd) },
    { name: 'Time', value: duration(durationMs) },
    { name: 'Tokens in', value: count(inputTokens) },
    { name: 'Tokens out', value: count(outputTokens) },
    { name: 'Reasoning', value: count(reasoningTokens) },
    { name: 'Calls', value: count(figures.calls) },
    { name: 'Parts', value: count(figures.parts) },
  ];
}

/**
 * What a reader must know of how good a report is, in sentences; empty where there is nothing to say.
 *
 * @example
 * ```ts
 * for (const caveat of reportCaveats(analysis)) console.warn(caveat);
 * ```
 */
export function caveatsOf(analysis: DocumentAnalysis): readonly string[] {
  const { figures, document, skipped } = analysis;
  const { droppedReferences: dropped, requotedReferences: requoted, repairs } = figures;
  const empty = document.pagesWithoutText ?? [];
  return [
    ...skipped.map(skippedLine),
    ...(empty.length > 0
      ? [
          `Nothing could be read on ${counted(empty.length, 'page')}, which may be pictures: ${ranges(empty)}.`,
        ]
      : []),
    ...(dropped > 0
      ? [
          `${counted(dropped, 'reference')} of the model to places that it was not shown ${dropped === 1 ? 'was' : 'were'} left out.`,
        ]
      : []),
    ...(requoted > 0
      ? [
          `${counted(requoted, 'quote')} of the model did not stand where it said: the document itself is quoted there.`,
        ]
      : []),
    ...(repairs > 0 ? [`${counted(repairs, 'answer')} had to be mended.`] : []),
  ];
}

function skippedLine({ part, blocks, pages, why }: SkippedPart): string {
  const [first, last] = pages ?? blocks;
  const extent = `${pages ? 'page' : 'block'}${first === last ? ` ${first}` : `s ${first} to ${last}`}`;
  return `Part ${part} (${extent}) is not in this report: ${inline(why).replace(/[.!]$/u, '')}.`;
}

/** As `3, 7–9`; only the first of them where there are many. */
function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  const shown = found.slice(0, 12).map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`));
  return found.length > 12 ? `${shown.join(', ')}, …` : shown.join(', ');
}
