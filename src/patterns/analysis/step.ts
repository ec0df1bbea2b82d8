import { inSpan } from '../../index.ts';
import type { Document } from '../document/document.ts';
import type { Records } from '../store/records.ts';
import type { ReadAnswer } from './answer.ts';
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

/** A way to the model. */
export interface Sender {
  readonly send: (request: SendRequest) => Promise<ReadAnswer>;
  /** Forgets what it keeps of a request whose answer is kept elsewhere now. */
  readonly forget: (id: string) => Promise<void>;
}

export interface Step {
  /** `part` or `reduce`. */
  readonly kind: 'part' | 'reduce';
  readonly question: Question;
  /** The numbers of the blocks that the answer may refer to. */
  readonly shown: ReadonlySet<number>;
}

export interface StepSetting {
  /** What `stepKey` gave for the step. */
  readonly key: string;
  readonly document: Document;
  readonly steps: Records<StepRecord>;
  readonly settings: RequestSettings;
  readonly sender: Sender;
  readonly signal: AbortSignal | undefined;
  /** Told of everything that is paid, when it is kept; of what was paid by an earlier process, when it is read. */
  readonly onSpent: (spent: Spending) => void;
}

const newStep: StepRecord = { spent: nothingSpent, failures: 0, isRepaired: false };

/** By which a step is known again: by all that it asks, so that no result is taken for that of another question. */
export function stepKey(prefix: string, { kind, question }: Step): string {
  return `${prefix}/${kind}-${digest([question, findingsSchema])}`;
}

/**
 * Does a step, unless it is done already: what an earlier process has kept of it is not paid again. It ends with a result, or
 * with why there is none.
 *
 * @throws what the client throws; TelltaleError `record_damaged`; the reason of `signal`
 */
export async function runStep(step: Step, setting: StepSetting): Promise<StepRecord> {
  const { steps, key, signal, onSpent } = setting;
  const earlier = (await steps.read(key))?.value ?? newStep;
  onSpent(earlier.spent);
  if (earlier.result) return earlier;
  signal?.throwIfAborted();
  return await inSpan(`analysis ${step.kind}`, {}, async (span) => {
    let record = begunAnew(earlier);
    while (!record.result && !record.fault) record = await askOnce(step, record, setting);
    if (record.fault) span.setAttributes({ 'telltale.analysis.fault': record.fault.fault });
    return record;
  });
}

/** What could not be used is asked for again under another id, and what it cost is not forgotten. */
function begunAnew(earlier: StepRecord): StepRecord {
  const { spent, failures, fault } = earlier;
  return fault ? { spent, failures: failures + 1, isRepaired: false } : earlier;
}

/** Asks, or asks to mend a broken answer, and keeps what came. */
async function askOnce(step: Step, record: StepRecord, setting: StepSetting): Promise<StepRecord> {
  const { steps, key, settings, sender, signal, onSpent } = setting;
  const body = requestBody(step.question, settings, record.broken);
  const id = `${key}/${record.failures}-${digest(body)}`;
  let paid = nothingSpent;
  const withPaid = (): StepRecord => ({ ...record, spent: addSpending(record.spent, paid) });
  let answer: ReadAnswer;
  try {
    answer = await sender.send({
      body,
      id,
      signal,
      onSpent: (more) => {
        paid = addSpending(paid, more);
      },
    });
  } catch (error) {
    if (paid !== nothingSpent) await steps.write(key, withPaid());
    onSpent(paid);
    throw error;
  }
  const answered = judge(step, withPaid(), answer, setting.document);
  await steps.write(key, answered);
  await sender.forget(id);
  // Not before all is kept: what a listener throws ends the analysis, and must not cost a paid answer.
  onSpent(paid);
  return answered;
}

/** What is to be kept of an answer. */
function judge(step: Step, record: StepRecord, answer: ReadAnswer, document: Document): StepRecord {
  const { broken, ...rest } = record;
  if ('fault' in answer) return { ...rest, fault: answer };
  const checked = checkFindings(answer.text);
  if ('findings' in checked)
    return { ...rest, result: resolveReferences(checked.findings, document, step.shown) };
  const { problems } = checked;
  if (!broken) return { ...rest, isRepaired: true, broken: { text: answer.text, problems } };
  const why = `does not keep to the schema, also after it was asked to mend it: ${problems.join('; ')}`;
  return { ...rest, fault: { fault: 'schema_mismatch', why, came: answer.text } };
}
