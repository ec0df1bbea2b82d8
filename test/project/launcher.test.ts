import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { root } from './source.ts';

/** A project of its own, so that this one's `.tools/` neither helps nor suffers. */
interface Project {
  readonly directory: string;
  /** Where the launcher looks for a Node of its own. */
  readonly nodeInTools: string;
  /** Where a test may put an `npm` that comes before the real one. */
  readonly bin: string;
}

function newProject(): Project {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-launch-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const bin = path.join(directory, 'bin');
  for (const folder of ['scripts', 'bin']) mkdirSync(path.join(directory, folder));
  copyFileSync(path.join(root, 'scripts/launch.mjs'), path.join(directory, 'scripts/launch.mjs'));
  writeFileSync(
    path.join(directory, 'told.mjs'),
    `console.log(JSON.stringify({
      standIn: process.env.STAND_IN ?? 'no',
      args: process.argv.slice(2),
      firstOnPath: process.env.PATH.split(${JSON.stringify(path.delimiter)})[0],
    }));
    process.exitCode = 7;`,
  );
  return { directory, bin, nodeInTools: path.join(directory, '.tools/node_modules/node/bin/node') };
}

function writeProgram(file: string, lines: readonly string[]): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${['#!/bin/sh', ...lines].join('\n')}\n`);
  chmodSync(file, 0o755);
}

/** A Node that says that it is another one, by a variable that its children inherit. */
function standInNode(version: string = process.version): readonly string[] {
  return [
    `if [ "$1" = --version ]; then echo ${version}; exit 0; fi`,
    'STAND_IN=yes; export STAND_IN',
    `exec "${process.execPath}" "$@"`,
  ];
}

interface Launched {
  readonly status: number | null;
  readonly stderr: string;
  /** What the started script said; undefined when none was started. */
  readonly told: { standIn: string; args: string[]; firstOnPath: string } | undefined;
}

/** How the launcher is run on a Node that takes itself for `version`. */
function commandOf({ directory, bin }: Project, version: string) {
  const pretend = `Object.defineProperty(process, 'version', { value: '${version}' });`;
  const launcher = path.join(directory, 'scripts/launch.mjs');
  return {
    args: [
      `--import=data:text/javascript,${encodeURIComponent(pretend)}`,
      launcher,
      'told.mjs',
      'a b',
      '--c',
    ],
    env: { PATH: [bin, path.dirname(process.execPath), '/usr/bin', '/bin'].join(path.delimiter) },
  };
}

function launch(project: Project, version: string): Launched {
  const { args, env } = commandOf(project, version);
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  return { status, stderr, told: stdout === '' ? undefined : JSON.parse(stdout) };
}

/** The same, while others run. */
async function launchBeside(project: Project, version: string): Promise<Omit<Launched, 'told'>> {
  const { args, env } = commandOf(project, version);
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stderr };
}

const sentence =
  'Telltale needs Node 22.15 or newer and this is v18.19.1: putting Node 24 into .tools/ (once).\n';

const waiting = 'Another command is putting Node 24 into .tools/: waiting for it.\n';

// The stand-ins are shell scripts.
describe.skipIf(process.platform === 'win32')('the launcher (stand-ins need a Unix shell)', () => {
  test.each(['v22.15.0', 'v22.18.0', 'v23.0.0', 'v24.1.0'])('on Node %s goes on with that one', (version) => {
    const project = newProject();
    const { status, stderr, told } = launch(project, version);
    expect(told).toEqual({
      standIn: 'no',
      args: ['a b', '--c'],
      firstOnPath: path.dirname(process.execPath),
    });
    expect({ status, stderr }).toEqual({ status: 7, stderr: '' });
    expect(existsSync(path.join(project.directory, '.tools'))).toBe(false);
  });

  test.each(['v18.19.1', 'v20.0.0', 'v22.14.9'])(
    'on Node %s goes on with the one in .tools, without a word',
    (version) => {
      const project = newProject();
      writeProgram(project.nodeInTools, standInNode());
      const { status, stderr, told } = launch(project, version);
      expect(told).toEqual({
        standIn: 'yes',
        args: ['a b', '--c'],
        firstOnPath: path.dirname(project.nodeInTools),
      });
      expect({ status, stderr }).toEqual({ status: 7, stderr: '' });
    },
  );

  test.each([
    ['is none', undefined],
    ['is an old one', 'v20.1.0'],
  ])(
    'says in one sentence that it gets Node 24 where in .tools there %s, and goes on with it',
    (_, version) => {
      const project = newProject();
      if (version !== undefined) writeProgram(project.nodeInTools, standInNode(version));
      const fetched = path.join(project.directory, 'fetched-node');
      writeProgram(fetched, standInNode());
      const asked = path.join(project.directory, 'asked.txt');
      writeProgram(path.join(project.bin, 'npm'), [
        `printf '%s\\n' "$@" > "${asked}"`,
        `mkdir -p "${path.dirname(project.nodeInTools)}"`,
        `cp "${fetched}" "${project.nodeInTools}"`,
      ]);
      const { status, stderr, told } = launch(project, 'v18.19.1');
      expect({ status, stderr }).toEqual({ status: 7, stderr: sentence });
      expect(told?.standIn).toBe('yes');
      const words = readFileSync(asked, 'utf8').trim().split('\n');
      expect(words.slice(0, 3)).toEqual(['install', '--prefix', '.tools']);
      expect(words.at(-1)).toBe('node@24');
    },
  );

  test('lets one of several that begin at once install, and the others wait for it', async () => {
    const project = newProject();
    const fetched = path.join(project.directory, 'fetched-node');
    writeProgram(fetched, standInNode());
    const busy = path.join(project.directory, 'busy');
    const installs = path.join(project.directory, 'installs.txt');
    writeProgram(path.join(project.bin, 'npm'), [
      `mkdir "${busy}" || { echo "two install at once" >&2; exit 1; }`,
      `echo once >> "${installs}"`,
      'sleep 1',
      `mkdir -p "${path.dirname(project.nodeInTools)}"`,
      `cp "${fetched}" "${project.nodeInTools}"`,
      `rmdir "${busy}"`,
    ]);
    const launched = await Promise.all([1, 2, 3].map(() => launchBeside(project, 'v18.19.1')));
    expect(launched.map(({ status }) => status)).toEqual([7, 7, 7]);
    expect(readFileSync(installs, 'utf8')).toBe('once\n');
    const said = launched.map(({ stderr }) => stderr).sort();
    expect(said).toEqual([waiting, waiting, sentence]);
    expect(existsSync(path.join(project.directory, '.tools/node.lock'))).toBe(false);
  });

  test('takes over from one that was killed while it installed', () => {
    const project = newProject();
    const fetched = path.join(project.directory, 'fetched-node');
    writeProgram(fetched, standInNode());
    writeProgram(path.join(project.bin, 'npm'), [
      `mkdir -p "${path.dirname(project.nodeInTools)}"`,
      `cp "${fetched}" "${project.nodeInTools}"`,
    ]);
    const { pid } = spawnSync(process.execPath, ['--version']);
    mkdirSync(path.join(project.directory, '.tools'));
    writeFileSync(path.join(project.directory, '.tools/node.lock'), String(pid));
    const { status, stderr } = launch(project, 'v18.19.1');
    expect({ status, stderr }).toEqual({ status: 7, stderr: waiting + sentence });
  });

  test('says what to install, and starts nothing, where Node 24 cannot be had', () => {
    const project = newProject();
    writeProgram(path.join(project.bin, 'npm'), ['echo "npm error network" >&2', 'exit 1']);
    const { status, stderr, told } = launch(project, 'v18.19.1');
    expect(told).toBeUndefined();
    expect(status).toBe(1);
    expect(stderr).toBe(
      `${sentence}npm error network\n` +
        'Could not install Node 24 with npm. Install Node 22.15 or newer yourself, then run this command again.\n',
    );
  });
});
