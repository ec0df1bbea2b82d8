// Makes the API reference from the docstrings. `npm run docs:api` writes HTML to docs/api/ with typedoc, which needs an
// older TypeScript than the project: npm puts both into scripts/api-reference/.installed/, once. With `-- --index` it writes
// docs/api.md, every public name with its first sentence, and needs nothing.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { apiPage, publicApi } from '../docs/api.ts';
import { entriesOf } from '../docs/entries.ts';

const here = import.meta.dirname;
const root = path.resolve(here, '../..');
const installed = path.join(here, '.installed');
const arguments_ = process.argv.slice(2);

if (arguments_.some((argument) => argument !== '--index')) {
  console.error('usage: npm run docs:api [-- --index]');
  process.exitCode = 2;
} else process.exitCode = arguments_.length > 0 ? writeIndex() : writeReference();

function writeIndex(): number {
  writeFileSync(path.join(root, 'docs', 'api.md'), apiPage(publicApi(root)));
  return 0;
}

function writeReference(): number {
  const problem = install();
  if (problem !== undefined) {
    console.error(problem);
    return 1;
  }
  // What is public, and the same files that the package is built of; the drop-in has openai's names and docs.
  const entryPoints = entriesOf(root)
    .filter(({ specifier }) => specifier !== 'telltale/openai')
    .map(({ types }) => types);
  const ran = spawnSync(
    process.execPath,
    [
      path.join(installed, 'node_modules', 'typedoc', 'bin', 'typedoc'),
      ...['--name', 'Telltale', '--tsconfig', path.join(root, 'tsconfig.build.json')],
      ...[
        '--out',
        path.join(root, 'docs', 'api'),
        '--readme',
        'none',
        '--excludeInternal',
        '--excludePrivate',
      ],
      // The project itself checks its types, with its own compiler. Types that are not exported are no promise.
      ...['--skipErrorChecking', '--validation.notExported', 'false', '--disableSources'],
      ...entryPoints,
    ],
    { cwd: root, stdio: 'inherit' },
  );
  return ran.status ?? 1;
}

/** The manifest is compared, so that a new version is installed and an old one is not installed again. */
function install(): string | undefined {
  const files = ['package.json', 'package-lock.json'];
  const isCurrent = files.every((name) => same(path.join(here, name), path.join(installed, name)));
  if (isCurrent && existsSync(path.join(installed, 'node_modules', 'typedoc'))) return undefined;
  console.error(
    'Putting typedoc and the TypeScript that it needs into scripts/api-reference/.installed/ (once).',
  );
  mkdirSync(installed, { recursive: true });
  for (const name of files) cpSync(path.join(here, name), path.join(installed, name));
  const ran = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: installed,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  return ran.status === 0
    ? undefined
    : 'npm could not install them. `npm run docs:api -- --index` needs nothing.';
}

function same(one: string, other: string): boolean {
  return existsSync(other) && readFileSync(one, 'utf8') === readFileSync(other, 'utf8');
}
