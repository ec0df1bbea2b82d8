import type { BodyEnd, BodyListener } from './body-watch.ts';
import type { PieceFilter } from './piece-filter.ts';
import type { Method } from './watched-methods.ts';

/** What the pipe of a body needs to know of where it goes. */
interface Destination {
  readonly locked: boolean;
  getWriter(): WritableStreamDefaultWriter<Uint8Array>;
}

/**
 * Pipes with a listener in between, for inside a pipe there is no method call to listen to. The pipe is still the
 * runtime's own (`pipeTo`): it only leads to a stand-in that hands everything on to the destination, so that locks,
 * errors and the options `preventClose`, `preventAbort`, `preventCancel` and `signal` do what they always do.
 */
export function pipeWatched(
  source: object,
  pipeTo: Method,
  destination: Destination,
  options: unknown,
  { listener, filter }: { listener: BodyListener; filter: PieceFilter | undefined },
): Promise<unknown> {
  const writer = destination.getWriter();
  let isRefused = false;
  let hasEnded = false;
  const end = (how: BodyEnd): void => {
    if (!hasEnded) listener.end(how);
    hasEnded = true;
  };
  const standIn = new WritableStream<Uint8Array>({
    start(controller) {
      writer.closed.catch((error: unknown) => {
        isRefused = true;
        controller.error(error);
      });
    },
    write(piece) {
      listener.bytes(piece);
      const delivered = filter ? filter.push(piece) : piece;
      // A write that fails shows at `closed`; what is waited for is room, as a pipe without us would.
      if (delivered) writer.write(delivered).catch(() => {});
      return writer.ready;
    },
    async close() {
      // Before whoever reads the other side sees the end.
      end({ kind: 'complete' });
      const rest = filter?.flush();
      if (rest) await writer.write(rest);
      await writer.close();
    },
    abort: (reason) => writer.abort(reason),
  });
  const piped = pipeTo.call(source, standIn, options) as Promise<unknown>;
  piped.then(
    () => end({ kind: 'complete' }),
    (error: unknown) => {
      const signal = (options as { signal?: AbortSignal } | undefined)?.signal;
      const isStopped = isRefused || signal?.aborted === true;
      end(isStopped ? { kind: 'cancelled' } : { kind: 'failed', error });
    },
  );
  return piped.finally(() => writer.releaseLock());
}

/** Whether the runtime would start to pipe there; where it would not, it says so in its own way. */
export function canPipe(source: object, destination: unknown): destination is Destination {
  const { locked } = source as { locked?: unknown };
  return locked === false && destination instanceof WritableStream && !destination.locked;
}
