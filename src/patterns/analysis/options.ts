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
import { type Clock, systemClock } from '../../clock.ts';
import { type ModelPrice, telltale } from '../../index.ts';
import type { BackgroundJobs } from '../background/background-jobs.ts';
import { checkRecordStore } from '../store/record-checks.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { AnalysisListeners } from './progress.ts';
import type { ReasoningEffort, Wish } from './prompts.ts';

/** What decides which report comes out: a document that is analysed with the same is the same analysis. */
export interface AnalysisQuestion {
  readonly model: string;
  /** What the report should look at, as "the risks for a tenant": up to 4,000 characters. @default nothing in particular */
  readonly focus?: string;
  /** The language of the report, as "German". @default the document's */
  readonly language?: string;
  /** How much a reasoning model thinks. @default the model's own default */
  readonly reasoningEffort?: ReasoningEffort;
  /**
   * Tokens of the document that one call reads; at least 500. Where the model's window has no room for so many, fewer.
   * @default 20_000
   */
  readonly partTokens?: number;
}

/** Who analyses a document, what the report should look at, and where what is done is kept. */
export interface AnalysisOptions extends AnalysisQuestion, AnalysisListeners {
  /** An observed client: `observe(new OpenAI())`. */
  readonly client: OpenAI;
  /** Where what is done is kept, so that it is never paid twice: `fileRecords('./analyses')`. */
  readonly store: RecordStore;
  /**
   * `'background'`: each part is a job of the provider, which goes on when this process ends. `'direct'`: an ordinary call,
   * which the provider does not store; what is under way when the process ends is lost, and paid again.
   * @default 'background'
   */
  readonly via?: 'background' | 'direct';
  /**
   * Jobs of the application's own, with its webhooks and delays, for `via: 'background'`. @default jobs in `store`, which are polled
   */
  readonly jobs?: BackgroundJobs;
  /** How many parts are analysed at once, under the limits of the client: from 1 to 100. @default 4 */
  readonly concurrency?: number;
  /**
   * The most that one answer may have, reasoning included: `max_output_tokens`, at least 500. It may change from one run to
   * the next. @default 16_000, or an eighth of the window where that is less
   */
  readonly maxOutputTokens?: number;
  /**
   * What becomes of a part whose answer is cut off, empty, refused or breaks the schema. `'fail'`: the others are done and
   * kept, then the analysis fails. `'skip'`: the report is made without it, and says so. @default 'fail'
   */
  readonly onPartFailed?: 'fail' | 'skip';
  /**
   * Prices of your own for the estimate, as in `observe`; what is charged is reckoned by those of the client.
   * @default {}
   */
  readonly prices?: Readonly<Record<string, ModelPrice>>;
  /** Forgets what an earlier run has kept of this analysis, and pays for all of it. @default false */
  readonly fresh?: boolean;
  /** Ends the analysis with its reason. What is done is kept, and jobs go on at the provider: the same call goes on from there. */
  readonly signal?: AbortSignal;
  /** @default the real one */
  readonly clock?: Clock;
}

type Defaulted = 'via' | 'concurrency' | 'partTokens' | 'onPartFailed' | 'fresh' | 'clock';

export type CheckedOptions = Omit<AnalysisOptions, Defaulted> & Required<Pick<AnalysisOptions, Defaulted>>;

const questionNames = ['model', 'focus', 'language', 'reasoningEffort', 'partTokens'] as const;
const names = [
  ...questionNames,
  ...['client', 'store', 'via', 'jobs', 'concurrency', 'maxOutputTokens', 'onPartFailed', 'fresh', 'signal'],
  ...['clock', 'prices', 'onProgress', 'onEstimate'],
];
const efforts: readonly ReasoningEffort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'];

export const defaultPartTokens = 20_000;
export const leastTokens = 500;

/** @throws TelltaleError `invalid_option` */
export function checkAnalysisOptions(given: AnalysisOptions): CheckedOptions {
  const options = checkObject('options', given, names) as unknown as AnalysisOptions;
  telltale(options.client);
  checkRecordStore('options.store', options.store);
  checkQuestion(options);
  checkListeners(options);
  const { via = 'background', jobs, signal, clock = systemClock, maxOutputTokens } = options;
  checkOneOf('options.via', via, ['background', 'direct']);
  if (jobs !== undefined && via === 'direct')
    throw invalidOption('options.jobs', "left out with `via: 'direct'`", jobs);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalidOption('options.signal', 'an AbortSignal', signal);
  if (maxOutputTokens !== undefined) checkTokens('options.maxOutputTokens', maxOutputTokens);
  const { concurrency = 4, onPartFailed = 'fail', fresh = false, partTokens = defaultPartTokens } = options;
  if (typeof fresh !== 'boolean') throw invalidOption('options.fresh', 'true or false', fresh);
  return {
    ...options,
    via,
    partTokens,
    concurrency: checkNumber('options.concurrency', concurrency, { min: 1, max: 100, integer: true }),
    onPartFailed: checkOneOf('options.onPartFailed', onPartFailed, ['fail', 'skip']),
    fresh,
    clock: checkClock('options.clock', clock),
  };
}

function checkListeners({ onProgress, onEstimate }: AnalysisListeners): void {
  if (onProgress !== undefined) checkFunction('options.onProgress', onProgress);
  if (onEstimate !== undefined) checkFunction('options.onEstimate', onEstimate);
}

/** @throws TelltaleError `invalid_option` */
export function checkQuestion({
  model,
  focus,
  language,
  reasoningEffort,
  partTokens,
}: AnalysisQuestion): void {
  checkString('options.model', model);
  checkShort('options.focus', focus, 4_000);
  checkShort('options.language', language, 100);
  if (reasoningEffort !== undefined) checkOneOf('options.reasoningEffort', reasoningEffort, efforts);
  if (partTokens !== undefined) checkTokens('options.partTokens', partTokens);
}

function checkShort(path: string, value: unknown, most: number): void {
  if (value === undefined) return;
  if (checkString(path, value).length > most)
    throw invalidOption(path, `a text of at most ${most} characters`, value);
}

function checkTokens(path: string, value: unknown): void {
  checkNumber(path, value, { min: leastTokens, max: 10_000_000, integer: true });
}

export function wishOf({ focus, language }: AnalysisQuestion): Wish {
  return { focus, language };
}
