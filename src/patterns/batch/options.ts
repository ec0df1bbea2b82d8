import type OpenAI from 'openai';
import {
  checkBoolean,
  checkClock,
  checkFunction,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  invalidOption,
} from '../../check.ts';
import { type Clock, longestTimerMs, systemClock } from '../../clock.ts';
import { type TelltaleHandle, telltale } from '../../index.ts';
import { checkRecordId, checkRecordStore } from '../store/record-checks.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { BatchProgress } from './progress.ts';
import { type BatchEndpoint, type BatchRequest, batchEndpoints } from './request.ts';

/** What `batch` takes. */
export interface BatchOptions {
  /** An observed client: the batches are made with it. */
  readonly client: OpenAI;
  /** Where it is kept what was sent and delivered, so that a later process goes on. */
  readonly store: RecordStore;
  /** The name of this work in the store, of 1 to 200 characters. The same id with the same requests goes on. */
  readonly id: string;
  /**
   * The path of a JSONL file, or requests as they come. To go on after a restart they are given again, the same in the
   * same order. A line of a file is the API's own (`{"custom_id", "method", "url", "body"}`, of which only `body` is
   * needed), or a body on its own, as `{"input": "Hello"}`.
   */
  readonly requests: string | Iterable<BatchRequest> | AsyncIterable<BatchRequest>;
  /** What all of them ask. @default the `url` of the first one, or what its body looks like */
  readonly endpoint?: BatchEndpoint;
  /** For bodies that name no model. @default none: every body names its own */
  readonly model?: string;
  /** The only one that the API has. @default '24h' */
  readonly completionWindow?: '24h';
  /** Requests in one batch at most, from 1 to 50,000. @default 50_000 */
  readonly maxRequests?: number;
  /** Bytes of one input file at most, from 1 to 200,000,000. @default 200_000_000 */
  readonly maxBytes?: number;
  /**
   * Tokens of prompts that the batches of a model may hold until they end, at least 1: "batch queue limit" on the page of
   * limits of your account; one number for every model, or one for each. Batches are made no larger, and wait for each
   * other. Without it a batch that the provider has no room for is sent again later. @default no bound
   */
  readonly queueTokens?: number | Readonly<Record<string, number>>;
  /** In how many batches a request may be that fails in a way that may pass (429, 5xx, expired), from 1 to 10. @default 3 */
  readonly maxAttempts?: number;
  /** Until the provider is asked again how a batch is, in milliseconds; the last one holds on. @default [2000, 5000, 10000, 30000, 60000] */
  readonly delaysMs?: readonly number[];
  /** Leaves the uploaded input files at the provider. @default false */
  readonly keepFiles?: boolean;
  /** Delivers all results from the first one, also those that an earlier process was given. @default false */
  readonly redeliver?: boolean;
  /** Where the lines wait that are sent, in a folder of their own. @default the system's folder for temporary files */
  readonly directory?: string;
  /** Is told whenever something changes, often. One that throws ends the run with that. */
  readonly onProgress?: (progress: BatchProgress) => void;
  /** How long this process waits, in milliseconds; the batches go on at the provider. @default no bound */
  readonly deadlineMs?: number;
  /** How long somebody else who works on this id is waited for, in milliseconds. @default 5000 */
  readonly holdMs?: number;
  /** Ends the work of this process with its reason; the batches go on at the provider. */
  readonly signal?: AbortSignal;
  /** @default the system's */
  readonly clock?: Clock;
}

export interface CheckedOptions extends BatchOptions {
  readonly handle: TelltaleHandle;
  readonly completionWindow: '24h';
  readonly maxRequests: number;
  readonly maxBytes: number;
  readonly maxAttempts: number;
  readonly delaysMs: readonly number[];
  readonly keepFiles: boolean;
  readonly redeliver: boolean;
  readonly holdMs: number;
  readonly clock: Clock;
}

/**
 * "The file can contain up to 50,000 requests, and can be up to 200 MB in size", and "/v1/embeddings batches are also
 * restricted to a maximum of 50,000 embedding inputs": `BatchCreateParams` of openai 7, read on 2026-11-28.
 */
