import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './source.ts';

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly bundled?: boolean;
  readonly inBundle?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Lockfile = readonly (readonly [place: string, locked: LockedPackage])[];

function readLockfile(file: string): Lockfile {
  const { packages } = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  // The entry without a name is the project itself.
  return Object.entries(packages).filter(([place]) => place !== '');
}

const systems = ['linux', 'darwin', 'win32'];
const processors = ['x64', 'arm64'];

/** The packages that bring a program for each system: its name in them tells them from other optional ones. */
function nativeFamily(locked: LockedPackage): readonly string[] {
  return Object.keys(locked.optionalDependencies ?? {}).filter((name) =>
    new RegExp(`(${systems.join('|')})-?(${processors.join('|')})`).test(name),
  );
}

const lockfiles = ['package-lock.json', 'bench/package-lock.json'].filter((file) =>
  existsSync(path.join(root, file)),
);

describe.each(lockfiles)('%s', (file) => {
  const lockfile = readLockfile(file);

  test('takes every package from the public registry', () => {
    const elsewhere = lockfile.filter(
      ([, { resolved, link }]) =>
        resolved !== undefined && !link && !resolved.startsWith('https://registry.npmjs.org/'),
    );
    expect(elsewhere.map(([place, { resolved }]) => `${place}: ${resolved}`)).toEqual([]);
  });

  test('knows the digest of every package', () => {
    const unproven = lockfile.filter(
      ([, locked]) => !locked.integrity && !locked.link && !locked.inBundle && !locked.bundled,
    );
    expect(unproven.map(([place]) => place)).toEqual([]);
  });

  const families = lockfile.filter(([, locked]) => nativeFamily(locked).length > 0);

  test.each(families)('has the program of %s for Linux, macOS and Windows on x64 and arm64', (_, locked) => {
    const family = lockfile.filter(([place]) =>
      nativeFamily(locked).some((name) => place.endsWith(`/${name}`)),
    );
    const wanted = systems.flatMap((system) => processors.map((processor) => `${system} ${processor}`));
    const missing = wanted.filter((pair) => {
      const [system = '', processor = ''] = pair.split(' ');
      return !family.some(([, { os, cpu }]) => os?.includes(system) && cpu?.includes(processor));
    });
    expect(missing).toEqual([]);
  });

  test.runIf(file === 'package-lock.json')('is seen to have such packages', () => {
    const names = families.map(([place]) => place.replace('node_modules/', ''));
    expect(names).toEqual(expect.arrayContaining(['@biomejs/biome', 'typescript', 'rolldown']));
  });
});
