import { createTag } from '../tag.ts';
import { adopt, type Overrides, type Prototypes } from './adopt.ts';
import { splitListener } from './body-split.ts';
import { filtered, type PieceFilter } from './piece-filter.ts';
import { watchStream } from './stream-watch.ts';
import { type Method, method } from './watched-methods.ts';

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

/** Who listens to a watched response. */
interface Watch {
  readonly listener: BodyListener;
  readonly filter: PieceFilter | undefined;
  /** True once it is read in one piece. Its stream then has nothing to tell of its own. */
  whole: boolean;
  /** Its stream, once somebody has asked for it. */
  stream?: object;
}

const watches = createTag<Watch>();
const prototypes: Prototypes = new WeakMap();

/** Attaches `listener` to `response`. Parts of an unusual response that cannot be watched are left as they are. */
export function watchBody(response: object, listener: BodyListener, filter?: PieceFilter): void {
  watches.set(response, { listener, filter, whole: false });
  adopt(response, methods, prototypes);
}

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

/**
 * The bytes of a Blob are had later than the Blob itself. A caller who waited for them would get it later than from
 * the bare client, and a call that ended without its caller would end late; so they are listened to on their way out of
 * the stream, which costs no copy either.
 */
const onTheWay: Overrides[string] = (read, name) => {
  const inOne = binary(read, name).value as Method;
  return {
    value: function readOnTheWay(this: object, ...args: unknown[]): unknown {
      // Asking for the stream is what puts the listener on it.
      const { body } = this as { body?: unknown };
      return (body instanceof ReadableStream ? read : inOne).apply(this, args);
    },
    writable: true,
  };
};

const methods: Overrides = {
  json: whole((listener, value) => listener.json(value)),
  text: whole((listener, value) => listener.text(String(value))),
  arrayBuffer: binary,
  blob: onTheWay,
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
