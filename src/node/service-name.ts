import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The name in the package.json nearest to the main script, or to the working directory where there is no script. */
export function packageNameFor(script: string | undefined, workingDirectory: string): string | undefined {
  let directory =
    script === undefined ? workingDirectory : path.dirname(path.resolve(workingDirectory, script));
  for (;;) {
    const name = nameIn(path.join(directory, 'package.json'));
    if (name !== undefined) return name;
    const parent = path.dirname(directory);
    if (parent === directory) return undefined;
    directory = parent;
  }
}

function nameIn(manifest: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}
