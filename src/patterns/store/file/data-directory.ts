import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Makes a directory for what is kept where somebody works: readable by its owner only, and in nobody's repository. */
export function makeDataDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path.join(directory, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
