// Compiles src/ to dist/: plain ES modules with their types, one file a source file. What the mock reads at run time, and
// its users copy, goes along.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
const built = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
for (const name of ['scenarios', 'schedule.schema.json']) {
  const from = new URL(`../src/mock/${name}`, import.meta.url);
  cpSync(from, new URL(`../dist/mock/${name}`, import.meta.url), { recursive: true });
}
process.exit(built.status ?? 1);
