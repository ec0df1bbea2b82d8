import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { installPackages, type Places } from '../../bench/others/install.ts';

/** A manifest, a place for its packages, and an `npm` that notes how it was called and ends as it is told. */
function project(npmLines: readonly string[]) {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-bench-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const places: Places = {
    manifest: path.join(directory, 'manifest'),
    packages: path.join(directory, 'packages'),
  };
  const bin = path.join(directory, 'bin');
  for (const folder of [places.manifest, bin]) mkdirSync(folder);
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
    writeFileSync(path.join(places.manifest, file), `first ${file}`);
  }
  const calls = path.join(directory, 'calls.txt');
  writeFileSync(path.join(bin, 'npm'), ['#!/bin/sh', `echo "$PWD $*" >> "${calls}"`, ...npmLines].join('\n'));
  chmodSync(path.join(bin, 'npm'), 0o755);
  vi.stubEnv('PATH', `${bin}${path.delimiter}${process.env['PATH']}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const said: string[] = [];
  return {
    places,
    said,
    install: () => installPackages((line) => said.push(line), places),
    npmCalls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
  };
}

// The stand-in is a shell script.
describe.skipIf(process.platform === 'win32')(
  'the packages to compare with (the stand-in needs a Unix shell)',
  () => {
    test('are put in place once, and again when the lockfile is another', () => {
      const { places, said, install, npmCalls } = project([]);
      expect([install(), install()]).toEqual([undefined, undefined]);
      expect(npmCalls()).toEqual([expect.stringMatching(/\/packages ci .*--ignore-scripts/)]);
      expect(said).toEqual([
        'Putting the packages to compare with into bench/.installed/ (once, about 300 MB).',
      ]);
      expect(readFileSync(path.join(places.packages, '.npmrc'), 'utf8')).toBe('first .npmrc');

      writeFileSync(path.join(places.manifest, 'package-lock.json'), 'second');
      expect(install()).toBeUndefined();
      expect(npmCalls()).toHaveLength(2);
      expect(readFileSync(path.join(places.packages, 'package-lock.json'), 'utf8')).toBe('second');
    });

    test('are tried again after npm failed, whose words are given', () => {
      const { install, npmCalls } = project(['echo "npm error code ENOTFOUND" >&2', 'exit 1']);
      expect([install(), install()]).toEqual(['npm error code ENOTFOUND', 'npm error code ENOTFOUND']);
      expect(npmCalls()).toHaveLength(2);
    });
  },
);
