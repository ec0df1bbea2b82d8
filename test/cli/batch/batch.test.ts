import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, type TestContext, test } from 'vitest';
import { type MockOptions, startMock } from '../../../src/mock/index.ts';
import { inTerminal } from '../support/pseudo-terminal.ts';

const main = path.resolve(import.meta.dirname, '../../../src/cli/main.ts');

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The sources are read by one process, and not by each. */
const compiled = mkdtempSync(path.join(tmpdir(), 'telltale-compiled-'));
afterAll(() => rmSync(compiled, { recursive: true, force: true }));

async function stage(onTestFinished: TestContext['onTestFinished'], options: MockOptions = {}) {
  const mock = await startMock({ seed: 1, ...options });
  const cwd = mkdtempSync(path.join(tmpdir(), 'telltale-cli-batch-'));
  onTestFinished(async () => {
    await mock.close();
    rmSync(cwd, { recursive: true, force: true });
  });
  const env = {
    PATH: process.env['PATH'] ?? '',
    OPENAI_BASE_URL: mock.url,
    OPENAI_API_KEY: 'test',
    NODE_COMPILE_CACHE: compiled,
  };
  const file = (name: string, lines: readonly unknown[]): void =>
    writeFileSync(path.join(cwd, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const run = async (...args: string[]): Promise<Said> =>
    await new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', main, 'batch', ...args],
        { cwd, env },
        (_, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });
  /** Into a pipe whose reader leaves at once, as `| head -0` does. */
  const runUnread = async (...args: string[]): Promise<Said> =>
    await new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', main, 'batch', ...args],
        { cwd, env },
        (_, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
      );
      child.stdout?.destroy();
    });
  const posts = (): number =>
    mock.ledger().filter((at) => at.method === 'POST' && at.path === '/v1/batches').length;
  const read = (name: string): readonly { custom_id: string; attempts: number; error: unknown }[] =>
    readFileSync(path.join(cwd, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { mock, cwd, env, file, run, runUnread, posts, read };
}

const quick = { validatingMs: 10, runningMs: 40, finalizingMs: 10 };
const short = (input: string): object => ({ custom_id: input, body: { input, max_output_tokens: 50 } });

/** Side by side, since most of their time is spent waiting for batches. */
describe.concurrent('telltale batch', { timeout: 90_000 }, () => {
  test('sends a file, writes each result once, and says what came of it and what it saved', async ({
    expect,
    onTestFinished,
  }) => {
    const answers = [
      {
        match: { text: 'bad' },
        answer: { status: 400, body: { error: { code: 'bad_thing', message: 'No.' } } },
      },
    ];
    const { run, file, posts, read } = await stage(onTestFinished, { batches: quick, answers });
    file('r.jsonl', [short('one'), short('bad')]);
    const first = await run('r.jsonl', '--out', 'o.jsonl', '--json');
    expect(first).toMatchObject({ code: 1 });
    expect(JSON.parse(first.out)).toMatchObject({
      requests: 2,
      succeeded: 1,
      failed: 1,
      reasons: { bad_thing: 1 },
      out: 'o.jsonl',
    });
    const { costUsd, costWithoutBatchUsd } = JSON.parse(first.out);
    expect(costWithoutBatchUsd).toBeCloseTo(2 * costUsd, 12);
    expect(
      read('o.jsonl')
        .map(({ custom_id: id }) => id)
        .sort(),
    ).toEqual(['bad', 'one']);
    // Once more: nothing is sent, nothing is written twice, and without --out all of it is there again.
    const again = await run('r.jsonl', '--out', 'o.jsonl');
    expect(again.err).toContain('2 requests: 1 succeeded, 1 failed (1 bad_thing).');
    expect(read('o.jsonl')).toHaveLength(2);
    const shown = await run('r.jsonl');
    expect(shown.out.trimEnd().split('\n')).toHaveLength(2);
    const status = await run('r.jsonl', '--status', '--json');
    expect(JSON.parse(status.out)).toMatchObject({ state: 'done', failed: 1, batches: [] });
    expect(posts()).toBe(1);
  });

  test('asks where it may cost much, goes on after Ctrl-C where it was, and sends nothing twice', async ({
    expect,
    onTestFinished,
  }) => {
    const { env, cwd, file, posts, read } = await stage(onTestFinished, {
      batches: { ...quick, runningMs: 4_000 },
    });
    file('r.jsonl', [{ input: 'one' }, { input: 'two' }]);
    const first = inTerminal(['batch', 'r.jsonl', '-o', 'o.jsonl'], { env, cwd, columns: 100 });
    await first.until(/which nothing bounds\. Send\? \[y\/N\]/);
    first.type('y\r');
    await first.until(/r\.jsonl .*0\/2 requests/);
    await expect.poll(posts, { timeout: 20_000 }).toBe(1);
    first.type('\x03');
    await first.until(/What was sent goes on at the provider/);
    expect(await first.ended).toBe(130);
    const second = inTerminal(['batch', 'r.jsonl', '-o', 'o.jsonl'], { env, cwd, columns: 100 });
    await second.until(/2 requests: 2 succeeded, none failed\./, 40_000);
    expect(await second.ended).toBe(0);
    expect(second.screen()).toMatch(/Cost: \$\d.*; without a batch it would have been \$\d/);
    expect(
      read('o.jsonl')
        .map(({ custom_id: id }) => id)
        .sort(),
    ).toEqual(['request-1', 'request-2']);
    expect(posts()).toBe(1);
  });

  test('sends nothing where nobody can be asked, and a no is a no', async ({ expect, onTestFinished }) => {
    const { run, file, env, cwd, mock } = await stage(onTestFinished);
    file('r.jsonl', [{ input: 'one' }]);
    file('dear.jsonl', [
      { model: 'gpt-5', input: 'one', max_output_tokens: 120_000 },
      { model: 'gpt-5', input: 'two', max_output_tokens: 120_000 },
    ]);
    expect(await run('r.jsonl')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('Nothing was sent: add --yes.'),
    });
    expect(await run('dear.jsonl')).toMatchObject({
      code: 1,
      err: expect.stringContaining('This may cost up to $1.20, which is more than $1.00'),
    });
    const asked = inTerminal(['batch', 'r.jsonl'], { env, cwd });
    await asked.until('[y/N]');
    asked.type('n\r');
    expect(await asked.ended).toBe(1);
    expect(asked.screen()).toContain('Nothing was sent.');
    const interrupted = inTerminal(['batch', 'r.jsonl'], { env, cwd });
    await interrupted.until('[y/N]');
    interrupted.type('\x03');
    expect(await interrupted.ended).toBe(130);
    expect(interrupted.screen()).not.toContain('Error');
    expect(mock.ledger()).toEqual([]);
  });

  test('cancels what goes on, and writes what was answered', async ({ expect, onTestFinished }) => {
    const { mock, run, file, env, cwd, read } = await stage(onTestFinished, {
      batches: { ...quick, runningMs: 2_000_000 },
    });
    file('r.jsonl', [short('one'), short('two')]);
    expect(await run('r.jsonl', '--cancel')).toMatchObject({
      code: 1,
      err: expect.stringContaining('to cancel'),
    });
    const first = inTerminal(['batch', 'r.jsonl'], { env, cwd, columns: 100 });
    // It is asked how the batch is once it is known.
    const looks = (): number => mock.ledger().filter(({ path: at }) => at.startsWith('/v1/batches/')).length;
    await expect.poll(looks, { timeout: 20_000 }).toBe(1);
    first.type('\x03');
    expect(await first.ended).toBe(130);
    const status = await run('r.jsonl', '--status');
    expect(status.out).toMatch(
      /2 without a result yet[\s\S]*batch_\w+ {2}(?:validating|in_progress) {2}0 of 2 {2}gpt-5-mini/,
    );
    expect(await run('r.jsonl', '--cancel', '-o', 'o.jsonl')).toMatchObject({
      code: 1,
      err: expect.stringContaining('2 batch_cancelled'),
    });
    expect(read('o.jsonl')).toHaveLength(2);
  });

  test('says of rubbish what is wrong with it, in a sentence', async ({ expect, onTestFinished }) => {
    const { run, file, cwd, mock } = await stage(onTestFinished);
    writeFileSync(path.join(cwd, 'bad.jsonl'), '{"input":"ok"}\n{\u001b[31moops\n');
    file('ok.jsonl', [short('one')]);
    writeFileSync(path.join(cwd, 'notes.txt'), 'My notes.\nMore.');
    writeFileSync(path.join(cwd, 'empty.jsonl'), '');
    const cases: readonly [readonly string[], number, string][] = [
      [['nowhere.jsonl'], 2, 'Cannot read `nowhere.jsonl`: there is no such file.'],
      [['bad.jsonl'], 2, 'bad.jsonl:2 is no JSON'],
      [['empty.jsonl'], 2, 'has no requests'],
      [['ok.jsonl', '--out', 'notes.txt'], 2, 'has something else in it than results of a batch (line 1)'],
    ];
    for (const [args, code, sentence] of cases) {
      const said = await run(...args);
      expect(said, args.join(' ')).toMatchObject({ code, out: '', err: expect.stringContaining(sentence) });
      expect(said.err).not.toContain('\n    at ');
      expect(said.err).not.toContain('\u001b');
    }
    expect(readFileSync(path.join(cwd, 'notes.txt'), 'utf8')).toBe('My notes.\nMore.');
    expect(existsSync(path.join(cwd, 'empty.jsonl'))).toBe(true);
    expect(mock.ledger()).toEqual([]);
  });

  test('ends at once where nobody reads the results any more, though other batches go on', async ({
    expect,
    onTestFinished,
  }) => {
    const { mock, runUnread, file } = await stage(onTestFinished, {
      batches: { ...quick, runningMs: 1_500 },
    });
    file('r.jsonl', [short('one'), short('two')]);
    const { code, err } = await runUnread('r.jsonl', '--queue-tokens', '2');
    expect(code).toBe(1);
    expect(err).toContain('Whoever read the results has left.');
    const statuses = mock.ledger().flatMap((entry) => entry.batch?.status ?? []);
    expect(statuses.filter((status) => status === 'completed')).toHaveLength(1);
  });

  test('does not take results of other work in --out for its own', async ({ expect, onTestFinished }) => {
    const { run, file, read, mock } = await stage(onTestFinished, { batches: quick });
    file('r.jsonl', [{ input: 'one', max_output_tokens: 50 }]);
    file('o.jsonl', [{ custom_id: 'request-1', attempts: 1, response: null, error: null }]);
    expect(await run('r.jsonl', '-o', 'o.jsonl')).toMatchObject({
      code: 2,
      err: expect.stringContaining('`o.jsonl` has results of other requests. Choose another --out'),
    });
    expect(read('o.jsonl')).toHaveLength(1);
    expect(mock.ledger()).toEqual([]);
  });

  test('needs no key with the mock', async ({ expect, onTestFinished }) => {
    const { run, file, read } = await stage(onTestFinished);
    file('r.jsonl', [{ messages: [{ role: 'user', content: 'Hi' }] }]);
    expect(await run('r.jsonl', '--mock', '-o', 'o.jsonl')).toMatchObject({ code: 0, out: '' });
    expect(read('o.jsonl')).toMatchObject([{ custom_id: 'request-1', attempts: 1, error: null }]);
  });
});
