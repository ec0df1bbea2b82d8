// Puts the modules that `import 'telltale'` always loads, some 240, into the one file `dist/src/core.js`, because finding, reading
// and linking so many files takes longer than running them. Of a module that something outside needs, what is left is a
// file with its name that hands on what it exports, so each still exists once; the other files go. The types stay as they
// are. Nothing is minified: names in a stack trace are those of the sources, and a comment above each module says which it is.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** @param {string} dist where the compiler put `src/` */
export async function bundleCore(dist) {
  const core = path.join(dist, 'core.js');
  const settings = {
    absWorkingDir: dist,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.15',
    packages: 'external',
    logLevel: 'warning',
  };
  const { metafile } = await build({ ...settings, entryPoints: ['index.js'], write: false, metafile: true });
  const modules = Object.keys(metafile.inputs).sort();
  for (const module of modules) {
    if (/\bimport\.meta\b|[^.\w]import\(/.test(readFileSync(path.join(dist, module), 'utf8')))
      throw new Error(`${module} asks where it is, so it cannot be put into another file`);
  }
  const exported = await exportsOf(modules, settings);
  const lines = [...exported].map(
    ([module, names]) =>
      `export { ${names.map(({ name, inCore }) => `${name} as ${inCore}`).join(', ')} } from './${module}';`,
  );
  await build({ ...settings, stdin: { contents: lines.join('\n'), resolveDir: dist }, outfile: core });
  const needed = neededFrom(dist, new Set(modules));
  for (const module of modules) {
    const names = exported.get(module);
    const file = path.join(dist, module);
    if (!names || !(needed.has(module) || module === 'index.js')) rmSync(file);
    else writeFileSync(file, handingOn(names, path.relative(path.dirname(file), core)));
  }
}

/** What each module exports at run time, and under which name the core does, since two may use the same. */
async function exportsOf(modules, settings) {
  const { outputs } = (
    await build({
      ...settings,
      bundle: false,
      packages: undefined,
      entryPoints: modules,
      outdir: '/',
      write: false,
      metafile: true,
    })
  ).metafile;
  const taken = new Set();
  const exported = new Map();
  for (const { entryPoint, exports: names } of Object.values(outputs)) {
    if (names.length === 0) continue;
    const named = names.map((name) => {
      let inCore = name;
      for (let count = 2; taken.has(inCore); count += 1) inCore = `${name}${count}`;
      taken.add(inCore);
      return { name, inCore };
    });
    exported.set(entryPoint, named);
  }
  return exported;
}

/** Those of the modules that a file which is none of them imports. */
function neededFrom(dist, modules) {
  const needed = new Set();
  const above = path.dirname(dist);
  for (const name of readdirSync(above, { recursive: true })) {
    const file = path.join(above, name);
    if (!name.endsWith('.js') || modules.has(path.relative(dist, file).replaceAll('\\', '/'))) continue;
    for (const [, imported] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)) {
      needed.add(path.relative(dist, path.resolve(path.dirname(file), imported)).replaceAll('\\', '/'));
    }
  }
  return needed;
}

function handingOn(names, core) {
  const from = core.replaceAll('\\', '/');
  const list = names.map(({ name, inCore }) => (name === inCore ? name : `${inCore} as ${name}`));
  return `export { ${list.join(', ')} } from '${from.startsWith('.') ? from : `./${from}`}';\n`;
}
