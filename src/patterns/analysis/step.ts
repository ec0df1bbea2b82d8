import type OpenAI from 'openai';
import { inSpan } from '../../index.ts';
import type { Document } from '../document/document.ts';
import type { Records } from '../store/records.ts';
import { readAnswer } from './answer.ts';
import { digest } from './digest.ts';
import { checkFindings, findingsSchema } from './findings.ts';
import { type Question, type RequestSettings, requestBody } from './prompts.ts';
import { resolveReferences } from './references.ts';
import { addSpending, nothingSpent, type Spending } from './spending.ts';
import type { StepRecord } from './step-record.ts';

export type RequestBody = ReturnType<typeof requestBody>;

/** One call to the model, whichever way it goes. */
export interface SendRequest {
  readonly body: RequestBody;
  /** The same for the same request of the same analysis: where the way knows it, it is not sent again. */
  readonly id: string;
  readonly signal: AbortSignal | undefined;
  /** Told what was used, also where the call then throws. */
  readonly onSpent: (spent: Spending) => void;
}

export type Send = (request: SendRequest) => Promise<OpenAI.Responses.Response>;

export interface Step {
  /** `part` or `reduce`. */
  readonly kind: 'part' | 'reduce';
  readonly question: Question;
  /** The numbers of the blocks that the answer may refer to. */
  readonly shown: ReadonlySet<number>;
}

export interface StepSetting {
  readonly analysisId: string;
  readonly document: Document;
  readonly steps: Records<StepRecord>;
  readonly settings: RequestSettings;
  readonly send: Send;
  readonly signal: AbortSignal | undefined;
  /** Told of everything that is paid, when it is known; of what was paid by an earlier process, when it is read. */
  readonly onSpent: (spent: Spending) => void;
}

const newStep: StepRecord = { spent: nothingSpent, failures: 0, isRepaired: false };

/** By which a step is known again: by all that it asks, so that no result is taken for that of another question. */
export function stepKey(analysisId: string, { kind, question }: Step): string {
  return `${analysisId}/${kind}-${digest([question, findingsSchema])}`;
}

/**
 * Does a step, unless it is done already: what an earlier process has kept of it is not paid again. It ends with a result, or
 * with why there is none.
 *
 * @throws what the client throws; TelltaleError `record_damaged`; the reason of `signal`
 */
export async function runStep(step: Step, setting: StepSetting): Promise<StepRecord> {
  const { steps, analysisId, signal, onSpent } = setting;
  const key = stepKey(analysisId, step);
  const earlier = (await steps.read(key))?.value ?? newStep;
  onSpent(earlier.spent);
  if (earlier.result) return earlier;
  signal?.throwIfAborted();
  return await inSpan(`analysis ${step.kind}`, {}, async (span) => {
    let record = begunAnew(earlier);
    const keep = async (changed: StepRecord): Promise<void> => {
      record = changed;
      await steps.write(key, record);
    };
    while (!record.result && !record.fault) await keep(await askOnce(step, key, record, setting));
    if (record.fault) span.setAttributes({ 'telltale.analysis.fault': record.fault.fault });
    return record;
  });
}

/** What could not be used is asked for again under another id, and what it cost is not forgotten. */
function begunAnew(earlier: StepRecord): StepRecord {
  const { spent, failures, fault } = earlier;
  return fault ? { spent, failures: failures + 1, isRepaired: false } : earlier;
}

/** Asks, or asks to mend a broken answer, and says what is to be kept of it. */
async function askOnce(
  step: Step,
  key: string,
  record: StepRecord,
  setting: StepSetting,
): Promise<StepRecord> {
  const { steps, settings, send, signal, document, onSpent } = setting;
  const body = requestBody(step.question, settings, record.broken);
  let { spent } = record;
  let response: OpenAI.Responses.Response;
  try {
    response = await send({
      body,
      id: `${key}/${record.failures}-${digest(body)}`,
      signal,
      onSpent: (more) => {
        spent = addSpending(spent, more);
        onSpent(more);
      },
    });
  } catch (error) {
    if (spent !== record.spent) await steps.write(key, { ...record, spent });
    throw error;
  }
  const { broken, ...rest } = record;
  const answer = readAnswer(response);
  if ('fault' in answer) return { ...rest, spent, fault: answer };
  const checked = checkFindings(answer.text);
  if ('findings' in checked)
    return { ...rest, spent, result: resolveReferences(checked.findings, document, step.shown) };
  const { problems } = checked;
  if (!broken) return { ...rest, spent, isRepaired: true, broken: { text: answer.text, problems } };
  const why = `does not keep to the schema, also after it was asked to mend it: ${problems.join('; ')}`;
  return { ...rest, spent, fault: { fault: 'schema_mismatch', why, came: answer.text } };
}
