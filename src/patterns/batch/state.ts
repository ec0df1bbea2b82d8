import { asCount, asObject, asString, type JsonObject } from '../../json.ts';
import type { RecordStore } from '../store/record-store.ts';
import { type RecordKind, Records } from '../store/records.ts';

/** Of which batches are made; kept, so that a later process divides the same requests alike. */
export interface KeptBounds {
  readonly requests: number;
  readonly bytes: number;
  readonly inputs: number;
  /** Tokens for all models, or by model. Absent: no bound. */
  readonly tokens?: number | Readonly<Record<string, number>>;
}

/** What is kept of a run as a whole. */
export interface RunState {
  /** In the names and the metadata of what is made at the provider, so that it is found again. */
  readonly key: string;
  readonly endpoint: string;
  readonly digest: string;
  readonly bounds: KeptBounds;
  readonly parts: number;
  readonly requests: number;
  readonly createdMs: number;
  readonly traceparent?: string;
  readonly isCancelled: boolean;
  readonly isDone: boolean;
}

/** Tokens of answers, as the provider counted them. */
export interface BatchUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/** One batch for a part: the first for all of its lines, a further one for those that failed. */
export interface AttemptState {
  /** A `Bitmap` of the lines; absent for all of them. */
  readonly lines?: string | undefined;
  readonly requests: number;
  readonly tokens: number;
  /** How often a batch was made of the file: a queue that was full refuses one. */
  readonly submissions: number;
  /** When something was begun at the provider of which it is not known yet what became of it. */
  readonly uploadSinceMs?: number | undefined;
  readonly submitSinceMs?: number | undefined;
  readonly fileId?: string | undefined;
  readonly batchId?: string | undefined;
  /** Of the batch, once it has ended. */
  readonly status?: string | undefined;
  /** Of how many requests it says that they were answered or failed. */
  readonly answered?: number | undefined;
  readonly outputFileId?: string | undefined;
  readonly errorFileId?: string | undefined;
  /** A `Bitmap` of the lines whose results were delivered. */
  readonly delivered?: string | undefined;
  /** Whether all of its results were delivered. */
  readonly isRead: boolean;
  readonly isInputDeleted?: boolean;
  readonly succeeded: number;
  readonly failed: number;
  /** Why requests failed for good, by code. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly usage?: BatchUsage | undefined;
  readonly costUsd?: number | undefined;
}

export interface PartState {
  /** Of the run: what an earlier one of the same name left is nothing of this one's. */
  readonly key: string;
  readonly model: string;
  readonly attempts: readonly AttemptState[];
  readonly isDone: boolean;
  /** What the provider said of a batch that it refused as a whole. */
  readonly refusal?: string | undefined;
}

/** Where the process that works on a run has its files: known before there is anything in them. */
export interface SpoolState {
  readonly path: string;
}

export interface BatchRecords {
  readonly spools: Records<SpoolState>;
  readonly runs: Records<RunState>;
  readonly parts: Records<PartState>;
}

export function batchRecords(store: RecordStore): BatchRecords {
  return {
    spools: new Records(store, spoolKind),
    runs: new Records(store, runKind),
    parts: new Records(store, partKind),
  };
}

/** The name of the record of a part. */
export function partId(id: string, part: number): string {
  return `${part + 1}/${id}`;
}

const spoolKind: RecordKind<SpoolState> = {
  name: 'batch-spool',
  version: 1,
  read: (value) => {
    expectTexts({ path: value['path'] });
    return value as unknown as SpoolState;
  },
};

const runKind: RecordKind<RunState> = {
  name: 'batch',
  version: 1,
  read: (value) => {
    const { key, endpoint, digest, parts, requests, createdMs, bounds } = value;
    expectTexts({ key, endpoint, digest });
    expectCounts({ parts, requests, createdMs });
    const { requests: most, bytes, inputs } = asObject(bounds) ?? {};
    expectCounts({ 'bounds.requests': most, 'bounds.bytes': bytes, 'bounds.inputs': inputs });
    return value as unknown as RunState;
  },
};

const partKind: RecordKind<PartState> = {
  name: 'batch-part',
  version: 1,
  read: (value) => {
    const { key, model, attempts } = value;
    expectTexts({ key });
    if (typeof model !== 'string') throw new Error('it has no `model`');
    if (!Array.isArray(attempts)) throw new Error('it has no `attempts`');
    for (const attempt of attempts) {
      const { requests, tokens, submissions, succeeded, failed } = asObject(attempt) ?? {};
      expectCounts({ requests, tokens, submissions, succeeded, failed });
    }
    return value as unknown as PartState;
  },
};

function expectTexts(fields: JsonObject): void {
  const wrong = Object.keys(fields).find((name) => asString(fields[name]) === undefined);
  if (wrong !== undefined) throw new Error(`it has no \`${wrong}\``);
}

function expectCounts(fields: JsonObject): void {
  const wrong = Object.keys(fields).find((name) => asCount(fields[name]) === undefined);
  if (wrong !== undefined) throw new Error(`it has no \`${wrong}\``);
}
