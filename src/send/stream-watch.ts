import { createTag } from '../tag.ts';
import { adopt, type Overrides, type Prototypes } from './adopt.ts';
import { canPipe, pipeWatched } from './body-pipe.ts';
import { splitListener } from './body-split.ts';
import type { BodyListener } from './body-watch.ts';
import type { PieceFilter } from './piece-filter.ts';
import { type Method, method, replace, watchedPull, watchStop } from './watched-methods.ts';

/** Who listens to a watched stream. */
interface Watch {
  readonly listener: BodyListener;
  readonly filter: PieceFilter | undefined;
  /** What the stream was locked to last: a reader, an iterator, two branches. */
  holder?: object;
}

const watches = createTag<Watch>();
const prototypes: Prototypes = new WeakMap();

/** Attaches `listener` to the stream of a body, whoever will read it, unless it has one. */
export function watchStream(stream: object, listener: BodyListener, filter: PieceFilter | undefined): void {
  if (watches.get(stream)) return;
  watches.set(stream, { listener, filter });
  adopt(stream, methods, prototypes);
}

/** Runs `work` with the stream's watch, where it has one. */
function watched(
  stream: object,
  original: Method,
  args: unknown[],
  work: (result: object, watch: Watch) => void,
): unknown {
  const result = original.apply(stream, args);
  const watch = watches.get(stream);
  if (watch) {
    watch.holder = result as object;
    work(result as object, watch);
  }
  return result;
}

function isLocked(stream: object): boolean {
  return (stream as { locked?: unknown }).locked === true;
}

const always = (): boolean => true;

const iterated = method(
  (iterate) =>
    function iterateWatched(this: object, ...args) {
      const [options] = args as [{ preventCancel?: unknown }?];
      return watched(this, iterate, args, (iterator, { listener, filter }) => {
        replace(iterator, 'next', (next) => watchedPull(next, iterator, listener, filter, always));
        // Otherwise whoever leaves the loop leaves the rest to others.
        if (!options?.preventCancel) watchStop(iterator, 'return', listener, always);
      });
    },
);

/** The reason that Node's own `fetch` gives when it cancels an unread body whose response was collected. */
const garbageReason = 'Response object has been garbage collected';

const methods: Overrides = {
  getReader: method(
    (getReader) =>
      function getWatchedReader(this: object, ...args) {
        return watched(this, getReader, args, (reader, watch) => {
          const { listener, filter } = watch;
          const holds = (): boolean => watch.holder === reader && isLocked(this);
          replace(reader, 'read', (read) => watchedPull(read, reader, listener, filter, holds));
          watchStop(reader, 'cancel', listener, holds);
        });
      },
  ),
  [Symbol.asyncIterator]: iterated,
  values: iterated,
  cancel: method(
    (cancel) =>
      function cancelWatched(this: object, ...args) {
        // A stream that somebody reads refuses it.
        if (!isLocked(this))
          watches.get(this)?.listener.end({ kind: args[0] === garbageReason ? 'unread' : 'cancelled' });
        return cancel.apply(this, args);
      },
  ),
  tee: method(
    (tee) =>
      function teeWatched(this: object) {
        return watched(this, tee, [], (branches, { listener, filter }) => {
          const [left, right] = branches as [object, object];
          const listeners = splitListener(listener);
          watchStream(left, listeners[0], filter?.fresh());
          watchStream(right, listeners[1], filter?.fresh());
        });
      },
  ),
  pipeThrough: method(
    (pipeThrough) =>
      function pipeWatchedThrough(this: object, ...args) {
        const [transform, options] = args as [{ readable?: unknown; writable?: unknown }?, unknown?];
        const writable = transform?.writable;
        if (!(transform?.readable instanceof ReadableStream) || !canPipe(this, writable, options))
          return pipeThrough.apply(this, args);
        pipeWatched(this, writable, options).catch(() => {});
        return transform.readable;
      },
  ),
  pipeTo: method(
    (pipeTo) =>
      function pipeWatchedTo(this: object, ...args) {
        const [destination, options] = args;
        return canPipe(this, destination, options)
          ? pipeWatched(this, destination, options)
          : pipeTo.apply(this, args);
      },
  ),
};
