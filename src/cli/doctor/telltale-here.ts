import path from 'node:path';
import { version } from '../../version.ts';
import { type Installed, installedAt, installedFor } from './installed.ts';

/** The telltale of a project, or else the one that runs. */
export interface TelltaleHere {
  readonly installed: Installed;
  /** Whether the project has it; false where `npx` fetched it for this once. */
  readonly isOfProject: boolean;
}

export function telltaleHere(cwd: string): TelltaleHere {
  const own = installedFor('telltale', cwd);
  if (own) return { installed: own, isOfProject: true };
  return { installed: running(), isOfProject: false };
}

/** The package that this file is in: its sources, or what was compiled of them. */
function running(): Installed {
  for (let folder = import.meta.dirname; path.dirname(folder) !== folder; folder = path.dirname(folder)) {
    const found = installedAt('telltale', folder);
    if (found) return found;
  }
  return { name: 'telltale', version, folder: import.meta.dirname, dependencies: {}, peerDependencies: {} };
}
