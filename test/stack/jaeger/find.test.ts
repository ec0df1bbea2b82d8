import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Program } from '../../../loadtest/program/program.ts';
import { findOrGetJaeger, wantedVersion } from '../../../otel-collector/jaeger/wanted.ts';
import { bareMachine, machineWith } from '../../loadtest/program/context.ts';
import {
  checksumsOf,
  type Handler,
  makeArchive,
  startSite,
  temporaryDirectory,
} from '../../loadtest/program/release.ts';

const sums = `jaeger-${wantedVersion}.sha256sum.txt`;
const archive = `jaeger-${wantedVersion}-linux-amd64.tar.gz`;
const saysVersion = (version: string): string =>
  `{"gitCommit":"798e4b0","gitVersion":"${version}","buildDate":"2026-07-19T00:00:00Z"}`;
const standIn = `#!/bin/sh\necho '${saysVersion(`v${wantedVersion}`)}'\n`;

interface Outcome {
  readonly jaeger: Program | undefined;
  readonly message: string;
  readonly left: string[];
  readonly said: string;
  readonly tools: string;
}

async function findOn(changes: Parameters<typeof bareMachine>[1] = {}, given?: string): Promise<Outcome> {
  const tools = given ?? path.join(temporaryDirectory(onTestFinished), '.tools');
  const machine = bareMachine(tools, changes);
  let message = '';
  const jaeger = await findOrGetJaeger(machine).catch((error: Error) => {
    message = error.message.replaceAll(tools, '.tools');
    return undefined;
  });
  const left = existsSync(tools) ? readdirSync(tools) : [];
  return { jaeger, message, left, said: machine.said.join('\n'), tools };
}

function releaseOf(name: string, program = 'jaeger'): Record<string, Buffer> {
  return { [name]: makeArchive(temporaryDirectory(onTestFinished), name, program, standIn) };
}

/** `shasum -b` writes a star before a name. */
function published(files: Readonly<Record<string, Buffer>>): string {
  return checksumsOf(files).replaceAll('  ', ' *');
}

describe('which Jaeger is used', () => {
  test('the one that JAEGER names, though there are others', async () => {
    const { run } = machineWith({
      'jaeger version': { stdout: saysVersion('v2.20.0') },
      '/opt/jaeger version': { stdout: saysVersion('v2.9.0') },
    });
    const { jaeger, said } = await findOn({ run, env: { JAEGER: '/opt/jaeger' } });
    expect(jaeger).toMatchObject({ command: ['/opt/jaeger'], source: 'JAEGER', version: '2.9.0' });
    expect(said).toBe('Using Jaeger 2.9.0, which JAEGER names.');
  });

  test.each([
    ['there is no such file', undefined, 'but there is none'],
    ['it is version 1', { stdout: saysVersion('v1.76.0') }, 'but it is version 1.76.0, and 2.0 or newer'],
    ['it is another program', { stdout: 'GNU bash 5.2' }, 'but it does not say that it is Jaeger'],
    ['it fails', { stdout: '', problem: 'bad CPU type' }, 'but it does not run: bad CPU type'],
  ])('and JAEGER is a mistake that is told when %s', async (_, answer, reason) => {
    const { run } = machineWith(answer ? { '/opt/jaeger version': answer } : {});
    const { message } = await findOn({ run, env: { JAEGER: '/opt/jaeger' } });
    expect(message).toContain(`JAEGER names \`/opt/jaeger\`, ${reason}`);
    expect(message).toContain('or unset JAEGER to have one found or fetched.');
  });

  test('the one on the PATH, before that in .tools', async () => {
    const tools = temporaryDirectory(onTestFinished);
    writeFileSync(path.join(tools, 'jaeger'), saysVersion('v2.10.0'));
    const { run } = machineWith({ 'jaeger version': { stdout: saysVersion('v2.20.0') } });
    expect((await findOn({ run }, tools)).jaeger).toMatchObject({ source: 'PATH', version: '2.20.0' });
    expect((await findOn({}, tools)).jaeger).toMatchObject({ source: '.tools', version: '2.10.0' });
  });

  // `go build` without the flags of the release says `dev`, of an older one nothing.
  test.each(['', 'dev'])('one that was built without saying its version: `%s`', async (version) => {
    const { run } = machineWith({ 'jaeger version': { stdout: saysVersion(version) } });
    expect((await findOn({ run })).said).toBe('Using Jaeger of an unknown version on the PATH.');
  });
});

test('the archive of this system is fetched, checked, unpacked and kept', async () => {
  const release = releaseOf(archive);
  const site = await startSite(
    { ...release, [sums]: published({ other: Buffer.from('x'), ...release }) },
    onTestFinished,
  );
  const { jaeger, left, said, tools } = await findOn({ downloadBase: site.base });
  expect(jaeger).toMatchObject({
    command: [path.join(tools, 'jaeger')],
    source: 'download',
    version: wantedVersion,
  });
  expect(left).toEqual(['jaeger']);
  expect(said).toContain(`Fetching ${archive} from ${site.base} …`);
  expect(said).toContain('MB (100 %)');
  expect(said).toContain(`Using Jaeger ${wantedVersion} from its release.`);
});

test.skipIf(process.platform === 'win32')('what was fetched really runs', async () => {
  const release = releaseOf(archive);
  const site = await startSite({ ...release, [sums]: published(release) }, onTestFinished);
  const { run: _, ...machine } = bareMachine(temporaryDirectory(onTestFinished), {
    downloadBase: site.base,
    env: { PATH: '/usr/bin:/bin' },
  });
  const { command } = await findOrGetJaeger(machine);
  expect(spawnSync(command[0] ?? '', ['version'], { encoding: 'utf8' }).stdout).toContain(wantedVersion);
});

