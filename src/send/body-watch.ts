import type { Transformer } from 'node:stream/web';

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
  | { readonly kind: 'failed'; readonly error: unknown };

/** Changes the pieces of a body on their way to the reader; see `UsageFilter`. */
export interface PieceFilter {
  /** What to deliver for a piece; undefined for nothing yet. */
  push(piece: Uint8Array): Uint8Array | undefined;
  /** What is still held back at the end. */
  flush(): Uint8Array | undefined;
}

type Method = (...args: unknown[]) => unknown;

/** Attaches `listener` to `response`. Parts of an unusual response that cannot be watched are left as they are. */
export function watchBody(response: object, listener: BodyListener, filter?: PieceFilter): void {
  watchWhole(response, 'json', (value) => listener.json(value), listener);
  watchWhole(response, 'text', (value) => listener.text(String(value)), listener);
  for (const name of ['arrayBuffer', 'blob', 'bytes', 'formData']) {
    watchWhole(response, name, (value) => deliverWhole(value, listener), listener);
  }
  replace(response, 'clone', (clone) => () => {
    const copy = clone.call(response) as object;
    watchBody(copy, listener);
    return copy;
  });
  const body: unknown = (response as { body?: unknown }).body;
  if (typeof body === 'object' && body !== null) watchStream(body, listener, filter);
}

function watchWhole(
  target: object,
  name: string,
  deliver: (value: unknown) => void,
  listener: BodyListener,
): void {
  replace(target, name, (read) => (...args) => {
    const result = read.apply(target, args);
    listen(
      result,
      (value) => {
        deliver(value);
        listener.end({ kind: 'complete' });
      },
      (error) => listener.end({ kind: 'failed', error }),
    );
    return result;
  });
}

function deliverWhole(value: unknown, listener: BodyListener): void {
  if (value instanceof ArrayBuffer) listener.bytes(new Uint8Array(value));
  else if (value instanceof Uint8Array) listener.bytes(value);
}

function watchStream(body: object, listener: BodyListener, filter: PieceFilter | undefined): void {
  replace(body, 'getReader', (getReader) => (...args) => {
    const reader = getReader.apply(body, args) as object;
    replace(reader, 'read', (read) => watchedPull(read, reader, listener, filter));
    watchStop(reader, 'cancel', listener);
    return reader;
  });
  for (const name of [Symbol.asyncIterator, 'values'] as const) {
    replace(body, name, (iterate) => (...args) => {
      const iterator = iterate.apply(body, args) as object;
      replace(iterator, 'next', (next) => watchedPull(next, iterator, listener, filter));
      watchStop(iterator, 'return', listener);
      return iterator;
    });
  }
  watchStop(body, 'cancel', listener);
  replace(body, 'tee', (tee) => () => {
    const branches = tee.call(body) as [object, object];
    const listeners = splitListener(listener);
    // A filter keeps state of one reading, so behind a tee both branches get the bytes as they are.
    watchStream(branches[0], listeners[0], undefined);
    watchStream(branches[1], listeners[1], undefined);
    return branches;
  });
  replace(body, 'pipeThrough', (pipeThrough) => (...args) => {
    const passed = pipeThrough.call(body, watchedPass(listener, filter)) as { pipeThrough: Method };
    return passed.pipeThrough(...args);
  });
  replace(body, 'pipeTo', () => (...args) => {
    const through = (body as { pipeThrough: Method }).pipeThrough.bind(body);
    return (through(new TransformStream()) as { pipeTo: Method }).pipeTo(...args);
  });
}

/** `read` of a reader or `next` of an iterator: one piece, or the end. */
function watchedPull(
  pull: Method,
  target: object,
  listener: BodyListener,
  filter: PieceFilter | undefined,
): Method {
  const take = (result: unknown): void => {
    const { value, done } = result as { value?: unknown; done?: boolean };
    const piece = typeof value === 'string' ? Buffer.from(value) : value;
    if (piece instanceof Uint8Array) listener.bytes(piece);
    if (done) listener.end({ kind: 'complete' });
  };
  const fail = (error: unknown): void => listener.end({ kind: 'failed', error });
  if (!filter) {
    return (...args) => {
      const result = pull.apply(target, args);
      listen(result, take, fail);
      return result;
    };
  }
  let held: Uint8Array | undefined;
  let ended = false;
  return async (...args) => {
    for (;;) {
      if (ended) return { value: undefined, done: true };
      const result = pull.apply(target, args);
      listen(result, take, fail);
      const { value, done } = (await result) as { value?: unknown; done?: boolean };
      if (done) ended = true;
      held = done ? filter.flush() : value instanceof Uint8Array ? filter.push(value) : undefined;
      if (held) return { value: held, done: false };
    }
  };
}

/** `cancel` or `return`: the reader wants no more. */
function watchStop(target: object, name: string, listener: BodyListener): void {
  replace(target, name, (stop) => (...args) => {
    listener.end({ kind: 'cancelled' });
    return stop.apply(target, args);
  });
}

/** Two listeners for two branches that deliver the same pieces: each piece counts once, whoever is ahead. */
function splitListener(listener: BodyListener): [BodyListener, BodyListener] {
  let most = 0;
  let stopped = 0;
  const branch = (): BodyListener => {
    let own = 0;
    return {
      ...listener,
      bytes: (piece) => {
        own++;
        if (own <= most) return;
        most = own;
        listener.bytes(piece);
      },
      end: (end) => {
        if (end.kind === 'cancelled' && ++stopped < 2) return;
        listener.end(end);
      },
    };
  };
  return [branch(), branch()];
}

/** For a body that is piped: inside a pipe there is no method call to listen to. */
function watchedPass(
  listener: BodyListener,
  filter: PieceFilter | undefined,
): TransformStream<Uint8Array, Uint8Array> {
  const transformer: Transformer<Uint8Array, Uint8Array> & { cancel: () => void } = {
    transform(piece, controller) {
      listener.bytes(piece);
      const delivered = filter ? filter.push(piece) : piece;
      if (delivered) controller.enqueue(delivered);
    },
    flush(controller) {
      const rest = filter?.flush();
      if (rest) controller.enqueue(rest);
      listener.end({ kind: 'complete' });
    },
    cancel: () => listener.end({ kind: 'cancelled' }),
  };
  return new TransformStream(transformer);
}

/** Listens to a promise without changing who handles it. */
function listen(result: unknown, onValue: (value: unknown) => void, onError: (error: unknown) => void): void {
  if (result instanceof Promise) result.then(onValue, onError);
}

/** Puts a method of the same name on the object itself, unseen by enumeration. Leaves what cannot be replaced. */
function replace(target: object, name: string | symbol, wrap: (original: Method) => Method): void {
  const original: unknown = Reflect.get(target, name);
  if (typeof original !== 'function' || !Object.isExtensible(target)) return;
  Object.defineProperty(target, name, {
    value: wrap(original as Method),
    writable: true,
    configurable: true,
    enumerable: false,
  });
}
