import type OpenAI from 'openai';
import {
  checkClock,
  checkFunction,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  invalidOption,
} from '../../check.ts';
import { type Clock, longestTimerMs, systemClock } from '../../clock.ts';
import { telltale } from '../../index.ts';
import { asObject } from '../../json.ts';
import { checkRecordId, checkRecordStore } from '../store/record-checks.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { JobEvent, JobRequest } from './job.ts';

/** Where jobs are kept, how often they are polled, and how their webhooks are verified. */
export interface BackgroundJobsOptions {
  /** An observed client: `observe(new OpenAI())`. */
  readonly client: OpenAI;
  /** Where the jobs are kept, with their answers: `fileRecords('./jobs')`. Several processes may share it. */
  readonly store: RecordStore;
  /** The waits between one poll and the next, in milliseconds; the last one holds for all that follow. @default [2_000, 5_000, 10_000] */
  readonly delaysMs?: readonly number[];
  /** By what share of it each wait is longer or shorter, from 0 to 1. @default 0.2 */
  readonly jitter?: number;
  /** With which webhooks are verified. @default the client's own, which is OPENAI_WEBHOOK_SECRET */
  readonly webhookSecret?: string;
  /** The longest that a job may take from its start; then it is cancelled at the provider. Milliseconds. @default no bound */
  readonly deadlineMs?: number;
  /** So many polls in a row may fail; then this process gives the job up, which `resume` takes up again. @default 10 */
  readonly mostFailures?: number;
  /**
   * What becomes of a job whose process died while it was sent, so that nobody knows whether the provider accepted it, or
   * while it was a stream. `'again'` sends it again with the same `Idempotency-Key`; where the provider does not heed that, it may be
   * paid twice, which `cost.unknown` counts. `'fail'` ends the job as `failed`. @default 'again'
   */
  readonly whenLost?: 'again' | 'fail';
  /** Is told of every event of every job in this process. What it throws is told as a warning of the process, once. */
  readonly onProgress?: (event: JobEvent) => void;
  /** @default the real one */
  readonly clock?: Clock;
}

/** What one job has of its own. */
export interface JobOptions {
  /** By which the job is known again: the same id gives the same job. 1 to 200 characters. @default one that is made up */
  readonly id?: string;
  /** In place of that of all jobs. Milliseconds. */
  readonly deadlineMs?: number;
  /** Its abort cancels the job at the provider. */
  readonly signal?: AbortSignal;
}

/** With room for what the store puts before it. */
const longestId = 200;

/** With every default filled in. */
export interface JobSettings extends Required<Omit<BackgroundJobsOptions, 'webhookSecret' | 'deadlineMs'>> {
  readonly webhookSecret: string | undefined;
  readonly deadlineMs: number | undefined;
}

/** @throws TelltaleError `invalid_option` */
export function checkJobsOptions(given: BackgroundJobsOptions): JobSettings {
  const options = checkObject('options', given, [
    ...['client', 'store', 'delaysMs', 'jitter', 'webhookSecret', 'deadlineMs'],
    ...['mostFailures', 'whenLost', 'onProgress', 'clock'],
  ]) as unknown as BackgroundJobsOptions;
  const { client, store, clock, onProgress, webhookSecret } = options;
  checkClient(client);
  checkRecordStore('options.store', store);
  return {
    client,
    store,
    delaysMs: checkDelays(options.delaysMs ?? [2_000, 5_000, 10_000]),
    jitter: checkNumber('options.jitter', options.jitter ?? 0.2, { min: 0, max: 1 }),
    webhookSecret:
      webhookSecret === undefined ? undefined : checkString('options.webhookSecret', webhookSecret),
    deadlineMs: checkDeadline('options.deadlineMs', options.deadlineMs),
    mostFailures: checkNumber('options.mostFailures', options.mostFailures ?? 10, { min: 1, integer: true }),
    whenLost: checkOneOf('options.whenLost', options.whenLost ?? 'again', ['again', 'fail']),
    onProgress: onProgress === undefined ? () => undefined : checkProgress(onProgress),
    clock: clock === undefined ? systemClock : checkClock('options.clock', clock),
  };
}

function checkClient(client: unknown): void {
  if (typeof client !== 'object' || client === null)
    throw invalidOption('options.client', 'an observed client of openai', client);
  telltale(client);
  if (!asObject((client as OpenAI).responses))
    throw invalidOption('options.client', 'a client with `responses`', client);
}

function checkDelays(given: unknown): readonly number[] {
  if (!Array.isArray(given) || given.length === 0)
    throw invalidOption('options.delaysMs', 'a list of at least one wait', given);
  return given.map((delayMs, index) =>
    checkNumber(`options.delaysMs[${index}]`, delayMs, { min: 1, max: longestTimerMs }),
  );
}

function checkDeadline(path: string, given: unknown): number | undefined {
  return given === undefined ? undefined : checkNumber(path, given, { min: 1, max: Number.MAX_SAFE_INTEGER });
}

function checkProgress(given: unknown): (event: JobEvent) => void {
  return checkFunction('options.onProgress', given) as (event: JobEvent) => void;
}

/** @throws TelltaleError `invalid_option` */
export function checkJobOptions(given: JobOptions): JobOptions {
  const options = checkObject('options', given, ['id', 'deadlineMs', 'signal']) as JobOptions;
  if (options.id !== undefined) checkRecordId(options.id, longestId);
  checkDeadline('options.deadlineMs', options.deadlineMs);
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalidOption('options.signal', 'an AbortSignal', signal);
  return options;
}

/** @throws TelltaleError `invalid_option` */
export function checkRequest(given: JobRequest): JobRequest {
  const request = asObject(given);
  if (!request) throw invalidOption('request', 'an object, as for `responses.create`', given);
  for (const name of ['background', 'stream', 'stream_options'])
    if (request[name] !== undefined)
      throw invalidOption(`request.${name}`, 'left out, as the job sees to it', request[name]);
  let text: string;
  try {
    text = JSON.stringify(request);
  } catch (cause) {
    throw invalidOption('request', 'JSON', cause instanceof Error ? cause.message : given);
  }
  // The job is what was asked for now, whatever the caller does with the object later.
  return JSON.parse(text) as JobRequest;
}

/** @throws TelltaleError `invalid_option` */
export function checkPrune(given: unknown): { readonly olderThanMs: number } {
  const { olderThanMs } = checkObject('options', given, ['olderThanMs']);
  return { olderThanMs: checkNumber('options.olderThanMs', olderThanMs, { min: 0 }) };
}
