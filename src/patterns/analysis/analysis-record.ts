import { asCount, asObject, asString } from '../../json.ts';
import type { RecordKind } from '../store/records.ts';
import { readSpending, type Spending } from './spending.ts';
import { readResult, type StepResult } from './step-record.ts';

/** What is kept of an analysis beside its steps. */
export interface AnalysisRecord {
  readonly documentName: string;
  readonly model: string;
  /** How often it was begun anew: no step of an earlier time is one of this. */
  readonly generation: number;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** How long it was worked on, all runs together. */
  readonly workedMs: number;
  /** Of the trace that all runs are in. */
  readonly traceparent?: string;
  readonly outcome?: AnalysisOutcome;
}

/** As it ended. */
export interface AnalysisOutcome extends StepResult {
  readonly endedMs: number;
  readonly spent: Spending;
  readonly parts: number;
  readonly reductions: number;
  /** Answers that broke the schema and were mended. */
  readonly repairs: number;
  /** Parts that are not in the report, by their number from 1, and why. */
  readonly skipped: readonly { readonly part: number; readonly why: string }[];
}

export const analysisKind: RecordKind<AnalysisRecord> = {
  name: 'analysis',
  version: 1,
  read: (value) => {
    const { outcome, traceparent } = value;
    const createdMs = asCount(value['createdMs']);
    const generation = asCount(value['generation']);
    const workedMs = value['workedMs'];
    const documentName = asString(value['documentName']);
    const model = asString(value['model']);
    if (
      createdMs === undefined ||
      generation === undefined ||
      documentName === undefined ||
      model === undefined
    )
      throw new Error('it is no analysis');
    if (typeof workedMs !== 'number') throw new Error('its workedMs is no number');
    return {
      documentName,
      model,
      generation,
      createdMs,
      workedMs,
      ...(typeof traceparent === 'string' && { traceparent }),
      ...(outcome !== undefined && { outcome: readOutcome(outcome) }),
    };
  },
};

function readOutcome(value: unknown): AnalysisOutcome {
  const fields = asObject(value) ?? {};
  const count = (name: string): number => {
    const found = asCount(fields[name]);
    if (found === undefined) throw new Error(`its ${name} is no number`);
    return found;
  };
  const { skipped } = fields;
  if (!Array.isArray(skipped)) throw new Error('its skipped is no list');
  return {
    ...readResult(fields),
    endedMs: count('endedMs'),
    spent: readSpending(fields['spent']),
    parts: count('parts'),
    reductions: count('reductions'),
    repairs: count('repairs'),
    skipped: skipped.map((item) => {
      const { part, why } = asObject(item) ?? {};
      if (typeof part !== 'number' || typeof why !== 'string') throw new Error('its skipped is damaged');
      return { part, why };
    }),
  };
}
