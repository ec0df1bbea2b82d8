// Checks the package as its users get it: packs it, lints the tarball, checks its types, then installs it into new
// projects with the newest and the oldest openai and OpenTelemetry that it supports, and uses it there.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const consumer = path.join(root, '.ci', 'consumer');
const windows = process.platform === 'win32';

/** The ends of what the package's `peerDependencies` allow; `sdk` is the generation of OpenTelemetry's SDK. */
const projects = [
  {
    name: 'newest',
    sdk: 3,
    packages: [
      'openai@7.57.0',
      '@opentelemetry/api@1.10.0',
      '@opentelemetry/sdk-trace@~3.1.1',
      '@opentelemetry/sdk-metrics@~3.1.1',
      '@opentelemetry/sdk-logs@~3.1.1',
    ],
  },
  {
    name: 'oldest',
    sdk: 2,
    packages: [
      'openai@6.0.0',
      '@opentelemetry/api@1.9.0',
      '@opentelemetry/sdk-trace-base@2',
      '@opentelemetry/sdk-metrics@2',
      '@opentelemetry/api-logs@0',
      '@opentelemetry/sdk-logs@0',
    ],
  },
];

const scratch = mkdtempSync(path.join(tmpdir(), 'telltale-package-'));
try {
  const tarball = pack();
  check('publint', root, process.execPath, [binOf('publint', 'publint'), 'run', tarball, '--strict']);
  // ES modules only: what is wrong for a CommonJS resolver alone is intended.
  check('are the types wrong', root, process.execPath, [
    binOf('@arethetypeswrong/cli', 'attw'),
    tarball,
    '--profile',
    'esm-only',
    '--no-emoji',
  ]);
  for (const project of projects) useIn(project, tarball);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** `prepack` builds it first, so what is checked is never an old build. */
function pack() {
  const output = check('npm pack', root, 'npm', ['pack', '--json', '--pack-destination', scratch]);
  // The build may print before npm's answer does.
  const packed = JSON.parse(output.slice(output.search(/^[[{]\s*$/m)));
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  return path.join(scratch, filename);
}

function useIn({ name, sdk, packages }, tarball) {
  const directory = path.join(scratch, name);
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'package.json'), JSON.stringify({ name, private: true }));
  check(`${name}: install`, directory, 'npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    tarball,
    ...packages,
  ]);
  for (const file of ['use.mjs', 'use.cjs', 'patterns.mjs', 'types.mts'])
    copyFileSync(path.join(consumer, file), path.join(directory, file));
  // The packages of OpenTelemetry's SDK differ from one generation to the next.
  for (const kind of ['tracing', 'logging'])
    copyFileSync(path.join(consumer, `${kind}-${sdk}.mjs`), path.join(directory, `${kind}.mjs`));
  check(`${name}: import and use`, directory, process.execPath, ['use.mjs']);
  check(`${name}: require and use`, directory, process.execPath, ['use.cjs']);
  check(`${name}: the patterns`, directory, process.execPath, ['patterns.mjs']);
  const request = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hello' }] };
  writeFileSync(path.join(directory, 'requests.jsonl'), `${JSON.stringify(request)}\n`);
  const telltale = path.join('node_modules', 'telltale', 'dist', 'src', 'cli', 'main.js');
  for (const args of [
    ['--version'],
    ['mock', '--help'],
    ['loadtest', '--help'],
    ['loadtest', '--target', 'x', '--help'],
    ['chat', 'sea', '--mock', '--message', 'Which way does the wind blow?'],
    ['analyze', 'use.mjs', '--mock', '--direct', '--yes'],
    ['batch', 'requests.jsonl', '--mock', '--out', 'results.jsonl'],
    ['estimate', 'use.mjs', '--model', 'gpt-5-mini'],
    ['costs', '--mock'],
  ])
    check(`${name}: telltale ${args.join(' ')}`, directory, process.execPath, [telltale, ...args]);
  check(`${name}: types`, directory, process.execPath, [
    binOf('typescript', 'tsc'),
    ...['--noEmit', '--strict', '--skipLibCheck', '--exactOptionalPropertyTypes'],
    ...['--target', 'es2023', '--module', 'nodenext', '--types', '', 'types.mts'],
  ]);
}

/** Runs a command; where it fails, shows what it printed and throws. */
function check(title, cwd, command, args) {
  const ran = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: windows && command === 'npm',
    maxBuffer: 2 ** 26,
    timeout: 180_000,
  });
  const ok = ran.status === 0;
  console.log(`${ok ? 'ok    ' : 'failed'}  ${title}`);
  if (ok) return ran.stdout;
  console.log(`${ran.stdout ?? ''}${ran.stderr ?? ''}`.trimEnd().replace(/^/gm, '  | '));
  throw ran.error ?? new Error(`${title} failed with ${ran.signal ?? `exit code ${ran.status}`}`);
}

/** The script behind a tool's command, which runs without a shell on every system. */
function binOf(name, command) {
  const directory = path.join(root, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  return path.join(directory, typeof bin === 'string' ? bin : bin[command]);
}
