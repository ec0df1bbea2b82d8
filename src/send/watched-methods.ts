import type { BodyListener } from './body-watch.ts';
import type { PieceFilter } from './piece-filter.ts';

export type Method = (this: object, ...args: unknown[]) => unknown;

/** A method that takes the place of another. */
export const method =
  (wrap: (original: Method, name: string | symbol) => Method) =>
  (original: Method, name: string | symbol): PropertyDescriptor => ({
    value: wrap(original, name),
    writable: true,
  });

/**
 * `read` of a reader or `next` of an iterator: one piece, or the end. `holds` tells whether the target still has the
 * stream: one that was let go of is refused, which says nothing of the stream.
 */
export function watchedPull(
  pull: Method,
  target: object,
  listener: BodyListener,
  filter: PieceFilter | undefined,
  holds: () => boolean,
): Method {
  const take = (result: unknown): void => {
    const { value, done } = result as { value?: unknown; done?: boolean };
    const piece = typeof value === 'string' ? Buffer.from(value) : value;
    if (piece instanceof Uint8Array) listener.bytes(piece);
    if (done) listener.end({ kind: 'complete' });
  };
  const fail = (error: unknown): void => {
    if (holds()) listener.end({ kind: 'failed', error });
  };
  if (filter) return filteredPull(pull, target, filter, take, fail);
  return (...args) => {
    const result = pull.apply(target, args);
    listen(result, take, fail);
    return result;
  };
}

/** Pulls until the filter has something to deliver. Pulls that are asked for at once wait for each other. */
function filteredPull(
  pull: Method,
  target: object,
  filter: PieceFilter,
  take: (result: unknown) => void,
  fail: (error: unknown) => void,
): Method {
  let ended = false;
  let rest: Uint8Array | undefined;
  let before: Promise<unknown> = Promise.resolve();
  const pullFiltered = async (args: unknown[]): Promise<unknown> => {
    const view = ArrayBuffer.isView(args[0]) ? args[0] : undefined;
    while (!ended && !rest?.length) {
      // A view that was read into is gone, so each pull has one of its own.
      const result = pull.apply(target, view ? [new Uint8Array(view.byteLength), ...args.slice(1)] : args);
      listen(result, take, fail);
      const { value, done } = (await result) as { value?: unknown; done?: boolean };
      if (done) ended = true;
      rest = done ? filter.flush() : value instanceof Uint8Array ? filter.push(value) : undefined;
    }
    if (!rest?.length) return { value: view && new Uint8Array(view.buffer, view.byteOffset, 0), done: true };
    const delivered = rest;
    if (!view) {
      rest = undefined;
      return { value: delivered, done: false };
    }
    const piece = delivered.subarray(0, view.byteLength);
    rest = delivered.subarray(piece.byteLength);
    const filled = new Uint8Array(view.buffer, view.byteOffset, piece.byteLength);
    filled.set(piece);
    return { value: filled, done: false };
  };
  return (...args) => {
    const pulled = before.then(() => pullFiltered(args));
    before = pulled.catch(() => {});
    return pulled;
  };
}

/** `cancel` or `return`: the reader wants no more. */
export function watchStop(target: object, name: string, listener: BodyListener, holds: () => boolean): void {
  replace(target, name, (stop) => (...args) => {
    if (holds()) listener.end({ kind: 'cancelled' });
    return stop.apply(target, args);
  });
}

/** Listens to a promise without changing who handles it. */
export function listen(
  result: unknown,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
): void {
  if (result instanceof Promise) result.then(onValue, onError);
}

/** Puts a method of the same name on the object itself, unseen by enumeration. Leaves what cannot be replaced. */
export function replace(target: object, name: string | symbol, wrap: (original: Method) => Method): void {
  const original: unknown = Reflect.get(target, name);
  if (typeof original !== 'function' || !Object.isExtensible(target)) return;
  Object.defineProperty(target, name, {
    value: wrap(original as Method),
    writable: true,
    configurable: true,
    enumerable: false,
  });
}
