import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { TelltaleError } from '../../errors.ts';
import { parseYaml, placeIn } from './yaml.ts';

/** The text of a file of the user's; `what` it holds is named in the error. */
export async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new TelltaleError('invalid_option', `Cannot read the ${what} in ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** What `check` makes of a text, JSON by the name of its file or else YAML. What it throws gets its place in the file. */
export async function checkedText<T>(text: string, file: string, check: (value: unknown) => T): Promise<T> {
  const value =
    path.extname(file).toLowerCase() === '.json' ? parseJson(text, file) : await parseYaml(text, file);
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof TelltaleError)) throw error;
    const place = error.option === undefined ? '' : await placeIn(text, error.option);
    throw new TelltaleError(error.code, `${file}${place}: ${error.message}`, {
      cause: error,
      ...(error.option === undefined ? {} : { option: error.option }),
    });
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TelltaleError('invalid_option', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
