import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TraceFiles, type TraceFilesOptions } from '../../../src/node/trace-file/trace-files.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { filesIn, linesIn } from './read-lines.ts';

let parent: string;
let directory: string;

beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'telltale-traces-'));
  directory = path.join(parent, '.telltale', 'traces');
});

afterEach(() => {
  chmodSync(parent, 0o700);
  rmSync(parent, { recursive: true, force: true });
});

const clock = createFakeClock();

function open(options: Partial<TraceFilesOptions> = {}) {
  const warnings: string[] = [];
  const writes: [number, boolean][] = [];
  const files = new TraceFiles({
    directory,
    maxFileBytes: 1_000,
    maxFiles: 3,
    clock,
    warn: (message) => warnings.push(message),
    written: (spans, isOk) => writes.push([spans, isOk]),
    ...options,
  });
  return { files, warnings, writes };
}

const line = (text: string): string => JSON.stringify({ text });

describe('trace files', () => {
  it('are made with the first line, for their owner alone, and in no repository', () => {
    const { files, writes } = open();
    expect(() => filesIn(directory)).toThrow('ENOENT');
    files.append(line('a'), 2);
    files.append(line('b'), 1);
    expect(() => filesIn(directory)).toThrow('ENOENT');
    clock.advance(100);
    expect(linesIn(directory)).toEqual([line('a'), line('b')]);
    expect(writes).toEqual([[3, true]]);
    const [name = ''] = filesIn(directory);
    const begun = new Date(clock.epochMs()).toISOString().replaceAll(':', '-');
    expect(name).toBe(`${begun}-${process.pid}.jsonl`);
    if (process.platform !== 'win32') expect(statSync(path.join(directory, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(directory, '.gitignore'), 'utf8')).toBe('*\n');
    files.close();
  });

  it('do not wait when there is much, and take nothing once they are closed', () => {
    const { files } = open({ maxFileBytes: 1e6 });
    files.append('x'.repeat(70_000), 1);
    expect(linesIn(directory)).toHaveLength(1);
    files.append('last', 1);
    files.close();
    files.append('late', 1);
    files.flush();
    expect(linesIn(directory).at(-1)).toBe('last');
    expect(clock.waiting()).toBe(0);
    expect(process.listenerCount('exit')).toBe(exitListeners);
  });

  it('are bounded in size and number, and the oldest go first', () => {
    const { files } = open();
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, '2020-01-01T00-00-00.000Z-1.jsonl'), 'oldest\n');
    writeFileSync(path.join(directory, 'notes.jsonl'), 'not ours\n');
    for (let at = 0; at < 20; at++) {
      files.append(`${at} ${'x'.repeat(290)}`, 1);
      clock.advance(100);
    }
    files.append('y'.repeat(3_000), 1);
    files.close();
    const ours = filesIn(directory).filter((name) => name !== 'notes.jsonl');
    expect(ours).toHaveLength(3);
    const sizes = ours.map((name) => statSync(path.join(directory, name)).size);
    // A line that is larger than a file stands alone.
    expect(sizes.filter((size) => size > 1_000)).toEqual([3_001]);
    const kept = linesIn(directory).filter((text) => text !== 'not ours');
    expect(kept.map((text) => text.slice(0, 2))).toEqual(['15', '16', '17', '18', '19', 'yy']);
  });

  it('of a process that began long ago and still writes outlive those that nobody writes to', () => {
    mkdirSync(directory, { recursive: true });
    const place = (name: string, ageSeconds: number): void => {
      writeFileSync(path.join(directory, name), `${name}\n`);
      const at = new Date(Date.now() - ageSeconds * 1_000);
      utimesSync(path.join(directory, name), at, at);
    };
    const service = '2020-01-01T00-00-00.000Z-1.jsonl';
    place(service, 5);
    for (let at = 2; at < 6; at++) place(`2020-01-0${at}T00-00-00.000Z-1.jsonl`, 100 - at);
    const { files } = open();
    files.append('own', 1);
    files.close();
    expect(linesIn(directory)).toEqual([service, '2020-01-05T00-00-00.000Z-1.jsonl', 'own']);
  });

  it('are made anew where somebody deleted them', () => {
    const { files } = open();
    files.append('before', 1);
    files.flush();
    for (const name of filesIn(directory)) unlinkSync(path.join(directory, name));
    files.append('after', 1);
    files.flush();
    rmSync(path.join(parent, '.telltale'), { recursive: true });
    files.append('again', 1);
    files.close();
    expect(linesIn(directory)).toEqual(['again']);
  });

  it('warn once where nothing can be written, and go on when it can', () => {
    const { files, warnings, writes } = open();
    writeFileSync(path.join(parent, '.telltale'), 'a file');
    for (let at = 0; at < 3; at++) {
      files.append('lost', 1);
      files.flush();
    }
    expect(warnings).toEqual([
      expect.stringMatching(/^Traces could not be written to .*traces: E[A-Z]+: .*They are dropped/),
    ]);
    unlinkSync(path.join(parent, '.telltale'));
    files.append('in the pause', 1);
    files.flush();
    clock.advance(5_000);
    files.append('kept', 1);
    files.close();
    expect(linesIn(directory)).toEqual(['kept']);
    expect(writes.map(([, isOk]) => isOk)).toEqual([false, false, false, false, true]);
    expect(warnings).toHaveLength(1);
  });

  it('begin a new line after one that a full disk tore', () => {
    const { files, warnings } = open();
    files.append('whole', 1);
    files.flush();
    const restore = fillDiskAfter(4);
    files.append('torn apart', 1);
    files.flush();
    restore();
    expect(warnings).toEqual([expect.stringContaining('ENOSPC: no space left on device. They')]);
    clock.advance(5_000);
    files.append('whole again', 1);
    files.close();
    expect(linesIn(directory)).toEqual(['whole', 'torn', 'whole again']);
  });
});

/** From now on the disk takes so many bytes more. */
function fillDiskAfter(bytes: number): () => void {
  const { writeSync } = fs;
  const half = (fd: number, data: Buffer, at: number): number => {
    if (at >= bytes)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    return writeSync(fd, data, at, bytes - at);
  };
  fs.writeSync = half as typeof fs.writeSync;
  syncBuiltinESMExports();
  return () => {
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
  };
}

const exitListeners = process.listenerCount('exit');

const child = path.resolve(import.meta.dirname, 'writing-child.ts');

async function runChild(how: string): Promise<NodeJS.Signals | number | null> {
  const run = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', child, directory, how], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (how === 'killed') run.stdout.on('data', () => run.kill('SIGKILL'));
  const [code, signal] = (await once(run, 'close')) as [number | null, NodeJS.Signals | null];
  return signal ?? code;
}

describe('the end of a process', () => {
  it.each([
    ['that has nothing more to do', 'idle', 0],
    ['by process.exit()', 'exit', 3],
    ['by an error that nobody catches', 'crash', 1],
  ] as const)('%s loses no line', async (_, how, code) => {
    expect(await runChild(how)).toBe(code);
    expect(linesIn(directory)).toEqual(['{"line":1}', '{"line":2}']);
  });

  it('by SIGKILL leaves whole lines', async () => {
    expect(await runChild('killed')).toBe('SIGKILL');
    const lines = linesIn(directory);
    expect(lines.length).toBeGreaterThan(0);
    for (const text of lines) expect(JSON.parse(text)).toMatchObject({ text: 'x'.repeat(500) });
  });
});
