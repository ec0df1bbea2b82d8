/**
 * The inside of an `openai` client, as far as Telltale relies on it; the same in 6.0.0, 6.49.0 and 7.57.0. The
 * methods are private to TypeScript, so the contract tests on both majors guard every name here.
 */
export interface RequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly stream?: boolean;
  readonly signal?: AbortSignal | null;
  readonly headers?: unknown;
  readonly fetchOptions?: { readonly headers?: unknown };
  readonly maxRetries?: number | null;
}

/** What `makeRequest` resolves to once the headers of a good answer are there. */
export interface ResponseProps {
  readonly response: Response;
  readonly options: RequestOptions;
  readonly controller: AbortController;
  readonly requestLogID: string;
  readonly retryOfRequestLogID: string | undefined;
  /** openai 7 only: the caller's, or one that a hook put in its place. */
  readonly requestSignal?: AbortSignal | null;
}

export type MakeRequest = (
  options: RequestOptions | PromiseLike<RequestOptions>,
  retriesRemaining: number | null,
  retryOfRequestLogID: string | undefined,
) => Promise<ResponseProps>;

export type RetryRequest = (
  options: RequestOptions,
  retriesRemaining: number,
  requestLogID: string,
  responseHeaders?: Headers,
  requestSignal?: AbortSignal | null,
) => Promise<ResponseProps>;

/** openai 7 only: reads a JSON body under the client's timeout, and asks again when it stalls. */
export type ParseResponse = (client: unknown, props: ResponseProps) => Promise<unknown>;

export type Fetch = (url: unknown, init?: { headers?: unknown }) => unknown;

/** Shows a request just before it leaves, beside the options that it was built from. */
export type PrepareRequest = (
  request: { readonly headers?: unknown },
  context: { readonly url: string; readonly options: RequestOptions },
) => Promise<void>;

/** Decides on a retry by the answer's status and headers. */
export type ShouldRetry = (response: unknown) => Promise<boolean>;

export interface Doors {
  makeRequest: MakeRequest;
  retryRequest: RetryRequest;
  shouldRetry?: ShouldRetry;
  withOptions: (options: object) => object;
  parseResponseWithTimeout?: ParseResponse;
  fetch?: Fetch;
  prepareRequest?: PrepareRequest;
  readonly fetchWithTimeout?: unknown;
  /** From 6.49 on. */
  readonly fetchWithAuth?: unknown;
  readonly fetchOptions?: { readonly headers?: unknown };
  /** A provider such as Bedrock, which signs requests. */
  readonly _provider?: unknown;
  readonly _workloadIdentityAuth?: unknown;
  readonly baseURL?: string;
  /** Of a client whose key is a function, the last one that it gave. */
  readonly apiKey?: unknown;
  readonly maxRetries?: number;
  /** openai 7 only. */
  readonly _makeUserAbortError?: (signal: AbortSignal) => Error;
  readonly constructor: ErrorClasses;
}

/** The error classes of the client's own module world, taken from its constructor's statics. */
export interface ErrorClasses {
  readonly APIUserAbortError?: new () => Error;
  readonly APIConnectionTimeoutError?: new (options?: { message?: string }) => Error;
  readonly APIConnectionError?: new (options: { message?: string; cause?: unknown }) => Error;
  readonly APIError?: (new (
    status: undefined,
    error: object,
    message: string,
    headers: Headers | undefined,
  ) => Error) & {
    /** The class for a status. */
    readonly generate?: (
      status: number,
      error: object | undefined,
      message: string | undefined,
      headers: Headers,
    ) => Error;
  };
  readonly RateLimitError?: StatusError<429>;
  readonly InternalServerError?: StatusError<number>;
}

type StatusError<Status extends number> = new (
  status: Status,
  error: object,
  message: string,
  headers: Headers,
) => Error & { cause?: unknown };

/** The major of an observed client: only 7 reads a JSON body under its own timeout. */
export function majorOf(client: Doors): 6 | 7 {
  return typeof client.parseResponseWithTimeout === 'function' ? 7 : 6;
}

/** True when the client has the two doors that every request passes. */
export function hasDoors(client: object): client is Doors {
  const { makeRequest, retryRequest } = client as Partial<Doors>;
  return typeof makeRequest === 'function' && typeof retryRequest === 'function';
}

const supportedMajors: readonly number[] = [6, 7];

/**
 * The major version of openai that a client is of, where that is one whose inside nobody has looked at: openai 4 and 5
 * have the doors too, behind which other things happen. Undefined where it is 6 or 7, or the client does not tell.
 */
export function unsupportedMajor(client: object): number | undefined {
  const { getUserAgent } = client as { getUserAgent?: unknown };
  let agent: unknown;
  try {
    agent = typeof getUserAgent === 'function' ? getUserAgent.call(client) : undefined;
  } catch {
    // A subclass may have its own, with needs of its own.
  }
  const major = Number(/\/JS (\d+)\./.exec(String(agent))?.[1]);
  return Number.isNaN(major) || supportedMajors.includes(major) ? undefined : major;
}
