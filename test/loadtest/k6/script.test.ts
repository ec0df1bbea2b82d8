import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');

it('type-checks against k6’s own types, which k6 itself never does', () => {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const ran = spawnSync(process.execPath, [tsc, '-p', path.join(root, 'loadtest/k6/tsconfig.json')], {
    encoding: 'utf8',
  });
  expect(ran.stdout).toBe('');
  expect(ran.status).toBe(0);
}, 60_000);
