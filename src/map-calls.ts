import pLimit from 'p-limit';
import { priorities } from './admit/priority.ts';
import type { Priority } from './call.ts';
import { callWith, currentCallContext } from './call-with.ts';
import { checkBoolean, checkFunction, checkNumber, checkObject, checkOneOf, invalidOption } from './check.ts';

/** How a bulk of work is done. */
export interface MapCallsOptions {
  /** How many run at once: an integer of at least 1. @default 10 */
  readonly concurrency?: number;
  /**
   * Of every call of an observed client in `fn`, as `callWith` says it; also handed to `fn`, for a permit of its own.
   * @default what is said around it, else 'medium'
   */
  readonly priority?: Priority;
  /** Starts nothing more, and aborts the signal that those that run were given. `mapCalls` rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told after each item. What it throws stops everything, as an abort does. */
  readonly onProgress?: (progress: MapCallsProgress) => void;
  /** `true` stops at the first item that fails, as an abort does, and rejects with its error. @default false */
  readonly stopOnError?: boolean;
}

/** How far a bulk of work is. */
export interface MapCallsProgress {
  /** Items that are over, those that failed included. */
  readonly done: number;
  readonly failed: number;
  /** Items that were begun, those that are over included. */
  readonly started: number;
  /** All there are. Undefined where that is known at the end only. */
  readonly total: number | undefined;
}

/** What a call of a bulk is given beside its item. */
export interface MapCallsContext {
  /** Place of the item among all, from 0. */
  readonly index: number;
  readonly priority: Priority;
  /** Aborted when everything stops. */
  readonly signal: AbortSignal;
}

const known = [
  'concurrency',
  'priority',
  'signal',
  'onProgress',
  'stopOnError',
] as const satisfies readonly (keyof MapCallsOptions)[];

/**
 * Calls `fn` for each item, so many at once, and gives what became of each in the order of the items. An item is taken only
 * when it can begin, so a generator of millions takes no more memory than `concurrency` items and the results.
 *
 * When it stops early (abort, `stopOnError`, a list or an `onProgress` that throws), it begins nothing more, waits until
 * those that run are over, closes the list and rejects. So nothing goes on once its promise is settled; `fn` has to heed
 * `signal` for that to be soon.
 *
 * @throws TelltaleError `invalid_option`; the signal's reason; the first error with `stopOnError`; whatever the list throws
 *
 * @example
 * ```ts
 * const results = await mapCalls(
 *   texts,
 *   async (text, { priority, signal }) => {
 *     const permit = await limiter.acquire({ tokens: 2_000, priority, signal });
 *     const answer = await openai.responses.create({ model: 'gpt-5-mini', input: text }, { signal });
 *     permit.settle({ tokens: answer.usage?.total_tokens });
 *     return answer.output_text;
 *   },
 *   { concurrency: 50, priority: 'low', onProgress: ({ done, total }) => console.log(`${done} of ${total}`) },
 * );
 * const failed = results.filter(({ status }) => status === 'rejected');
 * ```
 */
