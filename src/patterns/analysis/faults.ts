import { TelltaleError } from '../../errors.ts';
import { extentOf } from './analysis.ts';
import { type AnswerFault, codeOfFault } from './answer.ts';
import type { AnalysisPlan } from './plan.ts';
import type { StepFault } from './step-record.ts';

/** A step of an analysis that could not be done. */
export interface FailedPart extends StepFault {
  /** From 1; undefined where results of parts were put together. */
  readonly part?: number;
}

const mostTold = 3;
const longestExcerpt = 200;

/** All that failed, in sentences that say what to do. Its `cause` is the list of `FailedPart`s. */
export function partsFailed(
  failed: readonly [FailedPart, ...FailedPart[]],
  plan: AnalysisPlan,
  documentName: string,
): TelltaleError {
  const told = failed.slice(0, mostTold).map((one) => `${whichOf(one, plan)}: the answer ${whyOf(one)}.`);
  const more = failed.length - told.length;
  const message = [
    `${JSON.stringify(documentName)} could not be analysed as a whole.`,
    ...told,
    ...(more > 0 ? [`So it is with ${more} more.`] : []),
    ...adviceOn(failed, plan),
    'What is done is kept: the same call goes on from there.',
  ].join(' ');
  return new TelltaleError(codeOfFault[failed[0].fault], message, { cause: failed });
}

export function whyOf({ fault, why, came }: StepFault): string {
  return fault === 'schema_mismatch' ? `${why}; it came: ${excerpt(came)}` : why;
}

function whichOf({ part }: FailedPart, plan: AnalysisPlan): string {
  if (part === undefined) return 'The parts were analysed, but not put together';
  const { blocks, pages } = extentOf(plan, part);
  const [first, last] = pages ?? blocks;
  const extent = `${pages ? 'page' : 'block'}${first === last ? ` ${first}` : `s ${first} to ${last}`}`;
  return `Part ${part} of ${plan.parts.length} (${extent})`;
}

function adviceOn(failed: readonly FailedPart[], plan: AnalysisPlan): readonly string[] {
  const has = (...faults: AnswerFault[]): boolean => failed.some(({ fault }) => faults.includes(fault));
  const { maxOutputTokens } = plan.settings;
  return [
    ...(has('truncated', 'empty')
      ? [
          `Give answers more room with \`maxOutputTokens\`, which was ${maxOutputTokens}, or let the model think less.`,
        ]
      : []),
    ...(has('refused') && failed.every(({ part }) => part !== undefined)
      ? ["With `onPartFailed: 'skip'` the report is made without what was refused."]
      : []),
  ];
}

function excerpt(text: string): string {
  const characters = [...text.slice(0, 2 * longestExcerpt)];
  const shown = characters.slice(0, longestExcerpt).join('');
  return JSON.stringify(characters.length > longestExcerpt ? `${shown}…` : shown);
}
