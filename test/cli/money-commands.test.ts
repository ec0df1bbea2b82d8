import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filledAudit, temporaryDirectory } from './support/filled-audit.ts';
import { inTerminal } from './support/pseudo-terminal.ts';

function telltale(args: readonly string[], input = '') {
  const main = path.resolve(import.meta.dirname, '../../src/cli/main.ts');
  const ran = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    encoding: 'utf8',
    input,
    cwd: temporaryDirectory(),
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

describe('in a terminal', () => {
  it.each([40, 60, 80, 120])(
    'of %i columns costs and estimates break no line',
    async (columns) => {
      const cwd = temporaryDirectory();
      await filledAudit(path.join(cwd, '.telltale', 'audit'));
      for (const args of [
        ['costs', '--batch'],
        [
          'estimate',
          'Say hello',
          '--model',
          'gpt-5,gpt-5-mini',
          '--max-output',
          '2000',
          '--requests',
          '1000',
          '--batch',
        ],
      ]) {
        const terminal = inTerminal(args, { columns, cwd });
        expect(await terminal.ended).toBe(0);
        const lines = terminal.written().replaceAll('\r', '').trimEnd().split('\n');
        // A line that the terminal had to break would be two on the screen.
        expect(terminal.screen().split('\n')).toEqual(lines);
        expect(terminal.screen()).toMatch(/^gpt-5 +\S/m);
      }
    },
    60_000,
  );
});

describe('for programs', () => {
  it('costs are JSON or CSV, and nothing else, on the standard output', async () => {
    const directory = temporaryDirectory();
    await filledAudit(directory);
    const json = telltale(['costs', directory, '--json', '--what-if', 'gpt-4o']);
    expect({ code: json.code, err: json.err }).toEqual({ code: 0, err: '' });
    const report = JSON.parse(json.out);
    expect(report).toMatchObject({
      total: { calls: 148, costUsd: 0.383 },
      unpriced: [{ model: 'our-own-deployment', calls: 3 }],
    });
    expect(report.comparisons[2].costUsd).toBeNull();
    const csv = telltale(['costs', directory, '--csv', '--by', 'model']);
    expect(csv.out.split('\r\n').map((line) => line.split(',', 2).join())).toEqual([
      'sentModel,calls',
      'gpt-5,45',
      'gpt-5-nano,100',
      'our-own-deployment,3',
      '',
    ]);
  }, 60_000);

  it('estimates are JSON, from the standard input too', () => {
    const { code, out, err } = telltale(['estimate', '--json', '--model', 'gpt-5,whisper-1'], 'Say hello');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out).models).toMatchObject([
      { model: 'gpt-5', usd: { least: 0.000_003_75 } },
      { model: 'whisper-1', usd: null, unpriced: 'time' },
    ]);
  }, 60_000);

  it('a reader that has seen enough is no fault', () => {
    const main = path.resolve(import.meta.dirname, '../../src/cli/main.ts');
    // The pipe is closed before the first line is written.
    const command = `(sleep 0.2; exec "$@") 2>&1 | true; echo "\${PIPESTATUS[0]}"`;
    const codeOf = (...args: readonly string[]): string => {
      const all = [process.execPath, '--disable-warning=ExperimentalWarning', main, ...args];
      return spawnSync('bash', ['-c', command, 'bash', ...all], { encoding: 'utf8' }).stdout;
    };
    expect(codeOf('estimate', '--all', 'x')).toBe('0\n');
    expect(codeOf('nothing')).toBe('2\n');
  }, 60_000);

  it('what a name would do to the terminal is taken out of it', () => {
    const { code, err } = telltale(['costs', 'a\u001b[2J\u009b\u202eb']);
    expect(code).toBe(1);
    expect(err).toMatch(/a\ufffd\[2J\ufffd\ufffdb/);
  }, 60_000);

  it('a mistake is one sentence and a code', () => {
    const folder = path.join(temporaryDirectory(), 'requests.jsonl');
    mkdirSync(folder);
    expect(telltale(['estimate', folder])).toMatchObject({
      code: 1,
      err: expect.stringContaining('is a directory: name the files in it'),
    });
    expect(telltale(['costs'])).toMatchObject({ code: 1, out: '' });
    expect(telltale(['costs']).err).toMatch(/^No command has called a model yet: there is no `.*`\. .*\n$/);
    expect(telltale(['costs', '--from', '2026-02-30'])).toEqual({
      code: 2,
      out: '',
      err: '`--from` takes a day that exists, as 2026-11-28, and this is `2026-02-30`.\n',
    });
    expect(telltale(['estimate', '-m', 'gpt-5-mni', 'x'])).toMatchObject({ code: 2, out: '' });
    expect(telltale(['estimate', '--help']).out).toContain('telltale estimate [TEXT | FILE | -]');
  }, 60_000);
});
