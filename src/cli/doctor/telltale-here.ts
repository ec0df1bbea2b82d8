import { existsSync } from 'node:fs';
import path from 'node:path';
import { version } from '../../version.ts';
import { type Installed, installedAt, installedFor } from './installed.ts';

/** Telltale as a project has it. */
export interface TelltaleHere {
  readonly installed: Installed;
  /**
   * `project` has it; `elsewhere` there is a project that does not, as where `npx` fetched it for this once; `alone` there
   * is no project, so that only what Telltale itself has is of interest.
   */
  readonly place: 'project' | 'elsewhere' | 'alone';
}

export function telltaleHere(cwd: string): TelltaleHere {
  const own = installedFor('telltale', cwd) ?? upwards(cwd, (folder) => installedAt('telltale', folder));
  if (own) return { installed: own, place: 'project' };
  const hasProject = upwards(cwd, (folder) => existsSync(path.join(folder, 'package.json')) || undefined);
  return { installed: running(), place: hasProject ? 'elsewhere' : 'alone' };
}

/** From where the packages are looked for that a project needs. */
export function projectFolder(cwd: string, { installed, place }: TelltaleHere): string {
  return place === 'alone' ? installed.folder : cwd;
}

/** The package that this file is in: its sources, or what was compiled of them. */
function running(): Installed {
  const unknown = { folder: import.meta.dirname, dependencies: {}, peerDependencies: {} };
  const found = upwards(import.meta.dirname, (folder) => installedAt('telltale', folder));
  return found ?? { name: 'telltale', version, ...unknown };
}

function upwards<T>(from: string, look: (folder: string) => T | undefined): T | undefined {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const found = look(folder);
    if (found !== undefined || path.dirname(folder) === folder) return found;
  }
}
