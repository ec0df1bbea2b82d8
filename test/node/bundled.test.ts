import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

test('start() says in one sentence what to do where telltale/node was put into a bundle', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'telltale-bundled-'));
  try {
    const bundle = path.join(folder, 'app.mjs');
    const code = `
      import { start } from './src/node/index.ts';
      try { start(); } catch (error) { console.log(JSON.stringify([error.code, error.message])); }
    `;
    await build({
      absWorkingDir: root,
      stdin: { contents: code, resolveDir: root },
      outfile: bundle,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'error',
    });
    // The packages of the SDK are there: it is not they that are missing.
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
    const { stdout, stderr } = spawnSync(process.execPath, [bundle], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const [errorCode, message] = JSON.parse(stdout) as [string, string];
    expect(errorCode).toBe('missing_package');
    expect(message).toMatch(
      /^start\(\) cannot find its own sdk\.js, because telltale\/node was put into a bundle/,
    );
    expect(message).not.toContain('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
