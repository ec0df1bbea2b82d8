import path from 'node:path';
import { RunFailure } from '../../../loadtest/run-failure.ts';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { systemClock } from '../../clock.ts';
import {
  type BatchProgress,
  type BatchRun,
  fileRecords,
  memoryRecords,
  type RecordStore,
  readBatch,
  batch as sendBatch,
} from '../../patterns/index.ts';
import { parseCommand } from '../shared/common-options.ts';
import { usdText } from '../shared/figures-text.ts';
import { type Interrupt, Interrupted, interruptedExitCode, onInterrupt } from '../shared/interrupt.ts';
import { type ProgressBar, progressBar } from '../shared/progress-bar.ts';
import { failureSentence } from '../shared/provider-sentence.ts';
import { openSession, type Session } from '../shared/session.ts';
import { told } from '../told.ts';
import { maySend, surveyLine } from './ask.ts';
import { fileSink, type ResultSink, streamSink } from './result-file.ts';
import { type BatchSettings, flags, help, readSettings } from './settings.ts';
import { showStatus } from './status.ts';
import { type Summary, summaryLines, summaryOf } from './summary.ts';
import { surveyFile } from './survey.ts';

/** The mock's batches take a second, and are looked at often. */
const mockBatches = { validatingMs: 100, runningMs: 800, finalizingMs: 100 } as const;
const mockDelaysMs = [250] as const;

/** Sends a file of requests through batches, from the command line. */
export async function batch(args: readonly string[]): Promise<number> {
  const parsed = parseCommand(args, flags);
  if (!parsed) {
    process.stdout.write(help);
    return 0;
  }
  const settings = readSettings(parsed.own, parsed.files);
  const session = await openSession(parsed.common, {}, { batches: mockBatches });
  const interrupt = onInterrupt();
  // The mock is gone with this process, and its batches are.
  const store = session.isMock ? memoryRecords() : fileRecords(path.join(session.dataDirectory, 'batches'));
  try {
    return await work({ settings, session, store, interrupt, isJson: parsed.common.json });
  } finally {
    interrupt.end();
    await session.close();
  }
}

interface Need {
  readonly settings: BatchSettings;
  readonly session: Session;
  readonly store: RecordStore;
  readonly interrupt: Interrupt;
  readonly isJson: boolean;
}

async function work(need: Need): Promise<number> {
  const { settings, session, store, interrupt, isJson } = need;
  const { err } = session.terminal;
  const survey = await surveyFile(settings.file, { model: session.model, endpoint: settings.endpoint });
  const id = settings.id ?? survey.id;
  const known = await readBatch(store, id);
  if (settings.action === 'status') return await showStatus(known, id, session, isJson);
  if (settings.action === 'cancel' && !known) throw new RunFailure(`There is no batch \`${id}\` to cancel.`);
  if (!known && survey.badLines === 0 && survey.requests > 0) {
    err.write(`${surveyLine(survey)}\n`);
    if (!(await maySend(survey, settings, session, interrupt))) {
      if (interrupt.signal.aborted) return interruptedExitCode;
      err.write('Nothing was sent.\n');
      return 1;
    }
  }
  return await send(need, id, known === undefined);
}

async function send(need: Need, id: string, isNew: boolean): Promise<number> {
  const { settings, session, store, interrupt, isJson } = need;
  const { terminal, openai, model } = session;
  const bar = progressBar(terminal, systemClock);
  let progress: BatchProgress | undefined;
  let sink: ResultSink | undefined;
  let run: BatchRun | undefined;
  const stop = new AbortController();
  try {
    const signal = AbortSignal.any([interrupt.signal, stop.signal]);
    sink = settings.out === undefined ? streamSink(terminal.out) : await fileSink(settings.out, isNew);
    run = await sendBatch({
      ...{ client: openai, store, id, requests: settings.file, model, redeliver: true },
      ...{ maxAttempts: settings.maxAttempts, keepFiles: settings.keepFiles, signal },
      ...(settings.endpoint && { endpoint: settings.endpoint }),
      ...(settings.queueTokens !== undefined && { queueTokens: settings.queueTokens }),
      ...(session.isMock && { delaysMs: mockDelaysMs }),
      onProgress: (now) => {
        progress = now;
        show(bar, settings.file, now);
      },
    });
    if (settings.action === 'cancel') await run.cancel();
    for await (const result of run.results()) await sink.write(result);
    progress = await run.done;
    bar.end();
    say(summaryOf(progress, settings.out), session, isJson);
    return progress.failed > 0 ? 1 : 0;
  } catch (error) {
    bar.end();
    if (error instanceof Interrupted) {
      terminal.err.write(`${stoppedSentence(session.isMock, progress)}\n`);
      return interruptedExitCode;
    }
    const sentence = failureSentence(error, model);
    if (sentence === undefined) throw error;
    if (progress) say(summaryOf(progress, settings.out), session, isJson);
    throw told(error)?.exitCode === 2 ? new UsageError(sentence) : new RunFailure(sentence);
  } finally {
    // Results that cannot be written leave a run that waits for its reader.
    stop.abort();
    await run?.done.catch(() => undefined);
    sink?.close();
  }
}

function show(
  bar: ProgressBar,
  file: string,
  { requests, succeeded, failed, answered, costUsd, partsWaiting }: BatchProgress,
): void {
  const waiting = partsWaiting === 0 ? '' : ', queue full';
  bar.update({
    label: `${path.basename(file)}${waiting}`,
    done: Math.min(requests, succeeded + failed + answered),
    total: requests,
    before: 0,
    unit: 'requests',
    cost: costUsd === undefined ? '$–' : usdText(costUsd),
  });
}

function say(summary: Summary, { terminal }: Session, isJson: boolean): void {
  if (!isJson) terminal.err.write(`${summaryLines(summary).join('\n')}\n`);
  else (summary.out === null ? terminal.err : terminal.out).write(`${JSON.stringify(summary)}\n`);
}

function stoppedSentence(isMock: boolean, progress: BatchProgress | undefined): string {
  if (isMock) return 'Stopped. The mock is gone, and its batches are.';
  if (!progress) return 'Stopped before anything was sent.';
  return [
    'Stopped here. What was sent goes on at the provider.',
    'The same command comes back to it, and the same with --cancel cancels it.',
  ].join(' ');
}
