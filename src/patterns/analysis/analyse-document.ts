import { TelltaleError } from '../../errors.ts';
import { inSpan } from '../../index.ts';
import { backgroundJobs } from '../background/background-jobs.ts';
import type { Document } from '../document/document.ts';
import { readDocument } from '../document/read-document.ts';
import type { DocumentInput } from '../document/source.ts';
import type { RecordHold } from '../store/record-store.ts';
import { Records } from '../store/records.ts';
import { type DocumentAnalysis, toAnalysis } from './analysis.ts';
import { type AnalysisRecord, analysisKind } from './analysis-record.ts';
import { type AnalysisEstimate, estimateLeft, nothingLeft } from './estimate.ts';
import { type AnalysisOptions, type CheckedOptions, checkAnalysisOptions } from './options.ts';
import { type AnalysisPlan, planAnalysis } from './plan.ts';
import { Run } from './run.ts';
import { backgroundSender, directSender } from './senders.ts';
import type { Sender } from './step.ts';
import { type StepRecord, stepKind } from './step-record.ts';

/**
 * Makes a report on a document of any length: a summary, key points and recommendations, each with the places in the document
 * that it stands on, quoted in the document's own words. The document is split within the model's window, its parts are
 * analysed at once, and their results are put together.
 *
 * Whatever is done is kept in `store`: the same call goes on where the last one stopped, in another process too, and what is
 * done already is given back without a call.
 *
 * @param file a path, a `file:` URL, `{ name, data }`, or what `readDocument` gave
 * @throws TelltaleError `invalid_option`; `document_unreadable`; `truncated`, `empty`, `job_failed` or `schema_mismatch` where
 * the answer for a part could not be used, with the list of `FailedPart`s as its cause; `record_locked` where another process
 * works on it for longer than ten minutes. What the client throws. The reason of `signal`.
 *
 * @example
 * ```ts
 * import { observe } from 'telltale';
 * import { analyseDocument, fileRecords } from 'telltale/patterns';
 * import OpenAI from 'openai';
 *
 * const { summary, keyPoints, figures } = await analyseDocument('contract.pdf', {
 *   client: observe(new OpenAI()),
 *   model: 'gpt-5-mini',
 *   store: fileRecords('./analyses'),
 *   onProgress: ({ steps }) => console.log(`${steps.done} of ${steps.total}`),
 * });
 * console.log(summary, keyPoints[0]?.references[0]?.page, figures.costUsd);
 * ```
 */
export async function analyseDocument(
  file: DocumentInput | Document,
  options: AnalysisOptions,
): Promise<DocumentAnalysis> {
  const checked = checkAnalysisOptions(options);
  const { signal } = checked;
  const document = await read(file, checked);
  const plan = planAnalysis(document, checked);
  const records = new Records(checked.store, analysisKind);
  const known = await finished(records, plan, checked);
  if (known?.outcome) return toAnalysis(plan, document, known, known.outcome);
  const hold = await holdIt(records, plan, checked);
  try {
    // Somebody else may have finished it meanwhile.
    const now = await finished(records, plan, checked);
    if (now?.outcome) return toAnalysis(plan, document, now, now.outcome);
    return await work(plan, document, records, checked);
  } catch (error) {
    // An aborted call throws an error of the client's.
    if (signal?.aborted) throw signal.reason;
    throw error;
  } finally {
    await hold.release();
  }
}

/**
 * What an analysis would cost now: of what is kept already, nothing. Nothing is asked of the provider.
 *
 * @param file as for `analyseDocument`
 * @throws TelltaleError `invalid_option`; `document_unreadable`; `record_damaged`
 *
 * @example
 * ```ts
 * const { usd, calls } = await estimateAnalysis('contract.pdf', { client: openai, model: 'gpt-5', store });
 * console.log(`${calls.likely} calls, about $${usd?.likely ?? 'unknown'}`);
 * ```
 */
export async function estimateAnalysis(
  file: DocumentInput | Document,
  options: AnalysisOptions,
): Promise<AnalysisEstimate> {
  const checked = checkAnalysisOptions(options);
  const { store, prices, fresh } = checked;
  const plan = planAnalysis(await read(file, checked), checked);
  const records = new Records(store, analysisKind);
  const known = await finished(records, plan, checked);
  if (known?.outcome) return nothingLeft(plan);
  const generation = fresh ? -1 : ((await records.read(plan.id))?.value.generation ?? 0);
  return await estimateLeft(plan, new Records(store, stepKind), prefixOf(plan, { generation }), prices);
}

async function read(file: DocumentInput | Document, { clock, signal }: CheckedOptions): Promise<Document> {
  return isRead(file) ? file : await readDocument(file, { clock, ...(signal && { signal }) });
}