test.each([
  ['linux' as const, 'arm64', 'linux-arm64', 'jaeger'],
  ['darwin' as const, 'x64', 'darwin-amd64', 'jaeger'],
  ['darwin' as const, 'arm64', 'darwin-arm64', 'jaeger'],
  ['win32' as const, 'x64', 'windows-amd64', 'jaeger.exe'],
])('on %s %s it is the archive of %s', async (platform, arch, system, program) => {
  const release = releaseOf(`jaeger-${wantedVersion}-${system}.tar.gz`, program);
  const site = await startSite({ ...release, [sums]: published(release) }, onTestFinished);
  const { run: fakeRun } = machineWith({});
  const { jaeger, left } = await findOn({
    downloadBase: site.base,
    platform,
    arch,
    // Windows' own tar, which a test elsewhere has under another name.
    run: (file, args, options) => fakeRun(file.endsWith('tar.exe') ? 'tar' : file, args, options),
  });
  expect(jaeger).toMatchObject({ source: 'download' });
  expect(left).toEqual([program]);
});

describe('a download that goes wrong is told, leaves nothing behind and is left for Docker', () => {
  const docker = {
    'docker info': { stdout: '28.2.2 Debian GNU/Linux 12 (bookworm)\n' },
    'docker image inspect': { stdout: '[]' },
    [`docker run --rm jaegertracing/jaeger:${wantedVersion} version`]: {
      stdout: saysVersion(`v${wantedVersion}`),
    },
  };
  const release = (): Record<string, Buffer> => releaseOf(archive);
  type Pages = Readonly<Record<string, Buffer | string | Handler>>;
  const bytesOf = (files: Readonly<Record<string, Buffer>>): Buffer => files[archive] ?? Buffer.alloc(0);

  test.each<[string, () => Pages, string]>([
    ['there is no such release', () => ({}), `/${sums}`],
    [
      'the checksums do not name it',
      () => ({ [sums]: published({ other: Buffer.from('x') }) }),
      'do not name',
    ],
    ['there is no archive', () => ({ [sums]: published(release()) }), `HTTP 404 from `],
    [
      'it is another file than promised',
      () => ({ [archive]: Buffer.from('other'), [sums]: published(release()) }),
      'is not what the release promises: expected SHA-256',
    ],
    [
      'it ends too early',
      () => {
        const files = release();
        const cut: Handler = (_, response) => {
          response.writeHead(200, { 'content-length': bytesOf(files).length });
          response.write(bytesOf(files).subarray(0, 50), () => response.destroy());
        };
        return { [archive]: cut, [sums]: published(files) };
      },
      'the download broke off after 50 bytes',
    ],
    [
      'the archive itself was cut before it was published',
      () => {
        const cut = { [archive]: bytesOf(release()).subarray(0, 60) };
        return { ...cut, [sums]: published(cut) };
      },
      'tar could not unpack it',
    ],
    [
      'the connection hangs',
      () => ({
        [archive]: (_, response) => void response.writeHead(200).write('x'),
        [sums]: published(release()),
      }),
      'no data for 0.06 s',
    ],
    ['nothing answers', () => ({ [sums]: () => {} }), 'within 0.5 s'],
    [
      'the program is not in it',
      () => {
        const files = releaseOf(archive, 'README.md');
        return { ...files, [sums]: published(files) };
      },
      `does not hold jaeger-${wantedVersion}-linux-amd64/jaeger`,
    ],
  ])('%s', async (_, pages, reason) => {
    const site = await startSite(pages(), onTestFinished);
    const { jaeger, left, said } = await findOn({
      downloadBase: site.base,
      run: machineWith(docker).run,
      downloadLimits: { answerMs: 500, stallMs: 60 },
    });
    expect(said).toContain('No Jaeger from its release: ');
    expect(said).toContain(reason);
    expect(left).toEqual([]);
    expect(jaeger).toMatchObject({ source: 'docker', inContainer: true, version: wantedVersion });
  });
});

describe('where nothing works', () => {
  test('the error gives every reason, in order, and what to do', async () => {
    expect((await findOn()).message).toBe(
      [
        'This command needs Jaeger, and there is none:',
        '  on the PATH: there is none',
        '  in .tools: there is none',
        '  from its release: 127.0.0.1:1 cannot be reached (ECONNREFUSED)',
        '  as a Docker image: there is no `docker`',
        'Get a Jaeger, then run this command again. Either',
        `    fetch https://github.com/jaegertracing/jaeger/releases/download/v${wantedVersion}/${archive}, and put jaeger of it`,
        '    into .tools, or name it in the environment variable JAEGER',
        '  or',
        `    start Docker, which gets jaegertracing/jaeger:${wantedVersion}`,
        'Behind a proxy, set HTTPS_PROXY.',
      ].join('\n'),
    );
  });

  test('no archive is named where there is none for the system', async () => {
    const { message } = await findOn({ platform: 'win32', arch: 'arm64' });
    expect(message).toContain('from its release: there is no release for win32 on arm64');
    expect(message).not.toContain('fetch https');
  });

  test('a Jaeger that is too old in .tools is replaced only by one that works', async () => {
    const tools = path.join(temporaryDirectory(onTestFinished), '.tools');
    mkdirSync(tools);
    writeFileSync(path.join(tools, 'jaeger'), saysVersion('v1.60.0'));
    const { message, left } = await findOn({}, tools);
    expect(message).toContain('in .tools: it is version 1.60.0, and 2.0 or newer is needed');
    expect(left).toEqual(['jaeger']);
  });
});
