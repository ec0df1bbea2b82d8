// Holds what the core weighs and loads: `npm run check:size` (after `npm run build`). Of the package as built it bundles what an
// application takes, minified, without its peers and Node's modules, and looks at what `import 'telltale'` loads. What each
// module weighs is read from the sources, because the package has them in one file.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The most that each may weigh, minified and gzipped, in bytes. Lower one where it has room; what raises one needs a reason. */
const ceilings = [
  ['observe, telltale', 'telltale', 92_000],
  ['createLimiter', 'telltale/limiter', 28_000],
];
/** The most that `import 'telltale'` may load beside openai and Node's own modules. */
const mostModules = 2;
/** Nothing that only an option, a command or another entry needs. */
const notLoaded = /^(yaml|marked|parse5|unpdf|p-limit|ioredis|openai|@opentelemetry\/(?!api\/))/;

if (!existsSync(path.join(root, 'dist', 'src', 'core.js'))) {
  console.error('There is no dist/: run `npm run build` first.');
  process.exit(1);
}
const failures = [];
for (const [names, entry, most] of ceilings) {
  const { contents } = await bundle(`export { ${names} } from '${entry}';`);
  const gzipped = gzipSync(contents, { level: 9 }).length;
  console.log(
    `import { ${names} } from '${entry}': ${kilobytes(gzipped)} minified and gzipped (${kilobytes(contents.length)} before), at most ${kilobytes(most)}`,
  );
  if (gzipped > most) failures.push(`${entry} weighs more than it may`);
}
checkLoaded();
await printWeights();
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Minified, as an application's own bundle would have it. */
async function bundle(code, options = {}) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.15',
    external: ['openai', '@opentelemetry/*', 'ioredis'],
    write: false,
    metafile: true,
    logLevel: 'warning',
    ...options,
  });
  return { contents: outputFiles[0].contents, metafile };
}

/** In a process of its own, where nothing is loaded yet. */
function checkLoaded() {
  const code = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({
      load(url, context, next) {
        const answer = next(url, context);
        loaded.push([url, answer.source?.length ?? 0]);
        return answer;
      },
    });
    await import('telltale');
    console.log(JSON.stringify(loaded));
  `;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`import 'telltale' failed:\n${stderr}`);
  const loaded = JSON.parse(stdout);
  const own = loaded.filter(([url]) => url.startsWith('file:') && !url.includes('/node_modules/'));
  const bytes = own.reduce((sum, [, length]) => sum + length, 0);
  console.log(`import 'telltale' loads ${own.length} modules of its own, ${kilobytes(bytes)} as they are`);
  if (own.length > mostModules)
    failures.push(`import 'telltale' loads more than ${mostModules} modules of its own`);
  for (const [url] of loaded) {
    const name = url.startsWith('node:') ? url : url.split('/node_modules/')[1];
    if (name && (notLoaded.test(name) || name === 'node:sqlite'))
      failures.push(`import 'telltale' loads ${name}`);
  }
}

/** Of each folder, and of the heaviest modules: their share of the bundle before it is gzipped. */
async function printWeights() {
  const { metafile } = await bundle("export { observe, telltale } from './src/index.ts';");
  const [output] = Object.values(metafile.outputs);
  const modules = Object.entries(output.inputs)
    .map(([file, { bytesInOutput }]) => [file, bytesInOutput])
    .sort(([, one], [, other]) => other - one);
  const folders = new Map();
  for (const [file, bytes] of modules) {
    const folder = path.posix.dirname(file);
    folders.set(folder, (folders.get(folder) ?? 0) + bytes);
  }
  console.log('\nWhat weighs how much in telltale, minified:');
  for (const [folder, bytes] of [...folders].sort(([, one], [, other]) => other - one))
    console.log(`  ${kilobytes(bytes).padStart(9)}  ${folder}/`);
  const all = process.argv.includes('--all');
  const shown = all ? modules : modules.slice(0, 20);
  console.log(all ? '\nby module:' : '\nThe heaviest modules (--all shows each):');
  for (const [file, bytes] of shown) console.log(`  ${kilobytes(bytes).padStart(9)}  ${file}`);
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
