/**
 * What one run of the fuzz test does: what is asked, what the server answers and how the caller uses the answer. It is
 * plain data, so that fast-check can shrink it and print it. Bytes are Latin-1 strings, one character a byte.
 */
export interface Plan {
  readonly ask: Ask;
  readonly maxRetries: 0 | 1 | 2;
  /** One for each request; the last one answers all that follow. */
  readonly answers: readonly Delivery[];
  readonly use: Use;
  /** When the caller's signal aborts; never, where it is undefined. */
  readonly abort?: AbortPoint | undefined;
  /** Level of the client's own log, which is compared too. */
  readonly logLevel: 'debug' | 'warn';
}

export type Ask =
  | { readonly to: 'chat' }
  | { readonly to: 'chat stream'; readonly n?: 1 | 2 | undefined; readonly usage?: true | undefined }
  | { readonly to: 'responses' }
  | { readonly to: 'responses stream' }
  | { readonly to: 'embeddings' }
  | { readonly to: 'completions stream' }
  | { readonly to: 'model' }
  | { readonly to: 'file content' };

/** How one request is answered. */
export interface Delivery {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What is written, each on its own. */
  readonly pieces: readonly string[];
  /** Which of them are sent only to those who ask for `include_usage`; they do not count. */
  readonly onlyIfAsked?: readonly number[] | undefined;
  /** `broken` is gzip that is cut. */
  readonly encoding?: 'gzip' | 'broken gzip' | undefined;
  readonly contentLength: boolean;
  /** `fin` and `reset` break the connection off behind the pieces, `silence` and `refuse` before the headers. */
  readonly end: 'end' | 'reset' | 'fin' | 'wait' | 'silence' | 'refuse';
}

export type AbortPoint =
  | { readonly at: 'start' }
  /** When that request (from 0) has arrived. */
  | { readonly at: 'request'; readonly request: number }
  /** When that request's answer has reached the client up to a piece: 0 is the headers. */
  | { readonly at: 'piece'; readonly request: number; readonly piece: number }
  | { readonly at: 'backoff' }
  /** When the use of the answer is over. */
  | { readonly at: 'end' };

export type Stop = 'break' | 'throw' | 'controller' | 'signal';
export type Side = 'left' | 'right';

/** What the caller does with what the client returns. */
export type Use =
  | { readonly how: 'await'; readonly twice: boolean }
  | { readonly how: 'withResponse'; readonly stopAfter: number }
  | { readonly how: 'iterate'; readonly stopAfter: number; readonly stop: Stop; readonly again: boolean }
  /** Pulls at the iterator by hand, one after the other or all at once; then returns or leaves it. */
  | {
      readonly how: 'pull';
      readonly pulls: number;
      readonly atOnce: boolean;
      readonly after: 'return' | 'leave' | 'drain';
    }
  | {
      readonly how: 'tee';
      readonly turns: readonly Side[];
      readonly after: 'leave' | 'drain left' | 'drain both';
    }
  | { readonly how: 'toReadableStream'; readonly reads: number; readonly after: 'cancel' | 'drain' | 'text' }
  | { readonly how: 'raw'; readonly acts: readonly Act[] }
  | { readonly how: 'leave' };

/** One thing that people do with a `Response`. `on` says with which one: the answer, or the last clone of it. */
export type Act = { readonly on: 'answer' | 'clone' } & (
  | { readonly do: 'json' | 'text' | 'arrayBuffer' | 'blob' | 'bytes' | 'clone' | 'look' }
  /** Reads with one reader; then keeps it, lets go of it or cancels. */
  | {
      readonly do: 'read';
      readonly mode: 'default' | 'byob';
      readonly reads: number;
      readonly atOnce: boolean;
      readonly after: 'release' | 'cancel' | 'keep';
    }
  | { readonly do: 'iterate'; readonly stopAfter: number; readonly preventCancel: boolean }
  | { readonly do: 'tee'; readonly turns: readonly Side[]; readonly after: 'leave' | 'drain' | 'cancel' }
  | { readonly do: 'pipeTo'; readonly failAfter: number; readonly preventCancel: boolean }
  | { readonly do: 'pipeThrough' | 'rewrap' | 'fromWeb' | 'cancel' }
);
