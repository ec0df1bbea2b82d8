import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
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

describe.each([
  'package-lock.json',
  'bench/package-lock.json',
  'scripts/api-reference/package-lock.json',
  '.ci/bundlers/package-lock.json',
])('%s', (file) => {
  const lockfile = readLockfile(file);

  test('names no download address, so that every package comes from the registry its user has set', () => {
    const addressed = lockfile.filter(([, { resolved, link }]) => resolved !== undefined && !link);
    expect(addressed.map(([place, { resolved }]) => `${place}: ${resolved}`)).toEqual([]);
  });

  test('knows the digest of every package', () => {
    const unproven = lockfile.filter(([, locked]) => !locked.integrity && !locked.link && !locked.inBundle);
    expect(unproven.map(([place]) => place)).toEqual([]);
  });

  const families = lockfile.filter(([, locked]) => nativeFamily(locked).length > 0);

  const isLocked = (name: string): boolean =>
    lockfile.some(([place]) => place.endsWith(`node_modules/${name}`));

  test.each(families)(
    'has every program of %s for Linux, macOS and Windows on x64 and arm64',
    (_, locked) => {
      const family = nativeFamily(locked);
      expect(family.filter((name) => !isLocked(name))).toEqual([]);
      const uncovered = systems
        .flatMap((system) => processors.map((processor) => new RegExp(`${system}-?${processor}`)))
        .filter((pair) => !family.some((name) => pair.test(name)));
      expect(uncovered).toEqual([]);
    },
  );

  test.runIf(file === 'package-lock.json')('is seen to have such packages', () => {
    const names = families.map(([place]) => place.replace('node_modules/', ''));
    expect(names).toEqual(expect.arrayContaining(['@biomejs/biome', 'typescript', 'rolldown']));
  });
});
