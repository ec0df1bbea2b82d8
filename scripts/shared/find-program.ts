import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../../loadtest/usage-error.ts';

export interface Found {
  readonly file: string;
  /** As it says itself: `otelcol-telltale version 0.155.0`. */
  readonly version: string;
}

/**
 * Finds a program: what a variable of the environment names is an order, else it is the first of `places` that runs.
 *
 * @param variable its name and its value
 * @param places paths, or names that are looked for on the PATH
 * @throws UsageError where the variable names something that does not run.
 */
export function findProgram(
  [variable, ordered]: readonly [string, string | undefined],
  places: readonly string[],
): Found | undefined {
  if (ordered) {
    const found = probe(ordered);
    if (found) return found;
    throw new UsageError(`${variable} is \`${ordered}\`, which is no program that runs here.`);
  }
  for (const place of places) {
    const found = path.isAbsolute(place) && !existsSync(place) ? undefined : probe(place);
    if (found) return found;
  }
  return undefined;
}

/** Asks a program for its version, which shows that it runs. */
export function probe(file: string): Found | undefined {
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? { file, version: stdout.trim() } : undefined;
}
