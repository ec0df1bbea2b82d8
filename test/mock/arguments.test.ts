import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mockUsage, readMockArguments } from '../../src/mock/arguments.ts';
import { loadScenario, scenarioNames, startMock } from '../../src/mock/index.ts';

async function file(name: string, content: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mock-arguments-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(path.join(directory, name), content);
  return path.join(directory, name);
}

async function optionsOf(...args: string[]) {
  const command = await readMockArguments(args);
  if (command.kind !== 'start') throw new Error('it only asked for help');
  return command.options;
}

test('flags of limits are checked with them', async () => {
  const limits = await file('limits.json', '[{"requests":5}]');
  await expect(optionsOf('--limits', limits)).rejects.toThrow(
    'Expected `limits[0]` to be a limit with exactly one of `per` and `perMs`',
  );
  const start = async (...args: string[]) => startMock(await optionsOf(...args));
  await expect(start('--law', 'leaky')).rejects.toThrow(
    "Expected `law` to be 'bucket' or 'window', got `\"leaky\"`",
  );
  await expect(start('--per-key')).rejects.toThrow('Expected `limits` to be given, since `perKey` is');
});

describe('the arguments of the mock', () => {
  test('are the defaults where none is given', async () => {
    expect(await readMockArguments([])).toEqual({
      kind: 'start',
      exitWithParent: false,
      options: { port: 0, host: '127.0.0.1', seed: 1, latency: { firstTokenMs: 40, betweenTokensMs: 4 } },
    });
  });

  test('take a shipped scenario, with what its file says besides', async () => {
    const quota = await optionsOf('--scenario', 'quota', '--scale', '0.5', '--loop');
    const { options } = await loadScenario('quota');
    expect(quota).toMatchObject({ ...options, scale: 0.5, loop: true });
    expect(quota.limits).toHaveLength(2);
  });

  test('take a schedule in YAML or JSON', async () => {
    const phases = [{ forMs: 5, faults: [{ status: 503, rate: 1 }] }];
    const yaml = await file(
      'trouble.yaml',
      'loop: true\nphases:\n  - forMs: 5\n    faults: [{ status: 503, rate: 1 }]\n',
    );
    expect(await optionsOf('--schedule', yaml)).toMatchObject({ schedule: phases, loop: true });
    const json = await file('trouble.json', JSON.stringify({ scale: 2, phases }));
    expect(await optionsOf('--schedule', json)).toMatchObject({ schedule: phases, scale: 2 });
  });

  test('may replace the limits of a scenario', async () => {
    const limits = [{ requests: 3, per: 'day' }];
    const options = await optionsOf(
      '--scenario',
      'quota',
      '--limits',
      await file('limits.json', JSON.stringify(limits)),
    );
    expect(options.limits).toEqual(limits);
  });

  test('are told in a usage text, every one, with every scenario', async () => {
    expect(await readMockArguments(['--help'])).toEqual({ kind: 'help' });
    for (const name of scenarioNames()) expect(mockUsage).toContain(name);
    expect(mockUsage.split('\n').every((line) => line.length <= 110)).toBe(true);
  });

  test.each([
    [['--scenario', 'strom'], "Did you mean 'storm'?"],
    [['--scenario', 'storm', '--schedule', 'x.yaml'], 'Give one of `--scenario` and `--schedule`, not both'],
    [['--schedule', 'no-such-file.yaml'], 'Cannot read the schedule in no-such-file.yaml: '],
    [['--scale', 'fast'], 'Expected `--scale` to be a number, got `"fast"` (string)'],
    [['--prot', '1'], "'--prot'"],
    [['storm'], "'storm'"],
    [['--port', 'many'], 'Expected `--port` to be a number, got `"many"` (string)'],
    [['--limits', 'no-such-file.json'], 'Cannot read the limits in no-such-file.json: '],
  ])('such as %j are refused in one sentence', async (args, message) => {
    const error = await readMockArguments(args).catch((e) => e);
    expect(error).toMatchObject({ name: 'TelltaleError', code: 'invalid_option' });
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
  });
});
