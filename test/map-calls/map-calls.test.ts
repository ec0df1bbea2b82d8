import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLimiter } from '../../src/admit/limiter.ts';
import { type MapCallsOptions, type MapCallsProgress, mapCalls } from '../../src/map-calls.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Work that ends when it is told to. */
class Bench {
  readonly #open = new Map<
    number,
    { readonly resolve: (value: string) => void; readonly reject: (error: unknown) => void }
  >();
  readonly begun: number[] = [];
  most = 0;

  readonly work = (item: number): Promise<string> => {
    this.begun.push(item);
    return new Promise((resolve, reject) => {
      this.#open.set(item, { resolve, reject });
      this.most = Math.max(this.most, this.#open.size);
    });
  };

  get open(): readonly number[] {
    return [...this.#open.keys()];
  }

  async end(item: number, error?: unknown): Promise<void> {
    const { resolve, reject } = this.#open.get(item) ?? {};
    this.#open.delete(item);
    if (error === undefined) resolve?.(`done ${item}`);
    else reject?.(error);
    await turn();
  }
}

const rejected: unknown[] = [];
const warned: unknown[] = [];
const keepRejection = (reason: unknown): void => void rejected.push(reason);
const keepWarning = (warning: unknown): void => void warned.push(warning);

beforeEach(() => {
  process.on('unhandledRejection', keepRejection);
  process.on('warning', keepWarning);
});
afterEach(async () => {
  await turn();
  process.off('unhandledRejection', keepRejection);
  process.off('warning', keepWarning);
  expect(rejected.splice(0)).toEqual([]);
  expect(warned.splice(0)).toEqual([]);
});

/** Numbers from 0, one when it is asked for, and how they were taken. */
function numbers(count: number) {
  const taken = { items: 0, isClosed: false };
  function* generate(): Generator<number> {
    try {
      for (let at = 0; at < count; at++) {
        taken.items++;
        yield at;
      }
    } finally {
      taken.isClosed = true;
    }
  }
  return { taken, items: generate() };
}

async function* later(items: Iterable<number>): AsyncGenerator<number> {
  for (const item of items) {
    await turn();
    yield item;
  }
}

describe('a bulk of calls', () => {
  test('gives what became of each in their order, and never runs more at once than it may', async () => {
    const call = fc.record({
      turns: fc.integer({ min: 0, max: 4 }),
      fails: fc.boolean(),
      throws: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom('list', 'generator', 'async' as const),
        async (calls, concurrency, kind) => {
          let running = 0;
          let most = 0;
          const places = calls.keys();
          const items = { list: [...calls.keys()], generator: places, async: later(calls.keys()) }[kind];
          const progress: MapCallsProgress[] = [];
          const results = await mapCalls<number, number>(
            items,
            (item, { index }) => {
              expect(index).toBe(item);
              const { turns, fails, throws } = calls[item] ?? {};
              if (fails && throws) throw new Error(`failed ${item}`);
              running++;
              most = Math.max(most, running);
              return (async () => {
                for (let at = 0; at < (turns ?? 0); at++) await turn();
                running--;
                if (fails) throw new Error(`failed ${item}`);
                return item * 2;
              })();
            },
            { concurrency, onProgress: (now) => progress.push(now) },
          );
          expect(results).toEqual(
            calls.map(({ fails }, item) =>
              fails
                ? { status: 'rejected', reason: new Error(`failed ${item}`) }
                : { status: 'fulfilled', value: item * 2 },
            ),
          );
          expect(most).toBeLessThanOrEqual(concurrency);
          expect(progress.map(({ done }) => done)).toEqual(calls.map((_, index) => index + 1));
          expect(progress.at(-1)?.failed ?? 0).toBe(calls.filter(({ fails }) => fails).length);
          for (const { total } of progress) expect(total).toBe(kind === 'list' ? calls.length : undefined);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('takes an item only when it can begin', async () => {
    const bench = new Bench();
    const { items, taken } = numbers(1_000);
    const mapped = mapCalls(items, bench.work, { concurrency: 3 });
    await turn();
    expect([taken.items, bench.open]).toEqual([3, [0, 1, 2]]);
    await bench.end(1);
    expect([taken.items, bench.open]).toEqual([4, [0, 2, 3]]);
    for (let item = 0; item < 1_000; item++) await bench.end(item);
    expect(await mapped).toHaveLength(1_000);
    expect(bench.most).toBe(3);
  });

  test('hands on index, priority and a signal, medium and 10 at once where nothing is said', async () => {
    const bench = new Bench();
    const seen: unknown[] = [];
    const mapped = mapCalls(numbers(30).items, (item, { signal, ...context }) => {
      seen.push(context);
      expect(signal.aborted).toBe(false);
      return bench.work(item);
    });
    await turn();
    expect(seen).toHaveLength(10);
    expect(seen[7]).toEqual({ index: 7, priority: 'medium' });
    for (let item = 0; item < 30; item++) await bench.end(item);
    await mapped;
    await mapCalls([1], (_, { priority }) => expect(priority).toBe('low'), { priority: 'low' });
  });

  test('lets many listen to its signal without a warning', async () => {
    const listen = (_: number, { signal }: { signal: AbortSignal }) =>
      signal.addEventListener('abort', () => {});
    await mapCalls(numbers(100).items, listen, { concurrency: 50 });
    await turn();
  });

  test('of nothing is nothing, and gives items that are promises on as they are', async () => {
    expect(await mapCalls([], () => 1)).toEqual([]);
    expect(await mapCalls(later([]), () => 1)).toEqual([]);
    await mapCalls([Promise.resolve(1)], (item) => expect(item).toBeInstanceOf(Promise));
  });

  test('goes through a limiter by its priority', async () => {
    const limiter = createLimiter({ limits: [{ requests: 100, per: 'minute' }] });
    await mapCalls(
      numbers(20).items,
      async (_, { priority, signal }) => {
        const permit = await limiter.acquire({ priority, signal });
        permit.settle();
      },
      { concurrency: 4, priority: 'high' },
    );
    expect(limiter.stats()).toMatchObject({ admitted: 20, inFlight: 0, waitMs: { high: { count: 20 } } });
    await limiter.close();
  });
});

describe('a bulk that stops early', () => {
  const reason = new Error('enough');

  test.each([
    [
      'on abort',
      (bench: Bench, stop: AbortController) => {
        stop.abort(reason);
        return bench.end(0);
      },
      {},
    ],
    ['at the first that fails', (bench: Bench) => bench.end(0, reason), { stopOnError: true }],
    [
      'when onProgress throws',
      (bench: Bench) => bench.end(0),
      {
        onProgress: () => {
          throw reason;
        },
      },
    ],
  ] as const)(
    '%s begins nothing more, aborts the others, waits for them and closes the list',
    async (_, cause, options: MapCallsOptions) => {
      const bench = new Bench();
      const stop = new AbortController();
      const { items, taken } = numbers(100);
      const signals: AbortSignal[] = [];
      let isOver = false;
      const mapped = mapCalls(
        items,
        (item, { signal }) => {
          signals.push(signal);
          return bench.work(item);
        },
        { ...options, concurrency: 3, signal: stop.signal },
      );
      mapped.catch(() => {
        isOver = true;
      });
      await turn();
      await cause(bench, stop);
      await turn();
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
      expect(signals[0]?.reason).toBe(reason);
      expect([bench.begun, bench.open, isOver]).toEqual([[0, 1, 2], [1, 2], false]);
      await bench.end(1);
      await bench.end(2, new Error('aborted'));
      await expect(mapped).rejects.toBe(reason);
      expect([taken.items, taken.isClosed]).toEqual([3, true]);
    },
  );

  test('says so with whatever was thrown, and be it nothing', async () => {
    const mapped = mapCalls([1], () => Promise.reject(undefined), { stopOnError: true });
    expect(
      await mapped.then(
        () => 'resolved',
        (error: unknown) => error,
      ),
    ).toBeUndefined();
  });

  test('does not begin an item that was about to when it stopped', async () => {
    const work = vi.fn();
    const stop = new AbortController();
    const mapped = mapCalls([1, 2], work, { signal: stop.signal });
    stop.abort(reason);
    await expect(mapped).rejects.toBe(reason);
    expect(work).not.toHaveBeenCalled();
  });

  test('takes its listener off the signal, however it ends', async () => {
    for (const fails of [false, true]) {
      const { signal } = new AbortController();
      const added = vi.spyOn(signal, 'addEventListener');
      const removed = vi.spyOn(signal, 'removeEventListener');
      const work = () => (fails ? Promise.reject(reason) : 1);
      await mapCalls([1, 2], work, { signal, stopOnError: true }).catch(() => {});
      expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
        added.mock.calls.map(([, listener]) => listener),
      );
      expect(added).toHaveBeenCalledOnce();
    }
  });

  test('before it began touches nothing', async () => {
    const { items, taken } = numbers(3);
    await expect(mapCalls(items, () => 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(taken.items).toBe(0);
  });

  test('does not wait for a list that never gives its next, and tells it to close', async () => {
    let isClosed = false;
    const endless: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          isClosed = true;
          return Promise.reject(new Error('on closing'));
        },
      }),
    };
    const stop = new AbortController();
    const mapped = mapCalls(endless, () => 1, { signal: stop.signal });
    await turn();
    stop.abort(reason);
    await expect(mapped).rejects.toBe(reason);
    expect(isClosed).toBe(true);
  });

  function* failing(): Generator<number> {
    yield 0;
    throw reason;
  }
  async function* failingLater(): AsyncGenerator<number> {
    yield 0;
    throw reason;
  }

  test.each([
    ['a list', failing],
    ['an asynchronous list', failingLater],
  ] as const)('because %s throws waits for those that run', async (_, generate) => {
    const bench = new Bench();
    const mapped = mapCalls<number, string>(generate(), bench.work);
    let isOver = false;
    mapped.catch(() => {
      isOver = true;
    });
    await turn();
    expect([bench.open, isOver]).toEqual([[0], false]);
    await bench.end(0);
    await expect(mapped).rejects.toBe(reason);
  });
});

const anything = (): number => 1;

test.each<[given: readonly unknown[], message: string]>([
  [[4, anything, {}], 'Expected `items` to be a list or something that can be iterated, got `4` (number)'],
  [['text', anything, {}], 'Expected `items` to be a list'],
  [[[1], 'no', {}], 'Expected `fn` to be a function'],
  [
    [[1], anything, { concurrency: 0 }],
    'Expected `options.concurrency` to be a positive integer, got `0` (number)',
  ],
  [[[1], anything, { concurrency: Number.POSITIVE_INFINITY }], 'Expected `options.concurrency`'],
  [[[1], anything, { priority: 'urgent' }], "Expected `options.priority` to be 'high' or 'medium' or 'low'"],
  [[[1], anything, { signal: 1 }], 'Expected `options.signal` to be an AbortSignal'],
  [[[1], anything, { onProgress: 1 }], 'Expected `options.onProgress` to be a function'],
  [[[1], anything, { stopOnErrors: true }], 'Did you mean `stopOnError`?'],
])('bad arguments are refused: %j', async (given, message) => {
  await expect(Reflect.apply(mapCalls, undefined, given)).rejects.toThrow(message);
});
