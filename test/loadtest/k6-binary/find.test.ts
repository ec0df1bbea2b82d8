import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findOrGetK6 } from '../../../loadtest/k6-binary/index.ts';
import { bareMachine, machineWith } from '../program/context.ts';
import { standInProgram, temporaryDirectory } from '../program/release.ts';

const k6OnPath = { 'k6 version': { stdout: 'k6 v1.9.0 (go1.26.8, linux/amd64)\n' } };

function tools(): string {
  return path.join(temporaryDirectory(onTestFinished), '.tools');
}

function toolsWithK6(text: string): string {
  const directory = tools();
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'k6'), text);
  return directory;
}

describe('the variable K6', () => {
  test('is used before everything else', async () => {
    const { run } = machineWith({ ...k6OnPath, '/opt/k6 version': { stdout: 'k6 v2.2.0 (go1.27)\n' } });
    const machine = bareMachine(toolsWithK6('k6 v1.8.1'), { run, env: { K6: '/opt/k6' } });
    const k6 = await findOrGetK6(machine);
    expect(k6).toEqual({
      command: ['/opt/k6'],
      source: 'K6',
      version: '2.2.0',
      inContainer: false,
      hostName: '127.0.0.1',
    });
    expect(machine.said).toEqual(['Using k6 2.2.0, which K6 names.']);
  });

  test.each([
    ['there is no such file', {}, 'but there is none'],
    ['it fails', { stdout: '', problem: 'bad CPU type' }, 'but it does not run: bad CPU type'],
    ['it is another program', { stdout: 'GNU bash 5.2' }, 'but it does not say that it is k6'],
    ['it is too old', { stdout: 'k6 v0.57.0' }, 'but it is version 0.57.0, and 1.0 or newer is needed'],
  ])('is an error that says so when %s, though another k6 is there', async (_, answer, reason) => {
    const { run } = machineWith({
      ...k6OnPath,
      ...('stdout' in answer ? { '/opt/k6 version': answer } : {}),
    });
    const found = findOrGetK6(bareMachine(tools(), { run, env: { K6: '/opt/k6' } }));
    await expect(found).rejects.toMatchObject({
      code: 'k6_missing',
      message: expect.stringContaining(`K6 names \`/opt/k6\`, ${reason}.`),
    });
  });
});

test('a k6 on the PATH is used before the one in .tools', async () => {
  const machine = bareMachine(toolsWithK6('k6 v1.8.1'), { run: machineWith(k6OnPath).run });
  expect(await findOrGetK6(machine)).toMatchObject({ command: ['k6'], source: 'PATH', version: '1.9.0' });
  expect(machine.said).toEqual(['Using k6 1.9.0 on the PATH.']);
});

test('a k6 on the PATH that is too old is passed over with a word', async () => {
  const { run } = machineWith({ 'k6 version': { stdout: 'k6 v0.49.0 (go1.21, linux/amd64)\n' } });
  const directory = toolsWithK6('k6 v1.8.1');
  const machine = bareMachine(directory, { run });
  const k6 = await findOrGetK6(machine);
  expect(k6).toMatchObject({ command: [path.join(directory, 'k6')], source: '.tools' });
  expect(machine.said[0]).toBe('No k6 on the PATH: it is version 0.49.0, and 1.0 or newer is needed.');
});

test('the k6 in .tools has the ending .exe on Windows', async () => {
  const directory = toolsWithK6('not for Windows');
  writeFileSync(path.join(directory, 'k6.exe'), 'k6.exe v1.8.1 (go1.26, windows/amd64)');
  const k6 = await findOrGetK6(bareMachine(directory, { platform: 'win32' }));
  expect(k6).toMatchObject({ command: [path.join(directory, 'k6.exe')], source: '.tools', version: '1.8.1' });
});

test.skipIf(process.platform === 'win32')(
  'a real program is started, found on the PATH that is given',
  async () => {
    const directory = temporaryDirectory(onTestFinished);
    writeFileSync(path.join(directory, 'k6'), standInProgram);
    chmodSync(path.join(directory, 'k6'), 0o755);
    const { run: _, ...machine } = bareMachine(tools(), {
      env: { PATH: `${directory}${path.delimiter}/usr/bin:/bin` },
    });
    expect(await findOrGetK6(machine)).toMatchObject({ command: ['k6'], source: 'PATH', version: '1.8.1' });
  },
);

