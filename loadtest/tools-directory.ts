import os from 'node:os';
import path from 'node:path';

/** Where a k6 that has been fetched is kept: beside the sources, or, for the package, where programs of this system cache. */
export function toolsDirectory(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (import.meta.filename.endsWith('.ts')) return path.join(path.dirname(import.meta.dirname), '.tools');
  const home = os.homedir();
  if (platform === 'win32')
    return path.join(env['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), 'telltale');
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'telltale');
  return path.join(env['XDG_CACHE_HOME'] ?? path.join(home, '.cache'), 'telltale');
}
