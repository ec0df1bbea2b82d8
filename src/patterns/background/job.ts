import type OpenAI from 'openai';
import type { Usage } from '../../index.ts';

/** A request to `client.responses.create`, of which the job itself says whether it is in the background or streamed. */
export type JobRequest = Omit<
  OpenAI.Responses.ResponseCreateParamsNonStreaming,
  'background' | 'stream' | 'stream_options'
>;

/** What the provider gives for a job: a Response. */
export type JobResponse = OpenAI.Responses.Response;

/** How a job that is over ended. A closed set. */
export type JobEnd =
  /** The whole answer is there. */
  | 'completed'
  /** The provider stopped it early: at `max_output_tokens`, or by its filter. What came is there, and is paid. */
  | 'incomplete'
  | 'failed'
  /** By `cancel`, by the signal of `start`, by its deadline, or by somebody else at the provider. */
  | 'cancelled'
  /** The provider does not know it any more. */
  | 'expired';

/** Where a job is: not yet accepted, under way, or at one of its ends. */
export type JobState =
  /** Written down, but not yet accepted by the provider. */
  'starting' | 'queued' | 'in_progress' | JobEnd;

/** Who said that a job is over. */
export type JobTold = 'poll' | 'webhook' | 'stream' | 'cancel' | 'store';

/** What a job cost, as far as it is known here. */
export interface JobCost {
  /** What is known of it, in USD; undefined where nothing is. */
  readonly usd: number | undefined;
  /**
   * How many times the provider may have worked on it at a price that nobody said: a job that was cancelled or failed,
   * one whose model has no price, one whose process died before it knew whether the provider had accepted it.
   */
  readonly unknown: number;
  readonly usage: Usage | undefined;
}

/** Something that happened to a job. `type` is a state that it came into, or one of those at the end. */
export interface JobEvent {
  /** The job's. */
  readonly id: string;
  readonly type:
    | JobState
    /** Background mode is not available, so it is a stream now. */
    | 'fallback'
    /** A process died before it knew whether the provider had accepted the job, so it is begun again. */
    | 'repeated'
    /** The provider could not be asked how it is; it is asked again. */
    | 'poll_failed';
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly responseId?: string;
  /** With `poll_failed` and `fallback`: what the client threw. */
  readonly error?: unknown;
}

/** A Response that works in the background, whoever started it. */
export interface BackgroundJob {
  readonly id: string;
  /** As far as this process has seen. */
  readonly state: JobState;
  /** Its provider's id; undefined until it was accepted. */
  readonly responseId: string | undefined;
  /** `stream` where background mode was not available. */
  readonly via: 'background' | 'stream';
  /** Of its one trace, 32 hexadecimal digits; undefined where nobody traces. */
  readonly traceId: string | undefined;
  readonly cost: JobCost;
  /**
   * The whole answer. It rejects with TelltaleError `job_failed` where the job ended in any other way: its `cause` is the
   * Response, with whatever came of it; with the client's own error where the provider could not be asked for too long,
   * and with `job_failed` where `close` was called: then the job is not over, and `resume` goes on with it.
   */
  readonly done: Promise<JobResponse>;
  /**
   * The same, for as long as `signal` lets: its abort ends the wait, and nothing else.
   *
   * @throws as `done`, and the reason of `signal`
   */
  wait(options?: { readonly signal?: AbortSignal }): Promise<JobResponse>;
  /**
   * All that happened to it in this process so far, and what comes. The last event is how it ended; where `done` rejects
   * though it is not over, that error is thrown.
   */
  progress(): AsyncIterable<JobEvent>;
  /**
   * Stops it at the provider. One that has ended stays as it ended.
   *
   * @throws what the client throws, where the provider could not be asked
   */
  cancel(): Promise<void>;
}
