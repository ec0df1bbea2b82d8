import { readFile } from 'node:fs/promises';
import { TelltaleError } from '../../errors.ts';
import { parseAnswers } from './parse-script.ts';
import type { AnswerFixture } from './script.ts';

/**
 * Reads fixtures for the option `answers` from a file: a list in YAML, of which JSON is a part. A regular expression is
 * `{ regex, flags }` there. The parser of YAML is loaded here, and not with the mock.
 *
 * @throws TelltaleError `invalid_option`: the file cannot be read, or a field of it is wrong, which is named
 *
 * @example
 * ```ts
 * const mock = await startMock({ answers: await readAnswers('answers.yaml') });
 * ```
 */
export async function readAnswers(file: string): Promise<readonly AnswerFixture[]> {
  let content: unknown;
  try {
    const { parse } = await import('yaml');
    content = parse(await readFile(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TelltaleError('invalid_option', `Cannot read the answers in ${file}: ${reason}`, {
      cause: error,
    });
  }
  try {
    return parseAnswers('answers', content) as readonly AnswerFixture[];
  } catch (error) {
    if (!(error instanceof TelltaleError)) throw error;
    throw new TelltaleError('invalid_option', `In ${file}: ${error.message}`, { cause: error });
  }
}
