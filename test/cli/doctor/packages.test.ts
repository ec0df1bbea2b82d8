import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { peerChecks } from '../../../src/cli/doctor/checks/peers.ts';
import { sdkCheck } from '../../../src/cli/doctor/checks/sdk.ts';
import type { Check } from '../../../src/cli/doctor/context.ts';
import { sdkPackages } from '../../../src/node/load-sdk.ts';
import { temporaryDirectory } from '../support/filled-audit.ts';
import { contextIn, install, told } from './support.ts';

const peerDependencies = { '@opentelemetry/api': '^1.9.0', ioredis: '>=5 <7', openai: '>=6 <8' };
const api = '@opentelemetry/api';

let project: string;
let telltale: string;

beforeEach(() => {
  project = temporaryDirectory();
  writeFileSync(path.join(project, 'package.json'), '{"name":"shop"}');
  telltale = install(project, 'telltale', '0.1.0', { peerDependencies });
});

function tellOf(name: string, changes = {}): Promise<string> {
  const check = peerChecks.find((one) => one.name === name) as Check;
  return told(check, contextIn(project, changes));
}

describe('a peer', () => {
  test('is there, in range, once', async () => {
    install(project, 'openai', '7.57.0');
    install(project, api, '1.10.0');
    expect(await tellOf('openai')).toBe('ok: 7.57.0, one copy');
    expect(await tellOf(api)).toBe('ok: 1.10.0, one copy');
  });

  test.each(['openai', api])('is missing: %s', async (name) => {
    expect(await tellOf(name)).toBe(
      `problem: ${name} is not installed in this project, and Telltale needs it. -> Run: npm install ${name}.`,
    );
  });

  test('is too old', async () => {
    install(project, 'openai', '5.0.0');
    expect(await tellOf('openai')).toBe(
      'problem: openai is 5.0.0, and Telltale needs >=6 <8. -> Run: npm install "openai@>=6 <8".',
    );
  });

  test('is another package under its name', async () => {
    install(project, 'openai', '7.0.0', { name: 'not-openai' });
    expect(await tellOf('openai')).toContain('problem: openai is not installed');
  });

  test('has a damaged manifest', async () => {
    writeFileSync(path.join(install(project, 'openai', '7.0.0'), 'package.json'), '{"name":');
    expect(await tellOf('openai')).toContain('problem: openai is not installed');
  });

  test('is seen twice: openai', async () => {
    install(project, 'openai', '7.57.0');
    install(telltale, 'openai', '6.49.0');
    const said = await tellOf('openai');
    expect(said).toContain('warning: Telltale sees another copy of openai than the project (7.57.0 in ');
    expect(said).toContain('npm dedupe');
  });
});

describe('copies of @opentelemetry/api', () => {
  beforeEach(() => {
    install(project, api, '1.10.0');
  });

  test.each([
    [
      'of another version, which is the silent failure',
      '1.9.0',
      'problem',
      'telemetry is missing without a word',
    ],
    ['of the same version', '1.10.0', 'warning', 'only because their versions agree'],
  ])('Telltale has one of its own, %s', async (_, version, state, says) => {
    install(telltale, api, version);
    const said = await tellOf(api);
    expect(said.startsWith(`${state}: `)).toBe(true);
    expect(said).toContain('see 2 copies');
    expect(said).toContain(says);
    expect(said).toContain('npm ls @opentelemetry/api');
  });

  test('the SDK has one of its own', async () => {
    install(install(project, '@opentelemetry/sdk-node', '0.301.0'), api, '1.9.1');
    expect(await tellOf(api)).toMatch(/^problem: .*1\.10\.0 in .*1\.9\.1 in /);
  });

  test('some package has one, however deep', async () => {
    const deep = install(install(project, '@scope/a', '1.0.0'), 'b', '1.0.0');
    install(deep, api, '1.4.0');
    const said = await tellOf(api);
    expect(said).toMatch(/^warning: Some package has its own copy .*1\.4\.0 in /);
  });

  test('one that links lead to is one', async () => {
    const store = path.join(
      project,
      'node_modules',
      '.pnpm',
      'telltale@0.1.0',
      'node_modules',
      '@opentelemetry',
    );
    mkdirSync(store, { recursive: true });
    symlinkSync(path.join(project, 'node_modules', api), path.join(store, 'api'), 'junction');
    expect(await tellOf(api)).toBe('ok: 1.10.0, one copy');
  });

  test("another in pnpm's store is seen", async () => {
    install(path.join(project, 'node_modules', '.pnpm', 'x@1.0.0'), api, '1.8.0');
    expect(await tellOf(api)).toContain('1.8.0 in ');
  });
});

