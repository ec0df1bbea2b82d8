import { checkObject, invalidOption } from '../check.ts';
import { parseAnswers } from './answers/parse-script.ts';
import { checkedText, readText } from './chaos/document.ts';
import { type MockOptions, parseOptions } from './options.ts';

/** What a file cannot hold. */
const functions = ['clock', 'countTokens'];

/**
 * Reads options of the mock from a file: `.json` as JSON, anything else as YAML. It holds what `startMock` takes, but for
 * functions; a regular expression in `answers` is `{ regex, flags }`.
 *
 * @throws TelltaleError `invalid_option`: the file cannot be read, or names file, line, column and field of what is wrong
 */
export async function readConfig(file: string): Promise<MockOptions> {
  return checkedText(await readText(file, 'options'), file, check);
}

function check(value: unknown): MockOptions {
  parseOptions(value);
  const options = checkObject('options', value, Object.keys(value as object));
  for (const name of functions) {
    if (options[name] !== undefined) throw invalidOption(name, 'left out of a file', options[name]);
  }
  const { answers } = options;
  return { ...options, ...(answers === undefined ? {} : { answers: parseAnswers('answers', answers) }) };
}