export const apiLimits = { requests: 50_000, bytes: 200_000_000, inputs: 50_000 } as const;

/** The names of the records of its parts are longer. */
const mostIdLength = 200;

const names = [
  ...[
    'client',
    'store',
    'id',
    'requests',
    'endpoint',
    'model',
    'completionWindow',
    'maxRequests',
    'maxBytes',
  ],
  ...['queueTokens', 'maxAttempts', 'delaysMs', 'keepFiles', 'redeliver', 'directory', 'onProgress'],
  ...['deadlineMs', 'holdMs', 'signal', 'clock'],
];

/** @throws TelltaleError `invalid_option` */
export function checkOptions(options: BatchOptions): CheckedOptions {
  checkObject('options', options, names);
  const { client, store, requests, endpoint, model, directory, onProgress, deadlineMs, signal } = options;
  const handle = telltale(client);
  checkRecordId(options.id, mostIdLength);
  checkRecordStore('options.store', store);
  checkRequests(requests);
  if (endpoint !== undefined) checkOneOf('options.endpoint', endpoint, batchEndpoints);
  if (model !== undefined) checkString('options.model', model);
  if (directory !== undefined) checkString('options.directory', directory);
  if (onProgress !== undefined) checkFunction('options.onProgress', onProgress);
  if (deadlineMs !== undefined)
    checkNumber('options.deadlineMs', deadlineMs, { min: 1, max: longestTimerMs });
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalidOption('options.signal', 'an AbortSignal', signal);
  checkQueueTokens(options.queueTokens);
  const { requests: mostRequests, bytes: mostBytes } = apiLimits;
  const whole = (name: string, value: unknown, max: number): number =>
    checkNumber(`options.${name}`, value, { min: 1, max, integer: true });
  return {
    ...options,
    handle,
    completionWindow: checkOneOf('options.completionWindow', options.completionWindow ?? '24h', ['24h']),
    maxRequests: whole('maxRequests', options.maxRequests ?? mostRequests, mostRequests),
    maxBytes: whole('maxBytes', options.maxBytes ?? mostBytes, mostBytes),
    maxAttempts: whole('maxAttempts', options.maxAttempts ?? 3, 10),
    delaysMs: checkDelays(options.delaysMs ?? [2_000, 5_000, 10_000, 30_000, 60_000]),
    keepFiles: checkBoolean('options.keepFiles', options.keepFiles ?? false),
    redeliver: checkBoolean('options.redeliver', options.redeliver ?? false),
    holdMs: checkNumber('options.holdMs', options.holdMs ?? 5_000, { min: 0, max: longestTimerMs }),
    clock: checkClock('options.clock', options.clock ?? systemClock),
  };
}

function checkRequests(requests: unknown): void {
  if (typeof requests === 'string' && requests !== '') return;
  const isIterable =
    typeof requests === 'object' &&
    requests !== null &&
    (Symbol.iterator in requests || Symbol.asyncIterator in requests);
  if (!isIterable) throw invalidOption('options.requests', 'requests, or the path of a JSONL file', requests);
}

function checkDelays(delays: unknown): readonly number[] {
  if (!Array.isArray(delays) || delays.length === 0)
    throw invalidOption('options.delaysMs', 'a list of delays', delays);
  for (const [index, delay] of delays.entries())
    checkNumber(`options.delaysMs[${index}]`, delay, { min: 1, max: longestTimerMs / 2 });
  return [...(delays as number[])];
}

function checkQueueTokens(given: BatchOptions['queueTokens']): void {
  if (given === undefined) return;
  const all: readonly [string, unknown][] =
    typeof given === 'number'
      ? [['options.queueTokens', given]]
      : Object.entries(checkObject('options.queueTokens', given, Object.keys(given ?? {}))).map(
          ([model, tokens]) => [`options.queueTokens.${model}`, tokens],
        );
  for (const [path, tokens] of all) checkNumber(path, tokens, { min: 1, integer: true });
}
