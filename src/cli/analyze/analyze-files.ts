import { writeFileSync } from 'node:fs';
import type { Clock } from '../../clock.ts';
import { TelltaleError } from '../../index.ts';
import {
  type AnalysisEstimate,
  type AnalysisOptions,
  analyseDocument,
  type BackgroundJobs,
  compareAnalyses,
  type Document,
  type DocumentAnalysis,
  estimateAnalysis,
  type RecordStore,
  type Report,
  readDocument,
} from '../../patterns/index.ts';
import { usdText } from '../shared/figures-text.ts';
import { type Interrupt, interruptedExitCode } from '../shared/interrupt.ts';
import { type ProgressBar, progressBar } from '../shared/progress-bar.ts';
import { failureSentence } from '../shared/provider-sentence.ts';
import type { Session } from '../shared/session.ts';
import { plain } from '../shared/terminal.ts';
import { estimateLine, mayBegin, type TotalEstimate, totalOf } from './ask.ts';
import { rendered } from './output.ts';
import type { AnalyzeSettings } from './settings.ts';

export interface AnalyzeRun {
  readonly settings: AnalyzeSettings;
  readonly session: Session;
  readonly store: RecordStore;
  readonly jobs: BackgroundJobs;
  readonly clock: Clock;
  readonly isJson: boolean;
  readonly interrupt: Interrupt;
}

/** What could not be done, as a sentence. */
export interface Failure {
  readonly file: string;
  readonly model?: string;
  readonly message: string;
}

interface Readable {
  readonly file: string;
  readonly document: Document;
}

interface Ready extends Readable {
  /** That can analyse it. */
  readonly models: readonly string[];
}

/** @returns the exit code */
export async function analyzeFiles(run: AnalyzeRun): Promise<number> {
  const { settings, session, interrupt } = run;
  const { signal } = interrupt;
  const { err } = session.terminal;
  const failures: Failure[] = [];
  const fail = (failure: Failure): void => {
    failures.push(failure);
    const { message, model } = failure;
    err.write(`${plain(model === undefined ? message : `${model}: ${message}`)}\n`);
  };
  let hasBegun = false;
  try {
    const documents = await readAll(run, fail);
    const models = settings.compare ?? [session.model];
    let total: TotalEstimate | undefined;
    let reports: readonly Report[] = [];
    const { ready, total: estimated } = await estimateAll(run, documents, models, fail);
    if (ready.length > 0) {
      total = estimated;
      err.write(`${plain(estimateLine(total))}\n`);
      if (!(await mayBegin(total, settings, session, interrupt))) {
        err.write('Nothing was begun.\n');
        return 1;
      }
      hasBegun = true;
      reports = await reportAll(run, ready, fail);
    }
    write(run, rendered({ reports, failures, estimate: total, run }), reports.length);
    return failures.length > 0 ? 1 : 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    err.write(hasBegun ? goOn(run) : 'Stopped. Nothing was begun.\n');
    return interruptedExitCode;
  }
}

function goOn({ settings: { isFresh, isDirect }, session: { isMock } }: AnalyzeRun): string {
  const jobs = isDirect || isMock ? '' : ', and jobs that were begun go on at the provider';
  const command = isFresh ? 'The same command without --fresh' : 'The same command';
  return `Stopped. What was done is kept${jobs}.\n${command} goes on from there.\n`;
}

/** One that cannot be read keeps nobody from the others. */
async function readAll({ settings, interrupt: { signal } }: AnalyzeRun, fail: (failure: Failure) => void) {
  const documents: Readable[] = [];
  for (const file of settings.files) {
    try {
      documents.push({ file, document: await readDocument(file, { signal }) });
    } catch (error) {
      signal.throwIfAborted();
      const message = failureSentence(error, '');
      if (message === undefined) throw error;
      fail({ file, message });
    }
  }
  return documents;
}

