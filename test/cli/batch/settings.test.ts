import { expect, test } from 'vitest';
import { flags, help, readSettings } from '../../../src/cli/batch/settings.ts';
import { parseCommand } from '../../../src/cli/shared/common-options.ts';

function settingsOf(...args: string[]) {
  const parsed = parseCommand(args, flags);
  if (!parsed) throw new Error('help');
  return readSettings(parsed.own, parsed.files);
}

test.each([
  [[], 'Give a FILE with requests'],
  [['a.jsonl', 'b.jsonl'], '`b.jsonl` is a second one'],
  [['a.jsonl', '--out', './a.jsonl'], 'is the file of the requests itself'],
  [['a.jsonl', '--retry', '10'], '`--retry` needs a whole number from 0 to 9, and got `10`.'],
  [
    ['a.jsonl', '--queue-tokens', 'many'],
    '`--queue-tokens` needs a whole number of at least 1, and got `many`.',
  ],
  [['a.jsonl', '--ask-above=-1'], '`--ask-above` needs an amount in USD, such as 2.5, and got `-1`.'],
  [['a.jsonl', '--endpoint', '/v1/response'], "Did you mean '/v1/responses'?"],
  [['a.jsonl', '--status', '--cancel'], 'not both'],
] as const)('%j is refused with what to do', (args, sentence) => {
  expect(() => settingsOf(...args)).toThrow(sentence);
});

test('the help names every option', () => {
  expect(parseCommand(['--help'], flags)).toBeUndefined();
  for (const name of Object.keys(flags)) expect(help).toContain(`--${name}`);
  expect(help.split('\n').filter((line) => line.length > 120)).toEqual([]);
});

test('what is not given has its default', () => {
  expect(settingsOf('a.jsonl')).toMatchObject({
    file: 'a.jsonl',
    maxAttempts: 3,
    askAboveUsd: 1,
    isAgreed: false,
    action: 'run',
  });
  expect(settingsOf('a.jsonl', '--retry', '0', '--ask-above=0', '--cancel')).toMatchObject({
    maxAttempts: 1,
    askAboveUsd: 0,
    action: 'cancel',
  });
});
