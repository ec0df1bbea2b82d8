// Checks the package as its users get it: packs it, lints the tarball, checks its types, then installs it into new
// projects with the newest and the oldest openai and OpenTelemetry that it supports, and uses it there, on this Node and on
// the oldest one, and with the newest and an older TypeScript.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { binOf, check, doAll, root, windows } from './check-package-run.mjs';

const consumer = path.join(root, '.ci', 'consumer');
const quietly = ['--no-audit', '--no-fund', '--loglevel=warn'];

/** The ends of what the package's `peerDependencies` allow; `sdk` is the generation of OpenTelemetry's SDK. */
const projects = [
  {
    name: 'newest',
    sdk: 3,
    peers: ['openai@7.57.0', '@opentelemetry/api@1.10.0'],
    packages: [
      '@opentelemetry/sdk-trace@~3.1.1',
      '@opentelemetry/sdk-metrics@~3.1.1',
      '@opentelemetry/sdk-logs@~3.1.1',
    ],
    commands: [
      ['--version'],
      ['mock', '--help'],
      ['loadtest', '--help'],
      ['loadtest', '--target', 'x', '--help'],
      ['chat', 'sea', '--mock', '--message', 'Which way does the wind blow?'],
      ['analyze', 'use.mjs', '--mock', '--direct', '--yes'],
      ['batch', 'requests.jsonl', '--mock', '--out', 'results.jsonl'],
      ['estimate', 'use.mjs', '--model', 'gpt-5-mini'],
      ['costs', '--mock'],
    ],
  },
  {
    name: 'oldest',
    sdk: 2,
    peers: ['openai@6.0.0', '@opentelemetry/api@1.9.0'],
    packages: [
      '@opentelemetry/sdk-trace-base@2',
      '@opentelemetry/sdk-metrics@2',
      '@opentelemetry/api-logs@0',
      '@opentelemetry/sdk-logs@0',
    ],
    commands: [['--version'], ['chat', 'sea', '--mock', '--message', 'Which way does the wind blow?']],
  },
];

/** The oldest Node that `engines` allows, and a TypeScript of the 5.x line; kept in `.tools/`, which git does not see. */
const oldest = ['node@22.15.0', 'typescript@5.9.3'];
const oldestModules = path.join(root, '.tools', 'oldest', 'node_modules');

/** How the users of TypeScript resolve modules. CommonJS may require an ES module with `nodenext` only. */
const resolutions = [
  ['nodenext', ['--module', 'nodenext'], ['types.mts', 'types.cts']],
  ['node16', ['--module', 'node16'], ['types.mts']],
  ['bundler', ['--module', 'preserve', '--moduleResolution', 'bundler'], ['types.mts']],
];

/** They have a lockfile of their own, so that they are no part of the product's install. */
const bundlers = path.join(root, '.ci', 'bundlers');
const bundlerNames = ['esbuild', 'rolldown', 'rollup', 'webpack'];

