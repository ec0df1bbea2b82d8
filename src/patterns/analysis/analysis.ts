import type { Document, DocumentType } from '../document/document.ts';
import type { AnalysisOutcome, AnalysisRecord } from './analysis-record.ts';
import type { AnalysisPlan } from './plan.ts';
import { type ReportPoint, toReportPoint } from './references.ts';
import type { Spending } from './spending.ts';

/** A report on a document. It is JSON. */
export interface DocumentAnalysis {
  /** By which the analysis is known in its store. */
  readonly id: string;
  readonly document: {
    readonly name: string;
    readonly type: DocumentType;
    readonly title?: string;
    readonly characters: number;
    readonly pages?: number;
    /** Pages on which nothing could be read: pictures, most likely. */
    readonly pagesWithoutText?: readonly number[];
  };
  readonly model: string;
  readonly summary: string;
  readonly keyPoints: readonly ReportPoint[];
  readonly recommendations: readonly ReportPoint[];
  /** What was left out: nothing, unless `onPartFailed: 'skip'` was chosen. */
  readonly skipped: readonly SkippedPart[];
  readonly figures: AnalysisFigures;
}

/** A part of a document that is not in its report, and why. */
export interface SkippedPart {
  /** From 1. */
  readonly part: number;
  /** The blocks of the document that it holds, the first and the last. */
  readonly blocks: readonly [number, number];
  /** Its pages, the first and the last; only of a PDF. */
  readonly pages?: readonly [number, number];
  readonly why: string;
}

/** What an analysis took: parts, calls, tokens, money, over all its runs. */
export interface AnalysisFigures extends Omit<Spending, 'costUsd'> {
  /** In USD, all runs together; undefined where the cost of a call is unknown, which `unpricedCalls` counts. */
  readonly costUsd: number | undefined;
  /** What is known of it: the same, unless a cost is unknown. */
  readonly knownCostUsd: number;
  readonly parts: number;
  /** Calls that put results together. */
  readonly reductions: number;
  /** Answers that broke the schema and were mended. */
  readonly repairs: number;
  /** References of the model to what it was not shown, which were left out of the report. */
  readonly droppedReferences: number;
  /** Quotes that did not stand in their block, in whose place the block itself is quoted. */
  readonly requotedReferences: number;
  /** How long it was worked on, all runs together, in milliseconds. */
  readonly durationMs: number;
  /** When it ended: milliseconds since 1970. */
  readonly endedMs: number;
}

export function toAnalysis(
  plan: AnalysisPlan,
  document: Document,
  record: AnalysisRecord,
  outcome: AnalysisOutcome,
): DocumentAnalysis {
  const { name, type, title, characters, pages, pagesWithoutText } = document;
  const { findings, counts, spent } = outcome;
  const { costUsd, ...used } = spent;
  return {
    id: plan.id,
    document: {
      name,
      type,
      ...(title !== undefined && { title }),
      characters,
      ...(pages !== undefined && { pages }),
      ...(pagesWithoutText !== undefined && pagesWithoutText.length > 0 && { pagesWithoutText }),
    },
    model: record.model,
    summary: findings.summary,
    keyPoints: findings.keyPoints.map((point) => toReportPoint(point, document)),
    recommendations: findings.recommendations.map((point) => toReportPoint(point, document)),
    skipped: outcome.skipped.map(({ part, why }) => ({ part, ...extentOf(plan, part), why })),
    figures: {
      ...used,
      costUsd: spent.unpricedCalls > 0 ? undefined : costUsd,
      knownCostUsd: costUsd,
      parts: outcome.parts,
      reductions: outcome.reductions,
      repairs: outcome.repairs,
      droppedReferences: counts.dropped,
      requotedReferences: counts.requoted,
      durationMs: record.workedMs,
      endedMs: outcome.endedMs,
    },
  };
}

/** What a part holds, for people. */
export function extentOf(plan: AnalysisPlan, number: number): Pick<SkippedPart, 'blocks' | 'pages'> {
  const places = plan.parts[number - 1]?.places ?? [];
  const [first, last] = [places[0], places.at(-1)];
  if (!first || !last) return { blocks: [0, 0] };
  const blocks = [first.block, last.block] as const;
  return first.page === undefined || last.page === undefined
    ? { blocks }
    : { blocks, pages: [first.page, last.page] };
}
