import type { CallRun } from './call-run.ts';
import type { Doors, Fetch } from './doors.ts';
import { linkAnswer, takeSending } from './links.ts';

/**
 * Sees each attempt leave and its headers arrive. The client's `fetch` stays a plain property to everyone: it can be
 * read and set as before, and `unobserved` gives a moment in which the bare function is read (for `withOptions`,
 * which hands it to the new client).
 */
export function observeFetch(client: Doors): { unobserved: <T>(read: () => T) => T } {
  const descriptor = Object.getOwnPropertyDescriptor(client, 'fetch');
  if (typeof client.fetch !== 'function' || descriptor?.configurable === false) {
    return { unobserved: (read) => read() };
  }
  let bare: Fetch = client.fetch;
  let observed = observedFetch(bare);
  let hidden = false;
  Object.defineProperty(client, 'fetch', {
    configurable: true,
    enumerable: descriptor?.enumerable ?? true,
    get: () => (hidden ? bare : observed),
    set: (fetch: Fetch) => {
      bare = fetch;
      observed = typeof fetch === 'function' ? observedFetch(fetch) : fetch;
    },
  });
  return {
    unobserved: (read) => {
      hidden = true;
      try {
        return read();
      } finally {
        hidden = false;
      }
    },
  };
}

function observedFetch(bare: Fetch): Fetch {
  return function fetch(this: unknown, url, init) {
    const linked = takeSending(init?.headers);
    if (!linked) return bare.call(this, url, init);
    const { run, attempt } = linked;
    run.sending(attempt, init?.headers instanceof Headers ? init.headers : undefined);
    const arrived = (response: unknown): void => {
      const { status, headers } = (response ?? {}) as { status?: unknown; headers?: unknown };
      if (typeof status !== 'number') return;
      run.answered(attempt, status, headers instanceof Headers ? headers : undefined);
      if (run.steering) linkAnswer(response as object, linked);
    };
    const failed = (error: unknown): void => {
      attempt.error = error;
      attempt.errorType = stoppedBy(run) ?? transportErrorType(error);
    };
    let result: unknown;
    try {
      result = bare.call(this, url, init);
    } catch (error) {
      failed(error);
      throw error;
    }
    if (result instanceof Promise) {
      result.then(arrived, failed);
      return result;
    }
    return thenOnce(result, arrived, failed);
  };
}

/** For a `fetch` that gives something else than a native promise: it is awaited once, as the client would. */
async function thenOnce(
  result: unknown,
  arrived: (response: unknown) => void,
  failed: (error: unknown) => void,
): Promise<unknown> {
  try {
    const response = await result;
    arrived(response);
    return response;
  } catch (error) {
    failed(error);
    throw error;
  }
}

/** Who ended the attempt, where the transport did not. */
function stoppedBy({ signal, steering }: CallRun): string | undefined {
  if (signal?.aborted) return 'cancelled';
  return steering?.deadline?.error && 'deadline_exceeded';
}

/** The same rule by which the client tells a time-out from a broken connection. */
function transportErrorType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'connection_error';
  const { name, cause } = error as { name?: unknown; cause?: unknown };
  if (name === 'AbortError') return 'timeout';
  return /timed? ?out/i.test(`${String(error)}${String(cause ?? '')}`) ? 'timeout' : 'connection_error';
}