function isRead(file: DocumentInput | Document): file is Document {
  return typeof file === 'object' && file !== null && 'blocks' in file;
}

/** What is there already, unless it is to be made anew, or without what was left out. */
async function finished(
  records: Records<AnalysisRecord>,
  plan: AnalysisPlan,
  { fresh, onPartFailed }: CheckedOptions,
): Promise<AnalysisRecord | undefined> {
  if (fresh) return undefined;
  const record = (await records.read(plan.id))?.value;
  const isPartial = (record?.outcome?.skipped.length ?? 0) > 0;
  return isPartial && onPartFailed === 'fail' ? undefined : record;
}

/** What a process held that was killed is free after a minute at most; what another one works on takes its time. */
const longestHoldMs = 600_000;

async function holdIt(
  records: Records<AnalysisRecord>,
  plan: AnalysisPlan,
  { signal, onProgress }: CheckedOptions,
): Promise<RecordHold> {
  try {
    return await records.hold(plan.id, { signal, waitMs: 0 });
  } catch (error) {
    if (!(error instanceof TelltaleError && error.code === 'record_locked')) throw error;
  }
  const total = plan.parts.length;
  onProgress?.({
    phase: 'waiting',
    parts: { done: 0, total },
    steps: { done: 0, total },
    resumed: 0,
    costUsd: 0,
    unpricedCalls: 0,
  });
  return await records.hold(plan.id, { signal, waitMs: longestHoldMs });
}

async function work(
  plan: AnalysisPlan,
  document: Document,
  records: Records<AnalysisRecord>,
  options: CheckedOptions,
): Promise<DocumentAnalysis> {
  const { clock, store } = options;
  const startedMs = clock.nowMs();
  const steps = new Records(store, stepKind);
  const earlier = await begin(plan, document, records, steps, options);
  return await inSpan('analyse document', { traceparent: earlier.traceparent }, async (span) => {
    const { traceparent = span.traceparent } = earlier;
    const record: AnalysisRecord = { ...earlier, ...(traceparent !== undefined && { traceparent }) };
    const workedMs = (): number => record.workedMs + clock.nowMs() - startedMs;
    await records.write(plan.id, record);
    const { sender, close } = openSender(options);
    const run = new Run({ plan, document, options, steps, sender, prefix: prefixOf(plan, record) });
    try {
      const outcome = await run.outcome();
      const ended = { ...record, workedMs: workedMs(), outcome };
      await records.write(plan.id, ended);
      // What was left out may be asked for later, and then the rest is needed.
      if (outcome.skipped.length === 0) await forgetSteps(steps, plan);
      const { parts, reductions, repairs } = outcome;
      span.setAttributes({
        'telltale.analysis.parts': parts,
        'telltale.analysis.reductions': reductions,
        'telltale.analysis.repairs': repairs,
      });
      run.end();
      return toAnalysis(plan, document, ended, outcome);
    } catch (error) {
      // What stopped it matters more than how long it took.
      await records.write(plan.id, { ...record, workedMs: workedMs() }).catch(() => undefined);
      throw error;
    } finally {
      await close();
    }
  });
}

/** What there is of it; what was there before, where it is begun anew, is forgotten. */
async function begin(
  plan: AnalysisPlan,
  document: Document,
  records: Records<AnalysisRecord>,
  steps: Records<StepRecord>,
  { fresh, clock }: CheckedOptions,
): Promise<AnalysisRecord> {
  const before = (await records.read(plan.id))?.value;
  const anew: AnalysisRecord = {
    documentName: document.name,
    model: plan.settings.model,
    generation: before ? before.generation + 1 : 0,
    createdMs: Math.round(clock.epochMs()),
    workedMs: 0,
  };
  if (!before) return anew;
  if (!fresh) {
    const { outcome: _, ...open } = before;
    return open;
  }
  await forgetSteps(steps, plan);
  return anew;
}

/** Those of earlier runs too, which may have put together less than this one. */
async function forgetSteps(steps: Records<StepRecord>, plan: AnalysisPlan): Promise<void> {
  for (const { id } of await steps.list()) if (id.startsWith(`${plan.id}/`)) await steps.delete(id);
}

function prefixOf(plan: AnalysisPlan, { generation }: Pick<AnalysisRecord, 'generation'>): string {
  return `${plan.id}/${generation}`;
}

function openSender({ client, store, via, jobs, clock }: CheckedOptions): {
  readonly sender: Sender;
  readonly close: () => Promise<void>;
} {
  if (via === 'direct') return { sender: directSender(client), close: async () => undefined };
  if (jobs) return { sender: backgroundSender(jobs), close: async () => undefined };
  const own = backgroundJobs({ client, store, clock });
  return { sender: backgroundSender(own), close: () => own.close() };
}