export async function mapCalls<Item, Value>(
  items: Iterable<Item> | AsyncIterable<Item>,
  fn: (item: Item, context: MapCallsContext) => Value | PromiseLike<Value>,
  options: MapCallsOptions = {},
): Promise<PromiseSettledResult<Value>[]> {
  const { concurrency, priority, signal, onProgress, stopOnError } = checkOptions(options);
  const iterator = iteratorOf(items);
  checkFunction('fn', fn);
  signal?.throwIfAborted();

  const results: PromiseSettledResult<Value>[] = [];
  const total = Array.isArray(items) ? items.length : undefined;
  const limit = pLimit(concurrency);
  const running = new AbortController();
  let [started, done, failed] = [0, 0, 0];
  let stopped: { readonly reason: unknown } | undefined;
  /** Wakes the loop below, whatever it waits for. */
  let wake = (): void => {};
  const woken = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const isStopped = (): boolean => stopped !== undefined;
  const stop = (reason: unknown): void => {
    if (!stopped) {
      stopped = { reason };
      running.abort(reason);
    }
    wake();
  };
  const aborted = (): void => stop(signal?.reason);
  signal?.addEventListener('abort', aborted, { once: true });

  const over = (index: number, result: PromiseSettledResult<Value>): void => {
    results[index] = result;
    done++;
    if (result.status === 'rejected') {
      failed++;
      if (stopOnError) stop(result.reason);
    }
    try {
      onProgress?.({ done, failed, started, total });
    } catch (error) {
      stop(error);
    }
    wake();
  };
  const begin = (item: Item): void => {
    const index = started++;
    const call = (): Value | PromiseLike<Value> => {
      // What was to begin in this moment does not begin after a stop.
      running.signal.throwIfAborted();
      // Observed clients in `fn` take it from there.
      return callWith({ priority }, () => fn(item, { index, priority, signal: running.signal }));
    };
    limit(call).then(
      (value) => over(index, { status: 'fulfilled', value }),
      (reason: unknown) => over(index, { status: 'rejected', reason }),
    );
  };

  try {
    await feed(iterator, begin, { isStopped, isFull: () => started - done >= concurrency, woken });
  } catch (error) {
    stop(error);
  }
  while (done < started) await woken();
  signal?.removeEventListener('abort', aborted);
  if (isStopped()) throw stopped?.reason;
  return results;
}

interface Pace {
  readonly isStopped: () => boolean;
  readonly isFull: () => boolean;
  /** Resolves at the next stop or end of an item. */
  readonly woken: () => Promise<void>;
}

/** Begins item after item, each when there is room, until there are no more or everything stops. */
async function feed<Item>(
  iterator: Iterator<Item> | AsyncIterator<Item>,
  begin: (item: Item) => void,
  pace: Pace,
): Promise<void> {
  const { isStopped, isFull, woken } = pace;
  while (!isStopped()) {
    if (isFull()) {
      await woken();
      continue;
    }
    const step = await nextOrStop(iterator, pace);
    if (step === undefined) {
      // The list is about to give one: it is told that nobody wants more, and not waited for.
      void close(iterator);
      return;
    }
    if (step.done) return;
    if (!isStopped()) begin(step.value);
  }
  await close(iterator);
}

/** The next of a list; undefined where everything stopped while the list took its time. */
async function nextOrStop<Item>(
  iterator: Iterator<Item> | AsyncIterator<Item>,
  { isStopped, woken }: Pace,
): Promise<IteratorResult<Item> | undefined> {
  const next = iterator.next();
  if (!('then' in next)) return next;
  const come: { take?: () => IteratorResult<Item> } = {};
  const settled = next.then(
    (step) => {
      come.take = () => step;
    },
    (error: unknown) => {
      come.take = () => {
        throw error;
      };
    },
  );
  while (!come.take && !isStopped()) await Promise.race([settled, woken()]);
  return come.take?.();
}

async function close(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // Why everything stopped is what the caller is to learn.
  }
}

function iteratorOf<Item>(items: Iterable<Item> | AsyncIterable<Item>): Iterator<Item> | AsyncIterator<Item> {
  const given: unknown = items;
  if (typeof given === 'object' && given !== null) {
    if (Symbol.asyncIterator in items && typeof items[Symbol.asyncIterator] === 'function')
      return items[Symbol.asyncIterator]();
    if (Symbol.iterator in items && typeof items[Symbol.iterator] === 'function')
      return items[Symbol.iterator]();
  }
  throw invalidOption('items', 'a list or something that can be iterated', items);
}

function checkOptions(given: MapCallsOptions) {
  checkObject('options', given, known);
  const { priority: around = 'medium' } = currentCallContext();
  const { concurrency = 10, priority = around, signal, onProgress, stopOnError = false } = given;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw invalidOption('options.signal', 'an AbortSignal', signal);
  if (onProgress !== undefined) checkFunction('options.onProgress', onProgress);
  return {
    concurrency: checkNumber('options.concurrency', concurrency, { min: 1, integer: true }),
    priority: checkOneOf('options.priority', priority, priorities),
    stopOnError: checkBoolean('options.stopOnError', stopOnError),
    signal,
    onProgress,
  };
}