/** What is kept of one may be damaged, and keeps nobody from the others. */
async function estimateAll(
  run: AnalyzeRun,
  documents: readonly Readable[],
  models: readonly string[],
  fail: (failure: Failure) => void,
) {
  const ready: Ready[] = [];
  const estimates: AnalysisEstimate[] = [];
  for (const { file, document } of documents) {
    const able: string[] = [];
    for (const model of models) {
      try {
        estimates.push(await estimateAnalysis(document, optionsOf(run, model)));
        able.push(model);
      } catch (error) {
        run.interrupt.signal.throwIfAborted();
        const isOurs = error instanceof TelltaleError && error.code !== 'invalid_option';
        if (!isOurs) throw error;
        fail({ file, ...(models.length > 1 && { model }), message: withFile(error.message, document.name) });
      }
    }
    if (able.length > 0) ready.push({ file, document, models: able });
  }
  return { ready, total: totalOf(estimates) };
}

async function reportAll(
  run: AnalyzeRun,
  documents: readonly Ready[],
  fail: (failure: Failure) => void,
): Promise<readonly Report[]> {
  const reports: Report[] = [];
  const bar = progressBar(run.session.terminal, run.clock);
  try {
    for (const { file, document, models } of documents) {
      const analyses: DocumentAnalysis[] = [];
      // One after the other, so that each has the limits for itself and its time says something.
      for (const model of models) {
        try {
          analyses.push(await analyseOne(run, document, model, bar));
        } catch (error) {
          run.interrupt.signal.throwIfAborted();
          const message = failureSentence(error, model);
          if (message === undefined) throw error;
          bar.end();
          fail({ file, ...(run.settings.compare && { model }), message: withFile(message, document.name) });
        }
      }
      const [first] = analyses;
      if (analyses.length > 1) reports.push(compareAnalyses(analyses));
      else if (first) reports.push(first);
    }
  } finally {
    bar.end();
  }
  return reports;
}

function withFile(message: string, name: string): string {
  return message.includes(name) ? message : `${name}: ${message}`;
}

async function analyseOne(
  run: AnalyzeRun,
  document: Document,
  model: string,
  bar: ProgressBar,
): Promise<DocumentAnalysis> {
  const label = run.settings.compare ? `${document.name} · ${model}` : document.name;
  let isWaiting = false;
  return await analyseDocument(document, {
    ...optionsOf(run, model),
    onProgress: ({ phase, steps, resumed, costUsd, unpricedCalls }) => {
      if (phase === 'waiting' && !isWaiting) {
        isWaiting = true;
        bar.say(`${plain(label)}: another process works on it; waiting for its end.`);
      }
      if (phase === 'waiting') return;
      const cost = unpricedCalls > 0 ? `${usdText(costUsd)} + ?` : usdText(costUsd);
      bar.update({ label, done: steps.done, total: steps.total, before: resumed, unit: 'steps', cost });
    },
  });
}

function optionsOf(run: AnalyzeRun, model: string): AnalysisOptions {
  const { settings, session, store, jobs, clock, interrupt } = run;
  const { focus, language, effort, concurrency, partTokens, maxOutputTokens } = settings;
  return {
    client: session.openai,
    store,
    model,
    clock,
    signal: interrupt.signal,
    ...(settings.isDirect ? { via: 'direct' } : { jobs }),
    ...(settings.skipsFailed && { onPartFailed: 'skip' }),
    ...(settings.isFresh && { fresh: true }),
    ...(focus !== undefined && { focus }),
    ...(language !== undefined && { language }),
    ...(effort !== undefined && { reasoningEffort: effort }),
    ...(concurrency !== undefined && { concurrency }),
    ...(partTokens !== undefined && { partTokens }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  };
}

function write(
  { settings, session }: AnalyzeRun,
  { out, file }: { readonly out: string; readonly file: string | undefined },
  reports: number,
): void {
  if (file !== undefined && settings.out !== undefined && reports > 0) {
    writeFileSync(settings.out, file);
    session.terminal.err.write(`The report is in ${plain(settings.out)}.\n`);
  }
  session.terminal.out.write(out);
}
