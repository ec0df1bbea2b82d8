import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const bench = path.resolve(import.meta.dirname, '..');
const root = path.dirname(bench);

/** Where a manifest and its lockfile are, and where what they name is put. */
export interface Places {
  readonly manifest: string;
  readonly packages: string;
}

/**
 * Not `bench/node_modules`, from which everything in `bench/` would take its `openai`, so that Telltale's own bench
 * would measure another copy once it is there.
 */
const places: Places = { manifest: bench, packages: path.join(bench, '.installed') };

const files = ['package.json', 'package-lock.json', '.npmrc'] as const;

/**
 * Puts the packages that `bench/package.json` names in place, unless they are. Where npm fails it gives npm's words, and
 * leaves what is there.
 */
export function installPackages(
  say: (line: string) => void,
  { manifest, packages }: Places = places,
): string | undefined {
  const lock = readFileSync(path.join(manifest, 'package-lock.json'), 'utf8');
  // Written last, so that an installation that was cut short is none.
  const finished = path.join(packages, 'finished-lock.json');
  if (existsSync(finished) && readFileSync(finished, 'utf8') === lock) return undefined;
  say('Putting the packages to compare with into bench/.installed/ (once, about 300 MB).');
  rmSync(finished, { force: true });
  mkdirSync(packages, { recursive: true });
  for (const file of files) copyFileSync(path.join(manifest, file), path.join(packages, file));
  const npm = spawnSync(
    'npm',
    ['ci', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: packages, encoding: 'utf8', shell: process.platform === 'win32', env: withOwnNodeFirst() },
  );
  if (npm.status !== 0) return npm.stderr?.trim() || String(npm.error ?? `exit code ${npm.status}`);
  writeFileSync(finished, lock);
  return undefined;
}

/**
 * npm leaves out, without a word, an optional package that is not for the Node that npm runs on. That has to be the one
 * which will load the packages; a Node that has an npm beside it is the one already.
 */
function withOwnNodeFirst(): NodeJS.ProcessEnv {
  const directory = path.dirname(process.execPath);
  if (existsSync(path.join(directory, 'npm'))) return process.env;
  return { ...process.env, PATH: [directory, process.env['PATH']].join(path.delimiter) };
}

/** Resolves as code of the installed packages does, and as the project's own code does. */
const requireInstalled = createRequire(path.join(places.packages, 'package.json'));
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
  const file = path.join(places.packages, 'node_modules', name, 'package.json');
  return existsSync(file) ? versionIn(file) : undefined;
}

/** The version of this project. */
export function ownVersion(): string {
  return versionIn(path.join(root, 'package.json'));
}

function versionIn(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
