import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { nodeProblem } from '../../src/cli/node-problem.ts';
import { told } from '../../src/cli/told.ts';
import { version } from '../../src/version.ts';

function telltale(...args: string[]) {
  const main = path.resolve(import.meta.dirname, '../../src/cli/main.ts');
  const ran = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    encoding: 'utf8',
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

describe('telltale', () => {
  it('says its version and what it can', () => {
    expect(telltale('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
    expect(telltale('--help').out).toContain('loadtest  puts load on a service');
    expect(telltale('loadtest', '--target', 'x', '--help').out).toContain('--exec COMMAND');
  }, 30_000);

  it('without a command shows the help as a complaint', () => {
    const { code, out, err } = telltale();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('usage: telltale COMMAND');
  });

  it('runs the mock until it is told to end', async () => {
    const main = path.resolve(import.meta.dirname, '../../src/cli/main.ts');
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        main,
        'mock',
        '--scenario',
        'storm',
        '--port',
        '0',
        '--exit-with-parent',
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    const url = await new Promise<string>((resolve) => {
      child.stdout.on('data', (piece) => {
        const [found] = /http:\/\/127\.0\.0\.1:\d+\/v1/.exec(String(piece)) ?? [];
        if (found) resolve(found);
      });
    });
    const models = await fetch(`${url}/models`, { headers: { authorization: 'Bearer any' } });
    expect(models.status).toBe(200);
    const state = await (await fetch(new URL('/__control/state', url))).json();
    expect(state).toMatchObject({ phase: 'calm', requests: 1 });
    // As a shell that closes, which every system has.
    child.stdin.end();
    expect(await ended).toBe(0);
  }, 30_000);

  it.each([
    [['mock', '--scenario', 'stom'], 'Expected `scenario` to be '],
    [['mock', '--prt', '1'], "Unknown option '--prt'. See: telltale mock --help"],
    [['costs', '--by'], 'argument missing. See: telltale costs --help'],
    [['loadtest', '--scenario', 'stom'], 'Expected `--scenario` to be one of chaos'],
    [['lodtest'], 'Unknown command `lodtest`. Known: '],
    [['toString'], 'Unknown command `toString`.'],
    [['loadtest', '--target', 'nowhere'], 'Expected `--target` to be an address'],
  ])(
    '%j is a mistake that is said in a sentence, without a stack',
    (args, sentence) => {
      const { code, err } = telltale(...args);
      expect(code).toBe(2);
      expect(err).toContain(sentence);
      expect(err).not.toContain('    at ');
    },
    30_000,
  );
});

test('a package that is not there is told by the command that installs it', () => {
  const program = `import('@opentelemetry/none').catch(({ message, code }) => console.log(JSON.stringify({ message, code })))`;
  const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  const { message, code } = JSON.parse(stdout) as { message: string; code: string };
  expect(told(Object.assign(new Error(message), { code }))).toEqual({
    message: 'The package `@opentelemetry/none` is not installed here. Run: npm install @opentelemetry/none',
    exitCode: 1,
  });
  expect(told(Object.assign(new Error("Cannot find module '/ours.js'"), { code }))).toBeUndefined();
});

test('a Node that is too old is told', () => {
  expect(['22.15.0', '22.16.1', '24.0.0'].map(nodeProblem)).toEqual([undefined, undefined, undefined]);
  expect(nodeProblem('22.14.9')).toEqual({
    says: 'Telltale needs Node 22.15 or newer, and this is 22.14.9.',
    todo: expect.stringContaining('https://nodejs.org'),
  });
  expect(nodeProblem('20.20.2')?.says).toContain('22.15');
});
