import { asArray, asCount, asObject, asText } from '../../json.ts';
import type { RecordKind } from '../store/records.ts';
import type { AnswerFault } from './answer.ts';
import { codeOfFault } from './answer.ts';
import type { Finding, Findings } from './findings.ts';
import type { BrokenAnswer } from './prompts.ts';
import type { ReferenceCounts } from './references.ts';
import { readSpending, type Spending } from './spending.ts';

/** A step is one part of a document that is analysed, or some results that are put together. */
export interface StepRecord {
  /** All that was paid for it so far, failed answers too. */
  readonly spent: Spending;
  /** How often it was begun anew because its answers could not be used. */
  readonly failures: number;
  /** Whether an answer broke the schema and another one was asked for. */
  readonly isRepaired: boolean;
  /** The answer that broke the schema, until it was mended. */
  readonly broken?: BrokenAnswer;
  readonly fault?: StepFault;
  /** Once it is done; nothing of it changes then. */
  readonly result?: StepResult;
}

export interface StepResult {
  readonly findings: Findings;
  readonly counts: ReferenceCounts;
}

/** Why there was no result the last time. */
export interface StepFault {
  readonly fault: AnswerFault;
  /** Goes on from "the answer". */
  readonly why: string;
  /** What came, as far as something did. */
  readonly came: string;
}

export const stepKind: RecordKind<StepRecord> = {
  name: 'analysis-step',
  version: 1,
  read: (value) => {
    const { broken, fault, result } = value;
    return {
      spent: readSpending(value['spent']),
      failures: count(value['failures'], 'failures'),
      isRepaired: value['isRepaired'] === true,
      ...(broken !== undefined && { broken: readBroken(broken) }),
      ...(fault !== undefined && { fault: readFault(fault) }),
      ...(result !== undefined && { result: readResult(result) }),
    };
  },
};

function readBroken(value: unknown): BrokenAnswer {
  const fields = asObject(value) ?? {};
  return {
    text: text(fields['text'], 'broken.text'),
    problems: list(fields['problems'], 'broken.problems').map((problem) => text(problem, 'broken.problems')),
  };
}

function readFault(value: unknown): StepFault {
  const fields = asObject(value) ?? {};
  const fault = text(fields['fault'], 'fault.fault');
  if (!Object.hasOwn(codeOfFault, fault)) throw new Error(`it has a fault \`${fault}\`, which is not known`);
  return {
    fault: fault as AnswerFault,
    why: text(fields['why'], 'fault.why'),
    came: text(fields['came'], 'fault.came'),
  };
}

export function readResult(value: unknown): StepResult {
  const fields = asObject(value) ?? {};
  const counts = asObject(fields['counts']) ?? {};
  return {
    findings: readStoredFindings(fields['findings']),
    counts: {
      dropped: count(counts['dropped'], 'counts.dropped'),
      requoted: count(counts['requoted'], 'counts.requoted'),
    },
  };
}

function readStoredFindings(value: unknown): Findings {
  const fields = asObject(value) ?? {};
  const points = (name: string): readonly Finding[] =>
    list(fields[name], name).map((item) => {
      const point = asObject(item) ?? {};
      return {
        text: text(point['text'], `${name}.text`),
        references: list(point['references'], `${name}.references`).map((given) => {
          const reference = asObject(given) ?? {};
          return { block: count(reference['block'], 'block'), quote: text(reference['quote'], 'quote') };
        }),
      };
    });
  return {
    summary: text(fields['summary'], 'summary'),
    keyPoints: points('keyPoints'),
    recommendations: points('recommendations'),
  };
}

function text(value: unknown, name: string): string {
  const found = asText(value);
  if (found === undefined) throw new Error(`its ${name} is no text`);
  return found;
}

function count(value: unknown, name: string): number {
  const found = asCount(value);
  if (found === undefined) throw new Error(`its ${name} is no number`);
  return found;
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`its ${name} is no list`);
  return asArray(value);
}
