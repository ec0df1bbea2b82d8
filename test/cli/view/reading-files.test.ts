import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { traceList } from '../../../src/cli/view/html/list.ts';
import { traceView } from '../../../src/cli/view/html/trace.ts';
import { readSelection, totalsOf } from '../../../src/cli/view/selection.ts';
import { findSource } from '../../../src/cli/view/sources.ts';
import { TraceReader } from '../../../src/cli/view/trace-reader.ts';
import { TraceStore } from '../../../src/cli/view/trace-store.ts';
import { Traces } from '../../../src/cli/view/traces.ts';
import type { FileSpan } from '../../../src/node/trace-file/file-span.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { linesOf, plainTrace, plainTraces, retriedTrace, traceIdOf } from './example-traces.ts';

let folder: string;
const clock = createFakeClock();

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'telltale-view-files-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string | Buffer): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};

function tracesOf(given: string): Traces {
  return new Traces(findSource(given, folder, path.join(folder, '.telltale')), clock);
}

async function refreshed(traces: Traces): Promise<readonly string[]> {
  clock.advance(1_000);
  await traces.refresh();
  return traces.store.summaries().map(({ traceId }) => traceId);
}

describe('files as they are', () => {
  it('reads a last line that nobody ended, once', async () => {
    const file = write('a.jsonl', linesOf([retriedTrace(1)]).trimEnd());
    const traces = tracesOf(file);
    expect(await refreshed(traces)).toEqual([traceIdOf(1)]);
    expect(traces.store.spansOf(traceIdOf(1))).toHaveLength(6);
    const { version } = traces.store;
    appendFileSync(file, `\n${linesOf([plainTrace(2)])}`);
    expect(await refreshed(traces)).toEqual([traceIdOf(1), traceIdOf(2)]);
    expect(traces.store.spansOf(traceIdOf(1))).toHaveLength(6);
    expect(traces.store.version).toBeGreaterThan(version);
    expect(traces.notes()).toBe('2 traces of 1 file.');
  });

  it('reads a line that is written in many pieces', async () => {
    const bytes = Buffer.from(linesOf([plainTrace(1), retriedTrace(2)]).replaceAll('shop', 'Ladenüß 模型'));
    const file = write('a.jsonl', '');
    const traces = tracesOf(file);
    for (let at = 0; at < bytes.length; at += 97) {
      appendFileSync(file, bytes.subarray(at, at + 97));
      await refreshed(traces);
    }
    expect(traces.store.summaries()).toMatchObject([
      { traceId: traceIdOf(1), service: 'Ladenüß 模型', spans: 2 },
      { traceId: traceIdOf(2), spans: 6 },
    ]);
    expect(traces.notes()).toBe('2 traces of 1 file.');
  });

  it('reads anew a file that was begun anew and is longer than before', async () => {
    const file = write('a.jsonl', linesOf(plainTraces(3)));
    const traces = tracesOf(file);
    await refreshed(traces);
    writeFileSync(file, linesOf(plainTraces(20).slice(10)));
    expect(await refreshed(traces)).toHaveLength(13);
    expect(traces.notes()).toBe('13 traces of 1 file.');
  });

  it('reads the others where one cannot be read, and says so', async () => {
    const first = write('a.jsonl', linesOf([plainTrace(1)]));
    const gone = write('b.jsonl', linesOf([plainTrace(2)]));
    const closed = write('bb.jsonl', linesOf([plainTrace(2)]));
    const last = write('c.jsonl', linesOf([plainTrace(3)]));
    const store = new TraceStore(10);
    const add = store.add.bind(store);
    store.add = (span) => {
      // Between being found and being read.
      rmSync(gone, { force: true });
      if (statSync(closed).isFile()) {
        rmSync(closed);
        mkdirSync(closed);
      }
      add(span);
    };
    const reader = new TraceReader(store, 1_000_000);
    await reader.refresh([first, gone, closed, last]);
    expect(store.summaries().map(({ traceId }) => traceId)).toEqual([traceIdOf(1), traceIdOf(3)]);
    expect(reader.state).toMatchObject({ files: 3, unreadableFiles: ['bb.jsonl (EISDIR)'] });
  });

  it('says how many files there are now, not ever', async () => {
    write('a.jsonl', linesOf([plainTrace(1)]));
    const gone = write('b.jsonl', linesOf([plainTrace(2)]));
    const traces = tracesOf(folder);
    await refreshed(traces);
    expect(traces.notes()).toBe('2 traces of 2 files.');
    rmSync(gone);
    await refreshed(traces);
    expect(traces.notes()).toBe('2 traces of 1 file.');
  });

  it('takes bytes that are no UTF-8 for rubbish, in a name and in a line', async () => {
    const line = linesOf([plainTrace(1)]);
    const [head = '', tail = ''] = line.split('shop');
    const file = write(
      'a.jsonl',
      Buffer.concat([
        Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
        Buffer.from(head),
        Buffer.from([0xc3, 0x28]),
        Buffer.from(tail),
      ]),
    );
    const traces = tracesOf(file);
    await refreshed(traces);
    expect(traces.store.summaries()).toMatchObject([{ service: '\ufffd(' }]);
    expect(traces.notes()).toBe('1 trace of 1 file. Lines or spans that could not be read: 1.');
  });
});

