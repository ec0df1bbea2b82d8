import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { UsageError } from '../../../loadtest/usage-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables of the process, and those of a file for the ones that are not set.
 *
 * @param file `.env` where undefined, which need not be there
 * @throws UsageError where a file that was named cannot be read
 */
export function readEnvironment(file: string | undefined, env: Environment = process.env): Environment {
  const text = readText(file);
  const fromFile = text === undefined ? {} : parseEnv(text);
  const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  return { ...fromFile, ...Object.fromEntries(set) };
}

function readText(file: string | undefined): string | undefined {
  try {
    return readFileSync(file ?? '.env', 'utf8');
  } catch (error) {
    if (file === undefined) return undefined;
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`\`--env\` cannot read \`${file}\`: ${code ?? String(error)}.`);
  }
}
