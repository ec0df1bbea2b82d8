import { beforeEach, describe, expect, test } from 'vitest';
import { ExportRecord } from '../../src/node/export-record.ts';
import { type QuietExporterOptions, quietExporter } from '../../src/node/quiet-exporter.ts';
import { createFakeClock, type FakeClock } from '../mock/fake-clock.ts';

type Done = (result: { code: number; error?: Error }) => void;

class FakeExporter {
  readonly sent: string[] = [];
  result: { code: number; error?: Error } = { code: 0 };
  /** Set to hold exports back. */
  hold: Done[] | undefined;
  export(items: string, done: Done): void {
    this.sent.push(items);
    if (this.hold) this.hold.push(done);
    else done(this.result);
  }
}

let inner: FakeExporter;
let clock: FakeClock;
let reachable: boolean;
let flush: number | undefined;
let looks: number;
let warnings: string[];
let record: ExportRecord;

beforeEach(() => {
  inner = new FakeExporter();
  clock = createFakeClock();
  record = new ExportRecord(clock);
  reachable = true;
  flush = undefined;
  looks = 0;
  warnings = [];
});

function quiet(url = 'http://127.0.0.1:4318/v1/traces'): (items: string) => Promise<number> {
  const options: QuietExporterOptions = {
    url,
    clock,
    warn: (message) => warnings.push(message),
    flushUnderWay: () => flush,
    isReachable: () => {
      looks++;
      return Promise.resolve(reachable);
    },
    record,
  };
  const exporter = quietExporter<string, FakeExporter>(inner, options);
  return (items) => new Promise((resolve) => exporter.export(items, ({ code }) => resolve(code)));
}

const failure = { code: 1, error: new Error('connect ECONNREFUSED 127.0.0.1:4318') };

test('what the receiver takes goes out, and it is looked for only the first time', async () => {
  const send = quiet();
  await send('a');
  await send('b');
  expect([inner.sent, looks, warnings]).toEqual([['a', 'b'], 1, []]);
});

test('a failure is one sentence that names the place and the reason, and is a success to the SDK', async () => {
  inner.result = failure;
  expect(await quiet('http://user:secret@127.0.0.1:4318/v1/traces?key=secret')('a')).toBe(0);
  expect(warnings).toEqual([
    'Telemetry could not be sent to http://127.0.0.1:4318/v1/traces: connect ECONNREFUSED 127.0.0.1:4318. It is ' +
      'dropped, and nothing else is affected. Is an OpenTelemetry collector running there? (Said at most once a minute.)',
  ]);
});

test('an exporter that throws is a failure like any other', async () => {
  inner.export = () => {
    throw new Error('cannot be serialised');
  };
  expect(await quiet()('a')).toBe(0);
  expect(warnings[0]).toContain('cannot be serialised');
});

test('where nobody listens, nothing is handed to the exporter and its retries', async () => {
  reachable = false;
  expect(await quiet()('a')).toBe(0);
  expect(inner.sent).toEqual([]);
  expect(warnings[0]).toContain('nothing answers there');
});

test('a flush looks first, even at a receiver that was there a moment ago', async () => {
  const send = quiet();
  await send('a');
  flush = 1;
  reachable = false;
  await send('b');
  expect(inner.sent).toEqual(['a']);
});

describe('after a failure', () => {
  test('nothing is tried for five seconds, and then it is tried again', async () => {
    const send = quiet();
    inner.result = failure;
    await send('a');
    inner.result = { code: 0 };
    clock.advance(4_999);
    await send('dropped');
    clock.advance(1);
    await send('b');
    expect([inner.sent, looks, warnings.length]).toEqual([['a', 'b'], 2, 1]);
  });

  describe('a flush', () => {
    let send: (items: string) => Promise<number>;
    beforeEach(async () => {
      send = quiet();
      inner.result = failure;
      await send('a');
    });

    test('tries all the same, and what comes later goes out too where the receiver is back', async () => {
      inner.result = { code: 0 };
      flush = 1;
      await Promise.all([send('b'), send('c'), send('d')]);
      flush = undefined;
      await send('e');
      expect([inner.sent, warnings.length]).toEqual([['a', 'b', 'c', 'd', 'e'], 1]);
      expect(record.figures()).toMatchObject({ state: 'ok', failedExports: 1, dropped: 1 });
    });

    test('tries once where it is not: one batch, no second warning, and the rest is given up', async () => {
      flush = 1;
      await Promise.all([send('b'), send('c')]);
      await send('d');
      flush = undefined;
      await send('e');
      expect([inner.sent, looks, warnings.length]).toEqual([['a', 'b'], 2, 1]);
      expect(record.figures()).toMatchObject({ state: 'failing', failedExports: 2, dropped: 5 });
    });

    test('hands nothing over where nobody listens', async () => {
      reachable = false;
      flush = 1;
      await Promise.all([send('b'), send('c')]);
      expect([inner.sent, looks, warnings.length]).toEqual([['a'], 2, 1]);
    });

    test('of the next one is a try of its own', async () => {
      flush = 1;
      await send('b');
      flush = 2;
      inner.result = { code: 0 };
      await send('c');
      expect([inner.sent, warnings.length]).toEqual([['a', 'b', 'c'], 1]);
    });

    test('does not make the pause longer', async () => {
      clock.advance(4_000);
      flush = 1;
      await send('b');
      flush = undefined;
      clock.advance(1_000);
      await send('c');
      expect([inner.sent, warnings.length]).toEqual([['a', 'b', 'c'], 2]);
    });

    test('does not try again what failed in it', async () => {
      clock.advance(5_000);
      flush = 1;
      await send('b');
      await send('c');
      expect([inner.sent, warnings.length]).toEqual([['a', 'b'], 2]);
    });
  });
});

test('what the SDK is not told is on record: failures, what is given up unasked, and the last success', async () => {
  const send = quiet();
  await send('a');
  expect(record.figures()).toEqual({ state: 'ok', failedExports: 0, dropped: 0, sinceLastExportMs: 0 });
  clock.advance(1_000);
  inner.result = failure;
  await send('b');
  clock.advance(1_000);
  await send('in the pause');
  clock.advance(10_000);
  expect(record.figures()).toEqual({
    state: 'failing',
    failedExports: 1,
    dropped: 2,
    sinceLastExportMs: 12_000,
    sinceLastDropMs: 10_000,
  });
  reachable = false;
  await send('c');
  expect(record.figures()).toMatchObject({ state: 'failing', failedExports: 2, dropped: 3 });
  clock.advance(5_000);
  reachable = true;
  inner.result = { code: 0 };
  await send('d');
  expect(record.figures()).toMatchObject({ state: 'ok', failedExports: 2, dropped: 3, sinceLastExportMs: 0 });
});

test('forceFlush waits for what is under way', async () => {
  inner.hold = [];
  const exporter = quietExporter<string, FakeExporter & { forceFlush?(): Promise<void> }>(inner, {
    url: 'http://127.0.0.1:4318/v1/traces',
    clock,
    warn: () => {},
    flushUnderWay: () => undefined,
    isReachable: () => Promise.resolve(true),
    record,
  });
  const events: string[] = [];
  exporter.export('a', () => events.push('exported'));
  const flushed = exporter.forceFlush?.().then(() => events.push('flushed'));
  await new Promise(setImmediate);
  expect(events).toEqual([]);
  inner.hold[0]?.({ code: 0 });
  await flushed;
  expect(events).toEqual(['exported', 'flushed']);
});
