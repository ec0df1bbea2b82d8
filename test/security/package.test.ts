import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly sideEffects: readonly string[];
};

it('runs nothing where it is installed', () => {
  const names = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare'];
  expect(names.filter((name) => name in manifest.scripts)).toEqual([]);
  // npm builds of its own accord where it finds this file.
  expect(existsSync(path.join(root, 'binding.gyp'))).toBe(false);
});

it('brings neither tests nor maps of sources, and acts by one import alone', () => {
  expect(manifest.files.filter((name) => /test|bench|src|loadtest|\*/.test(name))).toEqual([]);
  expect(manifest.sideEffects).toEqual(['./dist/src/register.js']);
  for (const name of [
    'tsconfig.json',
    'tsconfig.build.json',
    'tsconfig.build-loadtest.json',
    'tsconfig.build-k6.json',
  ])
    expect(readFileSync(path.join(root, name), 'utf8')).not.toMatch(
      /"(?:inlineS|s)ourceMap"\s*:\s*true|"inlineSources"\s*:\s*true/,
    );
});
