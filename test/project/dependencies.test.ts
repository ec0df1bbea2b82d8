import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

interface LockedPackage {
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
}

const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const { dependencies, peerDependencies } = JSON.parse(
  readFileSync(path.join(root, 'package.json'), 'utf8'),
) as Record<'dependencies' | 'peerDependencies', Record<string, string>>;
const peers = Object.keys(peerDependencies).map((name) => `node_modules/${name}`);
/** What the user has with Telltale. The lockfile takes peers for tools, as they are also tested with. */
const shipped = Object.entries(packages).filter(
  ([place, { dev }]) => place !== '' && (!dev || peers.includes(place)),
);

/** Those under which a program of the Apache licence 2.0 may use what it does not change. */
const compatible = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'BlueOak-1.0.0'];

describe('what is installed with Telltale', () => {
  test('is there at all, each direct dependency', () => {
    const places = shipped.map(([place]) => place);
    for (const name of Object.keys({ ...dependencies, ...peerDependencies }))
      expect(places).toContain(`node_modules/${name}`);
  });

  test('has a licence that goes together with Apache-2.0', () => {
    const others = shipped.filter(([, { license = 'none' }]) => !compatible.includes(license));
    expect(others.map(([place, { license }]) => `${place}: ${license}`)).toEqual([]);
  });

  test('runs nothing when it is installed', () => {
    expect(shipped.filter(([, { hasInstallScript }]) => hasInstallScript).map(([place]) => place)).toEqual(
      [],
    );
  });

  test('is named and justified in the README, as far as it is direct', () => {
    const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
    const direct = Object.keys({ ...dependencies, ...peerDependencies });
    expect(direct.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
