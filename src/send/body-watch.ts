import { createTag } from '../tag.ts';
import { adopt, type Overrides, type Prototypes } from './adopt.ts';
import { canPipe, pipeWatched } from './body-pipe.ts';
import { splitListener } from './body-split.ts';
import { filtered, type PieceFilter } from './piece-filter.ts';
import { type Method, replace, watchedPull, watchStop } from './watched-methods.ts';

/**
 * Watches a response's body being read, by whoever reads it and however they do it, without reading anything itself
 * and without putting anything between the bytes and their reader: the object stays the same, its reading methods
 * get a listener. A body that nobody reads is not read.
 */
export interface BodyListener {
  /** A piece of the body was delivered. */
  bytes(piece: Uint8Array): void;
  /** The whole body was delivered as text. */
  text(text: string): void;
  /** The whole body was delivered as parsed JSON. */
  json(value: unknown): void;
  /** Nothing more will come. Called at most once. */
  end(end: BodyEnd): void;
}

export type BodyEnd =
  | { readonly kind: 'complete' }
  /** The reader stopped before the end. */
  | { readonly kind: 'cancelled' }
  /** Nobody can read it any more, and nobody did. */
  | { readonly kind: 'unread' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Who listens to a watched response or stream. */
interface Watch {
  readonly listener: BodyListener;
  readonly filter: PieceFilter | undefined;
  /** Of a response: true once it is read in one piece. Its stream then has nothing to tell of its own. */
  whole: boolean;
  /** Of a response: its stream, once somebody has asked for it. */
  stream?: object;
}

const watches = createTag<Watch>();
const responsePrototypes: Prototypes = new WeakMap();
const streamPrototypes: Prototypes = new WeakMap();

/** Attaches `listener` to `response`. Parts of an unusual response that cannot be watched are left as they are. */
export function watchBody(response: object, listener: BodyListener, filter?: PieceFilter): void {
  watches.set(response, { listener, filter, whole: false });
  adopt(response, responseMethods, responsePrototypes);
}

function watchStream(stream: object, listener: BodyListener, filter: PieceFilter | undefined): void {
  if (watches.get(stream)) return;
  watches.set(stream, { listener, filter, whole: false });
  adopt(stream, streamMethods, streamPrototypes);
}

const method =
  (wrap: (original: Method, name: string | symbol) => Method) =>
  (original: Method, name: string | symbol) => ({
    value: wrap(original, name),
    writable: true,
  });

/** `json`, `text` and the others that deliver a body in one piece. */
const whole = (deliver: (listener: BodyListener, value: unknown) => void) =>
  method(
    (read) =>
      function readWhole(this: object, ...args) {
        const watch = watches.get(this);
        // A second reading fails, which says nothing about the first.
        if (!watch || isTaken(this, watch)) return read.apply(this, args);
        const { listener } = watch;
        // Before the reading, because it may pull at the stream at once, and that one ends before its bytes are parsed.
        watch.whole = true;
        const result = read.apply(this, args);
        if (!(result instanceof Promise)) watch.whole = false;
        const arrived = (value: unknown): void => {
          deliver(listener, value);
          listener.end({ kind: 'complete' });
        };
        if (!(result instanceof Promise)) return result;
        const { filter } = watch;
        // Not listened to on the side: a failure that nobody handles has to stay one.
        return result.then(
          (value: unknown) => {
            arrived(value);
            return filter ? filtered(value, filter.fresh()) : value;
          },
          (error: unknown) => {
            listener.end({ kind: 'failed', error });
            throw error;
          },
        );
      },
  );

function isTaken(response: object, watch: Watch): boolean {
  const { bodyUsed } = response as { bodyUsed?: unknown };
  return bodyUsed === true || (watch.stream as { locked?: unknown } | undefined)?.locked === true;
}

const binary = whole((listener, value) => {
  if (value instanceof ArrayBuffer) listener.bytes(new Uint8Array(value));
  else if (value instanceof Uint8Array) listener.bytes(value);
});

const responseMethods: Overrides = {
  json: whole((listener, value) => listener.json(value)),
  text: whole((listener, value) => listener.text(String(value))),
  arrayBuffer: binary,
  blob: binary,
  bytes: binary,
  formData: binary,
  clone: method(
    (clone) =>
      function cloneWatched(this: object) {
        const copy = clone.call(this) as object;
        const watch = watches.get(this);
        if (!watch) return copy;
        const { filter } = watch;
        const [own, copied] = splitListener(watch.listener);
        watches.set(this, { listener: own, filter: filter?.fresh(), whole: false });
        watchBody(copy, copied, filter?.fresh());
        return copy;
      },
  ),
  body: (get) => ({
    get(this: object) {
      const body: unknown = get.call(this);
      const watch = watches.get(this);
      if (watch && typeof body === 'object' && body !== null && watch.stream !== body) {
        watch.stream = body;
        watchStream(body, unlessWhole(watch), watch.filter);
      }
      return body;
    },
  }),
};

/** The listener of a response's stream. */
function unlessWhole(watch: Watch): BodyListener {
  const { listener } = watch;
  return {
    ...listener,
    bytes: (piece) => {
      if (!watch.whole) listener.bytes(piece);
    },
    end: (end) => {
      if (!watch.whole) listener.end(end);
    },
  };
}

/** Runs `work` with the stream's watch, where it has one. */
function watched(
  stream: object,
  original: Method,
  args: unknown[],
  work: (result: object, watch: Watch) => unknown,
): unknown {
  const watch = watches.get(stream);
  const result = original.apply(stream, args);
  return watch ? work(result as object, watch) : result;
}

const iterated = method(
  (iterate) =>
    function iterateWatched(this: object, ...args) {
      return watched(this, iterate, args, (iterator, { listener, filter }) => {
        replace(iterator, 'next', (next) => watchedPull(next, iterator, listener, filter));
        watchStop(iterator, 'return', listener);
        return iterator;
      });
    },
);

/** The reason that Node's own `fetch` gives when it cancels an unread body whose response was collected. */
const garbageReason = 'Response object has been garbage collected';

const streamMethods: Overrides = {
  getReader: method(
    (getReader) =>
      function getWatchedReader(this: object, ...args) {
        return watched(this, getReader, args, (reader, { listener, filter }) => {
          replace(reader, 'read', (read) => watchedPull(read, reader, listener, filter));
          watchStop(reader, 'cancel', listener);
          return reader;
        });
      },
  ),
  [Symbol.asyncIterator]: iterated,
  values: iterated,
  cancel: method(
    (cancel) =>
      function cancelWatched(this: object, ...args) {
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
          return branches;
        });
      },
  ),
  pipeThrough: method(
    (pipeThrough) =>
      function pipeWatchedThrough(this: object, ...args) {
        const watch = watches.get(this);
        const [transform, options] = args as [{ readable?: unknown; writable?: unknown }?, unknown?];
        const { pipeTo } = ReadableStream.prototype;
        if (!watch || !(transform?.readable instanceof ReadableStream) || !canPipe(this, transform.writable))
          return pipeThrough.apply(this, args);
        pipeWatched(this, pipeTo as Method, transform.writable, options, watch).catch(() => {});
        return transform.readable;
      },
  ),
  pipeTo: method(
    (pipeTo) =>
      function pipeWatchedTo(this: object, ...args) {
        const watch = watches.get(this);
        const [destination, options] = args;
        if (!watch || !canPipe(this, destination)) return pipeTo.apply(this, args);
        return pipeWatched(this, pipeTo, destination, options, watch);
      },
  ),
};
