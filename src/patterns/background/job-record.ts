import { createHash } from 'node:crypto';
import type { Usage } from '../../index.ts';
import { asCount, asObject, asString, type JsonObject, present } from '../../json.ts';
import type { RecordKind } from '../store/records.ts';
import type { BackgroundJob, JobEnd, JobEvent, JobRequest, JobResponse, JobState, JobTold } from './job.ts';

/** Why a job ended as it did, where its Response does not say it. */
export type EndReason = 'deadline' | 'caller' | 'lost' | 'not_found' | 'broken_off';

/** What is kept of a job. Once it is over it never changes again. */
export interface JobRecord {
  readonly state: JobState;
  readonly via: BackgroundJob['via'];
  /** Until it was accepted, because it may have to be sent again. */
  readonly request?: JobRequest;
  /** Of the request what its price depends on. */
  readonly priced: JsonObject;
  /** By which a request is known to be the same. */
  readonly requestHash: string;
  /** Sent with each attempt to create it. */
  readonly idempotencyKey: string;
  /** How often it was sent to be created, each time by a process that did not know what became of the time before. */
  readonly creates: number;
  readonly responseId?: string;
  /** Milliseconds since 1970, as all times here. */
  readonly createdMs: number;
  readonly begunMs?: number;
  readonly endedMs?: number;
  readonly deadlineAtMs?: number;
  /** Of the span in which it was started. */
  readonly traceparent?: string;
  /** Somebody wants it cancelled who could not do it, as the provider had not accepted it yet. */
  readonly isUnwanted?: boolean;
  /** As it ended. */
  readonly response?: JobResponse;
  readonly reason?: EndReason;
  readonly toldBy?: JobTold;
  readonly costUsd?: number;
  readonly usage?: Usage;
}

const ends: readonly string[] = [
  'completed',
  'incomplete',
  'failed',
  'cancelled',
  'expired',
] satisfies JobEnd[];
const states: readonly string[] = ['starting', 'queued', 'in_progress', ...ends];
const optional = [
  'request',
  'responseId',
  'begunMs',
  'endedMs',
  'deadlineAtMs',
  'traceparent',
  'isUnwanted',
  'response',
  'reason',
  'toldBy',
  'costUsd',
  'usage',
] as const;

export function isEnd(state: JobEvent['type']): state is JobEnd {
  return ends.includes(state);
}

/** What the status of a Response says of its job. One that is not known yet is taken for work. */
export function stateOf({ status }: Pick<JobResponse, 'status'>): JobState {
  return status !== undefined && (status === 'queued' || ends.includes(status)) ? status : 'in_progress';
}

export const jobRecords: RecordKind<JobRecord> = {
  name: 'job',
  version: 1,
  read: (value) => {
    const { state, via, requestHash, idempotencyKey, creates, createdMs } = value;
    if (typeof state !== 'string' || !states.includes(state)) throw new Error('`state` is none of a job');
    if (via !== 'background' && via !== 'stream') throw new Error('`via` is none of a job');
    if (state === 'starting' && !asObject(value['request'])) throw new Error('`request` is missing');
    if (
      via === 'background' &&
      ['queued', 'in_progress'].includes(state) &&
      value['responseId'] === undefined
    )
      throw new Error('`responseId` is missing');
    const required = {
      state: state as JobState,
      via: via as BackgroundJob['via'],
      requestHash: needed('requestHash', asString(requestHash)),
      idempotencyKey: needed('idempotencyKey', asString(idempotencyKey)),
      priced: needed('priced', asObject(value['priced'])),
      creates: needed('creates', asCount(creates)),
      createdMs: needed('createdMs', asCount(createdMs)),
    };
    return { ...required, ...known(value) };
  },
};

/** What the work itself goes by is looked at; the rest is only handed on. */
function known(value: JsonObject): Partial<JobRecord> {
  for (const name of ['begunMs', 'endedMs', 'deadlineAtMs'])
    if (value[name] !== undefined && !Number.isFinite(value[name])) throw new Error(`\`${name}\` is no time`);
  const { responseId, traceparent } = value;
  if (responseId !== undefined && !asString(responseId)) throw new Error('`responseId` is no id');
  if (traceparent !== undefined && !/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(String(traceparent)))
    throw new Error('`traceparent` is none');
  const kept = optional.flatMap((name) => (value[name] === undefined ? [] : [[name, value[name]] as const]));
  return Object.fromEntries(kept) as Partial<JobRecord>;
}

function needed<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new Error(`\`${name}\` is missing`);
  return value;
}

export function pricedOf({ model, prompt_cache_options }: JobRequest & JsonObject): JsonObject {
  return present({ model, prompt_cache_options });
}

export function hashOf(request: JobRequest): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(request)))
    .digest('hex');
}

/** With names in order, so that it does not matter in which they were written. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sorted(item)]));
}
