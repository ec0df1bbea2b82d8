import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readVariables, withTakenPorts } from '../../scripts/collector/variables.ts';
import { root } from './files.ts';

const compose = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
const problemsOf = (env: Record<string, string>) =>
  readVariables(compose, env).flatMap(({ problem }) => problem ?? []);

test('as it stands nothing is wrong, and each port has a variable of its own', () => {
  expect(problemsOf({})).toEqual([]);
  expect(readVariables(compose, {}).filter(({ name }) => name.endsWith('_PORT'))).toHaveLength(9);
});

test('an empty variable is as good as none, as it is for Compose', () => {
  expect(problemsOf({ TELLTALE_GRAFANA_PORT: '' })).toEqual([]);
});

test.each([
  ['TELLTALE_GRAFANA_PORT', 'abc', 'a port from 1 to 65535'],
  ['TELLTALE_GRAFANA_PORT', '0', 'a port from 1 to 65535'],
  ['TELLTALE_GRAFANA_PORT', '70000', 'a port from 1 to 65535'],
  ['TELLTALE_KEEP_PERCENT', '101', 'a number from 0 to 100'],
  ['TELLTALE_KEEP_PERCENT', 'all', 'a number from 0 to 100'],
  ['TELLTALE_PROMETHEUS_RETENTION', '15', 'a time such as 12h or 15d'],
  ['TELLTALE_DEMO_CALLS_PER_SECOND', '-1', 'a number from 0 to 100'],
])('%s=%s is told, with what it should be', (name, value, says) => {
  expect(problemsOf({ [name]: value })).toEqual([`Expected ${name} to be ${says}, got \`${value}\`.`]);
});

test('a port that two services were given is told', () => {
  expect(problemsOf({ TELLTALE_GRAFANA_PORT: '9090' })).toEqual([
    'TELLTALE_GRAFANA_PORT and TELLTALE_PROMETHEUS_PORT are both 9090: give one of them another port.',
  ]);
});

test('a port on which somebody listens is told, with the command that takes another', async () => {
  await using server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const all = readVariables(compose, { TELLTALE_GRAFANA_PORT: String(port) });
  const [grafana] = (await withTakenPorts(all)).filter(({ name }) => name === 'TELLTALE_GRAFANA_PORT');
  expect(grafana?.problem).toMatch(
    new RegExp(`^Port ${port} is taken: .* TELLTALE_GRAFANA_PORT=\\d+ docker compose up -d\\.$`),
  );
});