describe('a trace of which a part is missing', () => {
  it('is unfinished where a call is missing that was attempted, even where an attempt failed', async () => {
    const [, , , failed, backoff] = retriedTrace(1);
    const server = retriedTrace(2).filter(({ name }) => name === 'POST /answers');
    const file = write('a.jsonl', linesOf([[failed, backoff].flatMap((one) => one ?? []), server]));
    const traces = tracesOf(file);
    await refreshed(traces);
    const [lost, alone] = traces.store.summaries();
    expect(lost).toMatchObject({ outcome: 'unfinished', attempts: 1, calls: 0, orphans: 2 });
    expect(alone).toMatchObject({ outcome: 'none', orphans: 0 });
    expect(lost && traceView(lost, traces.store.spansOf(lost.traceId) ?? []).toString()).toContain(
      'Not whole: 2 spans of a parent that is not here.',
    );
  });

  it('costs at least what is known, where one of its calls has no price', async () => {
    const [call] = plainTrace(1);
    const other = { ...call, attributes: { ...call?.attributes, 'telltale.cost.usd': undefined } };
    const second = {
      ...other,
      spanContext: () => ({ traceId: traceIdOf(1), spanId: '2'.repeat(16), traceFlags: 1 }),
    };
    const file = write('a.jsonl', linesOf([plainTrace(1), [second as FileSpan]]));
    const traces = tracesOf(file);
    await refreshed(traces);
    const all = traces.store.summaries();
    expect(all).toMatchObject([{ calls: 2, costUsd: 0.0013, unpricedCalls: 1 }]);
    expect(totalsOf(all)).toMatchObject({ costUsd: 0.0013, unpriced: 1 });
    const list = traceList(all, totalsOf(all), readSelection(new URLSearchParams()), true).toString();
    expect(list).toContain('≥\u00a0$0.001300');
    expect(list).toContain('(1 trace of unknown cost)');
  });
});

describe('a trace with more spans than are kept', () => {
  it('says so, in the notes and by itself', async () => {
    const file = write('a.jsonl', linesOf([retriedTrace(1), plainTrace(2)]));
    const traces = new Traces(findSource(file, folder, folder), clock, { mostSpans: 4 });
    await refreshed(traces);
    expect(traces.notes()).toBe('2 traces of 1 file. 2 spans of very long traces left out.');
    const [long, short] = traces.store.summaries();
    expect(long).toMatchObject({ spans: 4, spansLeftOut: 2 });
    expect(short).toMatchObject({ spans: 2, spansLeftOut: 0 });
    const view = (of: typeof long) => of && traceView(of, traces.store.spansOf(of.traceId) ?? []).toString();
    expect(view(long)).toContain('2 spans are left out');
    expect(view(short)).not.toContain('left out');
  });
});
