import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What `import … from` leads to, as `package.json` says, but in the sources: no build is needed. */
export interface Entry {
  /** `telltale`, `telltale/node`, … */
  readonly specifier: string;
  /** The source of its types, absolute. */
  readonly types: string;
  /** The source of what runs, absolute. */
  readonly runs: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

export function entriesOf(root: string): readonly Entry[] {
  const { name, exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
  const sourceOf = (built: string): string =>
    path.join(root, built.replace('./dist/', '').replace(/\.d\.ts$|\.js$/, '.ts'));
  return Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            specifier: path.posix.join(name, subpath),
            types: sourceOf(target.types),
            runs: sourceOf(target.default),
          },
        ],
  );
}