describe('where nothing can be downloaded', () => {
  const go = { 'go version': { stdout: 'go version go1.26.8 linux/amd64' } };
  const docker = {
    'docker info': { stdout: '28.2.2 Debian GNU/Linux 12 (bookworm)\n' },
    'docker image inspect': { stdout: '[]' },
    'docker run --rm grafana/k6:1.8.1 version': { stdout: 'k6 v1.8.1 (go1.26.8, linux/amd64)\n' },
  };

  test('k6 is built with Go and kept', async () => {
    const directory = tools();
    const { run: fakeRun, ran } = machineWith({ ...go, 'go list': { stdout: 'go.k6.io/k6 v1.8.1' } });
    const machine = bareMachine(directory, {
      env: { GOFLAGS: '-v' },
      run: async (file, args, options) => {
        if (args[0] !== 'install') return fakeRun(file, args, options);
        expect(options.env).toMatchObject({ GOFLAGS: '-v', CGO_ENABLED: '0' });
        writeFileSync(path.join(options.env['GOBIN'] ?? '', 'k6'), 'k6 v1.8.1');
        return { stdout: '' };
      },
    });
    const k6 = await findOrGetK6(machine);
    expect(k6).toMatchObject({ command: [path.join(directory, 'k6')], source: 'go', version: '1.8.1' });
    expect(readdirSync(directory)).toEqual(['k6']);
    expect(ran).toContain('go list -m go.k6.io/k6@v1.8.1');
    expect(machine.said).toContain('No k6 from its release: 127.0.0.1:1 cannot be reached (ECONNREFUSED).');
  });

  test('a Go without a module proxy is left for Docker before anything is built', async () => {
    const { run, ran } = machineWith({
      ...go,
      ...docker,
      'go list': { stdout: '', problem: 'dial tcp: timeout' },
    });
    const directory = tools();
    const machine = bareMachine(directory, { run });
    expect(await findOrGetK6(machine)).toEqual({
      command: ['docker', 'run', '--rm'],
      source: 'docker',
      version: '1.8.1',
      inContainer: true,
      hostName: '127.0.0.1',
    });
    expect(ran.some((line) => line.startsWith('go install'))).toBe(false);
    expect(machine.said).toContain(
      'No k6 built with Go: go.k6.io/k6@v1.8.1 cannot be had: dial tcp: timeout.',
    );
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a build that fails leaves nothing behind', async () => {
    const { run } = machineWith({
      ...go,
      'go list': { stdout: '' },
      'go install': { stdout: '', problem: 'no space left on device' },
    });
    const directory = tools();
    await expect(findOrGetK6(bareMachine(directory, { run }))).rejects.toThrow('no space left on device');
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each([
    ['a Mac', 'darwin' as const, '28.2.2 Docker Desktop\n'],
    ['Windows', 'win32' as const, '28.2.2 Docker Desktop\n'],
    ['Linux with Docker Desktop', 'linux' as const, '28.2.2 Docker Desktop\n'],
  ])('a container on %s calls this machine host.docker.internal', async (_, platform, info) => {
    const { run } = machineWith({ ...docker, 'docker info': { stdout: info } });
    const k6 = await findOrGetK6(bareMachine(tools(), { run, platform }));
    expect(k6).toMatchObject({ inContainer: true, hostName: 'host.docker.internal' });
  });

  test('the image is pulled where it is not there yet', async () => {
    const { run, ran } = machineWith({
      ...docker,
      'docker image inspect': { stdout: '', problem: 'No such image' },
      'docker pull --quiet grafana/k6:1.8.1': { stdout: '' },
    });
    const machine = bareMachine(tools(), { run });
    expect(await findOrGetK6(machine)).toMatchObject({ source: 'docker' });
    expect(ran).toContain('docker pull --quiet grafana/k6:1.8.1');
    expect(machine.said).toContain('Pulling the image grafana/k6:1.8.1 …');
  });

  test('a Docker client without an engine is no Docker', async () => {
    // Old clients end with 0 then, and print an empty version.
    const { run } = machineWith({ ...docker, 'docker info': { stdout: ' \n' } });
    await expect(findOrGetK6(bareMachine(tools(), { run }))).rejects.toThrow('no Docker engine answers');
  });
});

describe('where nothing works', () => {
  async function messageOn(changes: Parameters<typeof bareMachine>[1]): Promise<string> {
    const directory = tools();
    return findOrGetK6(bareMachine(directory, changes)).then(
      () => '',
      (error: Error) => error.message.replaceAll(directory, '.tools'),
    );
  }

  test('the error gives the reason of every way, in order', async () => {
    expect(await messageOn({ arch: 'ia32' })).toContain(
      [
        'The load test needs k6, and there is none:',
        '  on the PATH: there is none',
        '  in .tools: there is none',
        '  from its release: there is no release for linux on ia32',
        '  built with Go: there is no `go`',
        '  as a Docker image: there is no `docker`',
        'Install k6, then run this command again:',
      ].join('\n'),
    );
  });

  const version = { stdout: '1' };
  test.each([
    ['Debian', 'linux' as const, { 'apt-get': version }, ['apt-get install k6'], ['dnf', 'brew', 'winget']],
    ['Fedora', 'linux' as const, { dnf: version }, ['dnf install k6'], ['apt-get', 'brew', 'winget']],
    ['another Linux', 'linux' as const, {}, ['apt-get install k6', 'dnf install k6'], ['brew', 'winget']],
    ['a Mac', 'darwin' as const, {}, ['brew install k6'], ['apt-get', 'dnf', 'winget', 'k6.exe']],
    [
      'Windows',
      'win32' as const,
      {},
      ['winget install k6', 'choco install k6', 'put k6.exe into'],
      ['apt-get', 'brew'],
    ],
  ])('the error says what to install on %s', async (_, platform, programs, advised, foreign) => {
    const message = await messageOn({ platform, run: machineWith(programs).run });
    for (const text of advised) expect(message).toContain(text);
    for (const text of foreign) expect(message).not.toContain(text);
    expect(message).toContain('name it in the environment variable K6');
  });
});
