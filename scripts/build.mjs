// Compiles src/ and loadtest/ to dist/, one plain ES module a source file, so that everything finds everything where it does
// in the sources: the library with its types, then what only the command needs, then the scripts that k6 runs. What `telltale`
// itself loads is then put into one file.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCore } from './bundle-core.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
for (const project of ['tsconfig.build.json', 'tsconfig.build-loadtest.json', 'tsconfig.build-k6.json']) {
  const built = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], {
    cwd: root,
    stdio: 'inherit',
  });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
// What the modules read beside themselves: styles, scenarios, schemas.
for (const folder of ['src', 'loadtest']) {
  for (const name of readdirSync(path.join(root, folder), { recursive: true })) {
    if (!/\.(css|yaml|json|svg|js)$/.test(name) || /(^|[\\/])(out[\\/]|tsconfig\.json$)/.test(name)) continue;
    cpSync(path.join(root, folder, name), path.join(root, 'dist', folder, name));
  }
}
await bundleCore(path.join(root, 'dist', 'src'));
chmodSync(new URL('../dist/src/cli/main.js', import.meta.url), 0o755);
