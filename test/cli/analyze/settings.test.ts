import { describe, expect, it } from 'vitest';
import { flags, help, readSettings } from '../../../src/cli/analyze/settings.ts';
import { parseCommand } from '../../../src/cli/shared/common-options.ts';

function read(...args: string[]) {
  const parsed = parseCommand(args, flags);
  if (!parsed) throw new Error('help was asked for');
  return readSettings(parsed.own, parsed.files, parsed.common);
}

describe('the options of analyze', () => {
  it.each([
    [['--yes'], /^Name a file to analyse/],
    [['note.txt', '--compare', 'gpt-5'], /at least two models/],
    [['note.txt', '--compare', 'a,a'], /names a model twice/],
    [['note.txt', '--compare', 'a,b', '--model', 'c'], /leave `--model` away/],
    [['note.txt', '--format', 'markdwon'], /Did you mean 'markdown'\?/],
    [['note.txt', '--effort', 'much'], /`--effort`/],
    [['note.txt', '--concurrency', 'x'], /`--concurrency` takes a whole number from 1 to 100/],
    [['note.txt', '--concurrency', '101'], /`--concurrency` takes a whole number from 1 to 100/],
    [['note.txt', '--part-tokens', '499'], /`--part-tokens`/],
    [['note.txt', '--ask-above', 'x'], /amount in USD/],
    [['note.txt', '--out', 'nowhere/report.md'], /no folder/],
    [['note.txt', '--out', '.'], /names a folder/],
    [
      ['package.json', '--out', './package.json'],
      /names a document, `.\/package.json`, which the report would replace/,
    ],
    [['note.txt', '--json', '--format', 'html'], /`--json` gives JSON/],
    [['note.txt', '--wrong'], /'--wrong'/],
  ])('are refused as %j with a sentence', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });

  it('have defaults, and take the format from the name of the file', () => {
    expect(read('a.pdf', 'b.pdf', 'a.pdf')).toMatchObject({
      files: ['a.pdf', 'b.pdf'],
      compare: undefined,
      format: undefined,
      askAboveUsd: 1,
      isAgreed: false,
    });
    expect(read('a.pdf', '--out', 'r.HTML').format).toBe('html');
    expect(read('a.pdf', '--out', 'r.txt').format).toBe('markdown');
    expect(read('a.pdf', '--out', 'r.html', '--format', 'json').format).toBe('json');
    expect(read('a.pdf', '--ask-above', '.5').askAboveUsd).toBe(0.5);
  });

  it('are all told, in lines that fit, with the exit codes', () => {
    for (const name of Object.keys(flags)) expect(help).toContain(`--${name}`);
    expect(help).toContain('Exit code: 0');
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });
});