const scratch = mkdtempSync(path.join(tmpdir(), 'telltale-package-'));
try {
  const [tarball] = await Promise.all([pack(), fetchTools()]);
  const nodes = [process.execPath, path.join(oldestModules, 'node', 'bin', windows ? 'node.exe' : 'node')];
  const versions = [];
  for (const node of nodes) versions.push((await check('Node', root, node, ['--version'])).stdout.trim());
  await doAll([
    () => check('publint', root, process.execPath, [binOf('publint', 'publint'), 'run', tarball, '--strict']),
    // ES modules only: what is wrong for a CommonJS resolver alone is intended.
    () =>
      check('are the types wrong', root, process.execPath, [
        binOf('@arethetypeswrong/cli', 'attw'),
        ...[tarball, '--profile', 'esm-only', '--no-emoji'],
      ]),
    ...projects.map((project) => () => installIn(project, tarball)),
  ]);
  await doAll([
    ...bundlerNames.map((name) => () => bundleWith(name, path.join(scratch, 'newest'))),
    ...projects.flatMap((project) => usesOf(project, nodes, versions)),
  ]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** `prepack` builds it first, so what is checked is never an old build. */
async function pack() {
  const { stdout } = await check('npm pack', root, 'npm', ['pack', '--json', '--pack-destination', scratch]);
  // The build may print before npm's answer does.
  const packed = JSON.parse(stdout.slice(stdout.search(/^[[{]\s*$/m)));
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  return path.join(scratch, filename);
}

async function fetchTools() {
  if (!existsSync(path.join(bundlers, 'node_modules', '.package-lock.json')))
    await check('install the bundlers (once)', bundlers, 'npm', ['ci', '--ignore-scripts', ...quietly]);
  if (existsSync(path.join(oldestModules, '.package-lock.json'))) return;
  // A relative path, because Windows starts npm through a shell, which would take a space in a path for its end.
  const prefix = path.join('.tools', 'oldest');
  mkdirSync(path.join(root, prefix), { recursive: true });
  const title = `install ${oldest.join(' and ')} (once)`;
  await check(title, root, 'npm', ['install', '--prefix', prefix, ...quietly, ...oldest]);
}

/** Telltale and its peers alone first, where the rest has to say what it misses; then what an application has. */
async function installIn({ name, sdk, peers, packages }, tarball) {
  const directory = path.join(scratch, name);
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'package.json'), JSON.stringify({ name, private: true }));
  for (const file of readdirSync(consumer).filter((each) => !/-[23]\.mjs$/.test(each)))
    copyFileSync(path.join(consumer, file), path.join(directory, file));
  // The packages of OpenTelemetry's SDK differ from one generation to the next.
  for (const kind of ['tracing', 'logging'])
    copyFileSync(path.join(consumer, `${kind}-${sdk}.mjs`), path.join(directory, `${kind}.mjs`));
  const request = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hello' }] };
  writeFileSync(path.join(directory, 'requests.jsonl'), `${JSON.stringify(request)}\n`);
  await install(`${name}: install with its peers`, directory, [tarball, ...peers]);
  await check(`${name}: each entry with nothing else`, directory, process.execPath, ['entries.mjs']);
  await install(`${name}: install an SDK`, directory, packages);
}

/** Telltale's peers must give npm nothing to complain of. */
async function install(title, directory, packages) {
  const { stderr } = await check(title, directory, 'npm', ['install', ...quietly, ...packages]);
  if (/ERESOLVE|peer|EBADENGINE/i.test(stderr)) throw new Error(`${title}: npm complains:\n${stderr}`);
}

function usesOf({ name, commands }, nodes, versions) {
  const directory = path.join(scratch, name);
  const main = path.join('node_modules', 'telltale', 'dist', 'src', 'cli', 'main.js');
  const used = nodes.flatMap((node, place) =>
    ['use.mjs', 'use.cjs', 'patterns.mjs'].map(
      (file) => () => check(`${name}, Node ${versions[place]}: ${file}`, directory, node, [file]),
    ),
  );
  const commanded = commands.map(
    (args) => () =>
      check(`${name}: telltale ${args.join(' ')}`, directory, process.execPath, [main, ...args]),
  );
  const old = () =>
    check(`${name}, Node ${versions[1]}: telltale --version`, directory, nodes[1], [main, '--version']);
  return [...used, ...commanded, old, ...typesOf(name, directory)];
}

async function bundleWith(name, directory) {
  const output = path.join(directory, 'bundles', name, 'app.mjs');
  mkdirSync(path.dirname(output), { recursive: true });
  const script = path.join(bundlers, 'bundle.mjs');
  await check(`${name}: bundle`, directory, process.execPath, [script, name, 'bundled.mjs', output]);
  await check(`${name}: the bundle alone`, path.dirname(output), process.execPath, [output]);
}

/** The declarations themselves are checked too, and not only what uses them. */
function typesOf(name, directory) {
  const compilers = [
    ['TypeScript 7', binOf('typescript', 'tsc')],
    ['TypeScript 5', binOf('typescript', 'tsc', oldestModules)],
  ];
  const strictly = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--exactOptionalPropertyTypes'];
  const typeRoots = path.join(root, 'node_modules', '@types');
  return compilers.flatMap(([compiler, tsc]) =>
    resolutions.map(
      ([resolution, args, files]) =>
        () =>
          check(`${name}: types, ${compiler}, ${resolution}`, directory, process.execPath, [
            ...[tsc, ...strictly, '--target', 'es2023', '--typeRoots', typeRoots, '--types', 'node'],
            ...[...args, ...files],
          ]),
    ),
  );
}
