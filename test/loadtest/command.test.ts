import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const main = path.resolve(import.meta.dirname, '../../loadtest/main.ts');

function loadtest(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

describe('npm run loadtest', { timeout: 30_000 }, () => {
  it('explains itself', () => {
    const { stdout, status } = loadtest(['--help']);
    expect(status).toBe(0);
    for (const option of [
      '--seed',
      '--duration',
      '--rate',
      '--factor',
      '--scenario',
      'tour:',
      '--json',
      '--sabotage',
      '--slo',
      '--compare',
      '--markdown',
    ]) {
      expect(stdout).toContain(option);
    }
  });

  it.each([
    [['--duration', '5', 'bananas'], {}, 2, 'Unexpected argument `bananas`'],
    [[], { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, 2, 'Expected OTEL_EXPORTER_OTLP_ENDPOINT to be a URL'],
    [[], { K6: '/no/such/k6' }, 1, '/no/such/k6'],
  ])('%j %j ends with a sentence and no stack', (args, env, code, sentence) => {
    const { stderr, status } = loadtest(args, env);
    expect(status).toBe(code);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