describe('ioredis', () => {
  test.each([
    [undefined, undefined, 'skipped: not installed'],
    [
      undefined,
      'redis://x',
      'problem: A Redis is named, and ioredis is not installed here. -> Run: npm install',
    ],
    ['6.0.0', undefined, 'ok: 6.0.0'],
    ['4.0.0', undefined, 'problem: ioredis is 4.0.0, and Telltale needs >=5 <7.'],
  ])('%s, with a Redis at %s: %s', async (version, redisUrl, expected) => {
    if (version !== undefined) install(project, 'ioredis', version);
    expect(await tellOf('ioredis', { redisUrl })).toContain(expected);
  });
});

describe('telltale', () => {
  test('of the project', async () => {
    expect(await tellOf('telltale')).toBe('ok: 0.1.0');
  });

  test('of elsewhere, and none at all', async () => {
    project = temporaryDirectory();
    expect(await tellOf('telltale')).toContain('ok: 0.1.0, without a project');
    expect(await tellOf('openai')).toContain('ok: 7.');
    writeFileSync(path.join(project, 'package.json'), '{"name":"shop"}');
    expect(await tellOf('telltale')).toContain('warning: This project does not have telltale');
    expect(await tellOf('openai')).toContain('problem: openai is not installed in this project');
  });
});

describe('the SDK', () => {
  const made = { dependencies: { '@opentelemetry/sdk-trace': '3.1.0' } };
  const installAll = (changes: Readonly<Record<string, string>> = {}): void => {
    for (const name of sdkPackages) {
      const version = changes[name] ?? (/sdk-node|exporter/.test(name) ? '0.301.0' : '3.1.1');
      install(project, name, version, name.endsWith('sdk-node') ? made : {});
    }
  };
  const tell = (env = {}): Promise<string> => told(sdkCheck, contextIn(project, { env }));

  test('is there and of one generation', async () => {
    installAll();
    expect(await tell()).toBe('ok: 8 packages, of sdk-node 0.301.0');
  });

  test('is not there, and not asked for', async () => {
    expect(await tell()).toContain('skipped: not installed, and needed only for start()');
  });

  test('is not there where telemetry is asked for', async () => {
    expect(await tell({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' })).toContain(
      `-> Run: npm install ${sdkPackages.join(' ')}.`,
    );
  });

  test('is there in part', async () => {
    install(project, '@opentelemetry/sdk-node', '0.301.0');
    expect(await tell()).toMatch(
      /^problem: start\(\) of telltale\/node cannot run: @opentelemetry\/sdk-trace, /,
    );
  });

  test.each([
    [
      '@opentelemetry/sdk-metrics',
      '2.0.0',
      '3 (@opentelemetry/sdk-trace 3.1.1) and @opentelemetry/sdk-metrics 2.0.0',
    ],
    ['@opentelemetry/exporter-logs-otlp-http', '0.200.0', '0.301 (@opentelemetry/sdk-node 0.301.0) and'],
    ['@opentelemetry/sdk-node', '0.200.0', 'several generations'],
  ])('is mixed by %s %s', async (name, version, expected) => {
    installAll({ [name]: version });
    const said = await tell();
    expect(said).toContain('problem: The packages of the OpenTelemetry SDK are of several generations: ');
    expect(said).toContain(expected);
    expect(said).toContain('@latest');
  });

  test('is older than what its own sdk-node was made with', async () => {
    const old = { '@opentelemetry/sdk-trace': '2.9.0', '@opentelemetry/sdk-metrics': '2.9.0' };
    installAll({ ...old, '@opentelemetry/sdk-logs': '2.9.0', '@opentelemetry/resources': '2.9.0' });
    expect(await tell()).toContain(
      '@opentelemetry/sdk-node 0.301.0 was made with @opentelemetry/sdk-trace 3.1.0, and 2.9.0 is installed',
    );
  });
});
