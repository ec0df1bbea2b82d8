import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const manifest = path.resolve(import.meta.dirname, '..');
const files = ['package.json', 'package-lock.json', '.npmrc'] as const;

/**
 * The packages are not put into `bench/node_modules`, from which everything in `bench/` would take its `openai`, so
 * that Telltale's own bench would measure another copy once they are there.
 */
const place = path.join(manifest, '.installed');
const finished = path.join(place, 'installed-lock.json');

/** Puts the packages that `bench/package.json` names in place, unless they are. Gives npm's words where it failed. */
export function installPackages(say: (line: string) => void): string | undefined {
  const lock = readFileSync(path.join(manifest, 'package-lock.json'), 'utf8');
  if (existsSync(finished) && readFileSync(finished, 'utf8') === lock) return undefined;
  say('Putting the packages to compare with into bench/.installed/ (once, about 300 MB).');
  rmSync(finished, { force: true });
  mkdirSync(place, { recursive: true });
  for (const file of files) copyFileSync(path.join(manifest, file), path.join(place, file));
  const npm = spawnSync(
    'npm',
    ['ci', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: place, encoding: 'utf8', shell: process.platform === 'win32' },
  );
  if (npm.status !== 0) return (npm.stderr || String(npm.error ?? `exit code ${npm.status}`)).trim();
  copyFileSync(path.join(place, 'package-lock.json'), finished);
  return undefined;
}

/** Resolves as code of the installed packages does, and as the project's own code does. */
const requireInstalled = createRequire(path.join(place, 'package.json'));
const root = path.dirname(manifest);
const requireOwn = createRequire(path.join(root, 'package.json'));

/** A module of the installed packages, taken for a `T`: its types are not there to check against. */
export function installed<T>(specifier: string): T {
  return requireInstalled(specifier) as T;
}

/** A module of the project's own packages. */
export function own<T>(specifier: string): T {
  return requireOwn(specifier) as T;
}

/** The version of an installed package; undefined when it is not there. */
export function installedVersion(name: string): string | undefined {
  const file = path.join(place, 'node_modules', name, 'package.json');
  return existsSync(file) ? versionIn(file) : undefined;
}

/** The version of this project. */
export function ownVersion(): string {
  return versionIn(path.join(root, 'package.json'));
}

function versionIn(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
