import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './binary.ts';
import { type Row, same } from './rows.ts';

const composeFile = path.join(root, 'docker-compose.yml');
const buildMs = 5 * 60_000;

/**
 * Has docker-compose.yml read by the Compose Specification's own library, which Docker Compose is made of: all of it, demo
 * included. A text says why that could not be done.
 */
export function composeRows(folder: string): Row[] | string {
  const program = path.join(folder, process.platform === 'win32' ? 'compose-check.exe' : 'compose-check');
  const built = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: path.join(root, 'otel-collector/compose-check'),
    encoding: 'utf8',
    timeout: buildMs,
  });
  if (built.error)
    return `no Go to build the reader of the Compose Specification with (${built.error.message})`;
  if (built.status !== 0)
    return `the reader of the Compose Specification cannot be built: ${built.stderr.trim().split('\n').at(-1)}`;
  const read = (
    file: string,
    env: NodeJS.ProcessEnv = {},
  ): { readonly ok: boolean; readonly said: string } => {
    const { status, stdout, stderr } = spawnSync(program, [file], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    return { ok: status === 0, said: status === 0 ? stdout : stderr.trim() };
  };
  // Beside the real one, so that what it mounts is found.
  const misspelt = path.join(folder, 'misspelt-compose.yml');
  writeFileSync(misspelt, readFileSync(composeFile, 'utf8').replace('healthcheck:', 'heathcheck:'));
  const whole = read(composeFile);
  const services = whole.ok ? Object.keys((JSON.parse(whole.said) as { services: object }).services) : [];
  const wrongKey = read(misspelt);
  const wrongPort = read(composeFile, { TELLTALE_GRAFANA_PORT: 'abc' });
  const moved = read(composeFile, { TELLTALE_GRAFANA_PORT: '3001' });
  return [
    same('docker-compose.yml is valid', 'valid', whole.ok ? 'valid' : whole.said),
    same('services that Compose finds in it', 8, services.length),
    same('a misspelt key is refused and named', true, !wrongKey.ok && wrongKey.said.includes('heathcheck')),
    same('a port that is none is refused and named', true, !wrongPort.ok && wrongPort.said.includes('abc')),
    same('a port is moved by its variable', true, moved.ok && moved.said.includes('"3001"')),
  ];
}
