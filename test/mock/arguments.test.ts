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

  const config = `
port: 4010
seed: 7
background: { queuedMs: 5, failRate: 0.1 }
batches:
  runningMs: 50
webhooks: { url: 'http://127.0.0.1:3000/hook', secret: whsec_YQ== }
latency: { sigma: 0, firstTokenMs: 9, loadFactor: 3 }
toolCallRate: 1
answers:
  - match: { text: { regex: ^ahoy, flags: i } }
    answer: Aye!
schedule:
  - forMs: 1000
    faults:
      - { status: 503, rate: 1 }
limits:
  - { requests: 5, per: minute }
`;

  test('take any option from a file, and go before it', async () => {
    const yaml = await file('mock.yaml', config);
    const options = await optionsOf('--config', yaml, '--seed', '8', '--between-tokens-ms', '2', '--per-key');
    expect(options).toEqual({
      port: 4010,
      host: '127.0.0.1',
      seed: 8,
      background: { queuedMs: 5, failRate: 0.1 },
      batches: { runningMs: 50 },
      webhooks: { url: 'http://127.0.0.1:3000/hook', secret: 'whsec_YQ==' },
      latency: { sigma: 0, firstTokenMs: 9, betweenTokensMs: 2, loadFactor: 3 },
      toolCallRate: 1,
      answers: [{ match: { text: /^ahoy/i }, answer: 'Aye!' }],
      schedule: [{ forMs: 1_000, faults: [{ status: 503, rate: 1 }] }],
      limits: [{ requests: 5, per: 'minute' }],
      perKey: true,
    });
    const json = await file('mock.json', JSON.stringify({ toolCallRate: 0, host: '::1' }));
    expect(await optionsOf('--config', json)).toMatchObject({ toolCallRate: 0, host: '::1', seed: 1 });
    const mock = await startMock(await optionsOf('--config', yaml, '--port', '0', '--scenario', 'storm'));
    onTestFinished(() => mock.close());
    expect(mock.state()).toMatchObject({ seed: 7, limits: [{ requests: 5 }] });
    expect(mock.state().schedule[1]?.name).toBe('storm');
  });

  test.each([
    ['seed: 7', 'seed: -7', ':3:1: Expected `seed` to be'],
    ['failRate: 0.1', 'failRate: 3', ':4:28: Expected `background.failRate` to be'],
    ['runningMs', 'runingMs', ':6:3: Unknown option `batches.runingMs`. Did you mean `runningMs`?'],
    ['toolCallRate: 1', 'toolCalRate: 1', ':9:1: Unknown option `options.toolCalRate`. Did you mean'],
    ['regex: ^ahoy', "regex: '('", ':11:22: Expected `answers[0].match.text.regex` to be'],
    ['rate: 1 }', 'rate: 2 }', ':16:24: Expected `schedule[0].faults[0].rate` to be'],
    ['per: minute', 'per: moment', ':18:20: Expected `limits[0].per` to be'],
    ['toolCallRate: 1', 'countTokens: 1', ':9:1'],
    ['seed: 7', 'seed: [', ':'],
  ])('name file, line and field of a mistake in it: %j as %j', async (right, wrong, message) => {
    const yaml = await file('mock.yaml', config.replace(right, wrong));
    const error = await readMockArguments(['--config', yaml]).catch((e) => e);
    expect(error).toMatchObject({ name: 'TelltaleError', code: 'invalid_option' });
    expect(error.message).toContain(`mock.yaml${message}`);
    expect(error.message).not.toContain('\n');
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
    [['--config', 'no-such-file.yaml'], 'Cannot read the options in no-such-file.yaml: '],
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
