import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageNameFor } from '../../src/node/service-name.ts';
import { Application } from './application.ts';

let application: Application;
beforeEach(() => {
  application = new Application();
});
afterEach(() => application.remove());

test('a service is named after the package of its main script', () => {
  const script = application.write('deep/down/main.js', '');
  expect(packageNameFor(script, '/')).toBe('an-application');
  expect(packageNameFor(path.join('down', 'main.js'), path.join(application.directory, 'deep'))).toBe(
    'an-application',
  );
});

test('a package.json that has no name, or is none, is passed over', () => {
  application.write('one/package.json', '{"type": "commonjs"}');
  application.write('one/two/package.json', 'not JSON');
  expect(packageNameFor(application.write('one/two/main.js', ''), '/')).toBe('an-application');
});

test('without a script, the working directory tells', () => {
  expect(packageNameFor(undefined, application.directory)).toBe('an-application');
});

test('where there is no package there is no name', () => {
  expect(packageNameFor(undefined, path.parse(application.directory).root)).toBeUndefined();
});
