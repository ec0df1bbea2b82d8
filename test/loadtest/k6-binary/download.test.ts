import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findOrGetK6, type K6 } from '../../../loadtest/k6-binary/index.ts';
import { bareMachine, machineWith } from '../program/context.ts';
import {
  checksumsOf,
  type Handler,
  makeArchive,
  standInProgram,
  startSite,
  temporaryDirectory,
} from '../program/release.ts';

const sums = 'k6-v1.8.1-checksums.txt';
const linuxArchive = 'k6-v1.8.1-linux-amd64.tar.gz';

function has(tool: string, option: string): boolean {
  return spawnSync(tool, [option]).status === 0;
}

interface Outcome {
  readonly k6: K6 | undefined;
  /** What was left in the tools directory. */
  readonly left: string[];
  readonly said: string;
  readonly tools: string;
}

/** Lets a bare machine fetch from `base`. */
async function fetchFrom(base: string, changes: Parameters<typeof bareMachine>[1] = {}): Promise<Outcome> {
  const tools = path.join(temporaryDirectory(onTestFinished), '.tools');
  const machine = bareMachine(tools, { downloadBase: base, ...changes });
  const k6 = await findOrGetK6(machine).catch(() => undefined);
  const left = existsSync(tools) ? readdirSync(tools) : [];
  return { k6, left, said: machine.said.join('\n'), tools };
}

function linuxRelease(): Record<string, Buffer> {
  return { [linuxArchive]: makeArchive(temporaryDirectory(onTestFinished), linuxArchive) };
}

test('the archive of this system is fetched, checked, unpacked and kept', async () => {
  const release = linuxRelease();
  const site = await startSite(
    { ...release, [sums]: checksumsOf({ other: Buffer.from('x'), ...release }) },
    onTestFinished,
  );
  const { k6, left, said, tools } = await fetchFrom(site.base);
  expect(k6).toEqual({
    command: [path.join(tools, 'k6')],
    source: 'download',
    version: '1.8.1',
    inContainer: false,
    hostName: '127.0.0.1',
  });
  expect(left).toEqual(['k6']);
  expect(readFileSync(path.join(tools, 'k6'), 'utf8')).toBe(standInProgram);
  expect(said).toContain(`Fetching ${linuxArchive} from ${site.base} …`);
  expect(said).toContain('MB (100 %)');
  expect(said).toContain('Using k6 1.8.1 from its release.');
});

test.skipIf(process.platform === 'win32')('what was fetched really runs', async () => {
  const release = linuxRelease();
  const site = await startSite({ ...release, [sums]: checksumsOf(release) }, onTestFinished);
  const tools = temporaryDirectory(onTestFinished);
  const { run: _, ...machine } = bareMachine(tools, {
    downloadBase: site.base,
    env: { PATH: '/usr/bin:/bin' },
  });
  const k6 = await findOrGetK6(machine);
  expect(k6).toMatchObject({ source: 'download', version: '1.8.1' });
  expect(spawnSync(k6.command[0] ?? '', ['version'], { encoding: 'utf8' }).stdout).toBe(
    'k6 v1.8.1 (stand-in)\n',
  );
});

describe.skipIf(!has('zip', '-v') || !has('unzip', '-v'))(
  'zip (skipped where zip and unzip are missing)',
  () => {
    test.each([
      ['darwin' as const, 'arm64', 'k6-v1.8.1-macos-arm64.zip', 'k6'],
      ['darwin' as const, 'x64', 'k6-v1.8.1-macos-amd64.zip', 'k6'],
      ['win32' as const, 'x64', 'k6-v1.8.1-windows-amd64.zip', 'k6.exe'],
      ['win32' as const, 'arm64', 'k6-v1.8.1-windows-arm64.zip', 'k6.exe'],
    ])('on %s %s the archive is %s', async (platform, arch, archive, program) => {
      const release = { [archive]: makeArchive(temporaryDirectory(onTestFinished), archive, program) };
      const site = await startSite({ ...release, [sums]: checksumsOf(release) }, onTestFinished);
      const { k6, left } = await fetchFrom(site.base, { platform, arch });
      expect(k6).toMatchObject({ source: 'download' });
      expect(left).toEqual([program]);
    });
  },
);

test('redirects are followed, and a circle of them is not', async () => {
  const release = linuxRelease();
  const to =
    (location: string): Handler =>
    (_, response) => {
      response.writeHead(302, { location }).end();
    };
  const site = await startSite(
    {
      [linuxArchive]: to('/elsewhere/file'),
      'elsewhere/file': release[linuxArchive] ?? '',
      [sums]: to(`/elsewhere/sums`),
      'elsewhere/sums': checksumsOf(release),
    },
    onTestFinished,
  );
  expect((await fetchFrom(site.base)).k6).toMatchObject({ source: 'download' });

  const circle = await startSite({ [sums]: to(`/${sums}`) }, onTestFinished);
  expect((await fetchFrom(circle.base)).said).toContain('redirects without end');
  expect(circle.asked.length).toBe(6);
});

describe('a download that goes wrong is named, leaves nothing behind and is left for the next way', () => {
  test('refused connections', async () => {
    const { k6, left, said } = await fetchFrom('http://127.0.0.1:1/');
    expect(k6).toBeUndefined();
    expect(left).toEqual([]);
    expect(said).toContain('No k6 from its release: 127.0.0.1:1 cannot be reached (ECONNREFUSED).');
    expect(said).toContain('No k6 built with Go');
  });

  test('no such release', async () => {
    const site = await startSite({}, onTestFinished);
    const { k6, left, said } = await fetchFrom(site.base);
    expect(k6).toBeUndefined();
    expect(left).toEqual([]);
    expect(said).toContain(`HTTP 404 from ${site.base}${sums}`);
  });

  test('no such archive in the checksums', async () => {
    const site = await startSite({ [sums]: checksumsOf({ other: Buffer.from('x') }) }, onTestFinished);
    const { left, said } = await fetchFrom(site.base);
    expect(left).toEqual([]);
    expect(said).toContain(`checksums do not name ${linuxArchive}`);
    expect(site.asked).toEqual([sums]);
  });

  test('another file than promised: both digests are shown', async () => {
    const release = linuxRelease();
    const changed = Buffer.concat([release[linuxArchive] ?? Buffer.alloc(0), Buffer.from('!')]);
    const site = await startSite({ [linuxArchive]: changed, [sums]: checksumsOf(release) }, onTestFinished);
    const { k6, left, said } = await fetchFrom(site.base);
    expect(k6).toBeUndefined();
    expect(left).toEqual([]);
    const [expected] = checksumsOf(release).split(' ');
    const [got] = checksumsOf({ changed }).split(' ');
    expect(said).toContain(`expected SHA-256 ${expected}, got ${got}`);
  });

  test('a body that ends too early', async () => {
    const release = linuxRelease();
    const bytes = release[linuxArchive] ?? Buffer.alloc(0);
    const truncated: Handler = (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 100), () => response.destroy());
    };
    const site = await startSite({ [linuxArchive]: truncated, [sums]: checksumsOf(release) }, onTestFinished);
    const { k6, left, said } = await fetchFrom(site.base);
    expect(k6).toBeUndefined();
    expect(left).toEqual([]);
    expect(said).toContain('the download broke off after 100 bytes');
  });

  test('a body that stalls', async () => {
    const release = linuxRelease();
    const stalled: Handler = (_, response) => {
      response.writeHead(200, { 'content-length': 1_000 }).write('x');
    };
    const site = await startSite({ [linuxArchive]: stalled, [sums]: checksumsOf(release) }, onTestFinished);
    const { k6, left, said } = await fetchFrom(site.base, {
      downloadLimits: { answerMs: 5_000, stallMs: 60 },
    });
    expect(k6).toBeUndefined();
    expect(left).toEqual([]);
    expect(said).toContain('the download broke off after 1 bytes (no data for 0.06 s)');
  });

  test('a server that never answers', async () => {
    const site = await startSite({ [sums]: () => {} }, onTestFinished);
    const { k6, said } = await fetchFrom(site.base, { downloadLimits: { answerMs: 60, stallMs: 5_000 } });
    expect(k6).toBeUndefined();
    expect(said).toContain(`no answer from ${new URL(site.base).host} within 0.06 s`);
  });

  test('an archive that is none', async () => {
    const release = { [linuxArchive]: Buffer.from('<html>not an archive</html>') };
    const site = await startSite({ ...release, [sums]: checksumsOf(release) }, onTestFinished);
    const { k6, left, said } = await fetchFrom(site.base);
    expect(k6).toBeUndefined();
    expect(left).toEqual([]);
    expect(said).toContain(`${linuxArchive}: tar could not unpack it`);
  });

  test('an archive without k6 in it', async () => {
    const release = {
      [linuxArchive]: makeArchive(temporaryDirectory(onTestFinished), linuxArchive, 'README.md'),
    };
    const site = await startSite({ ...release, [sums]: checksumsOf(release) }, onTestFinished);
    const { left, said } = await fetchFrom(site.base);
    expect(left).toEqual([]);
    expect(said).toContain(`${linuxArchive} does not hold k6-v1.8.1-linux-amd64/k6`);
  });

  test('a k6 that does not run here', async () => {
    const release = linuxRelease();
    const site = await startSite({ ...release, [sums]: checksumsOf(release) }, onTestFinished);
    const { run: fakeRun } = machineWith({});
    const { k6, left, said } = await fetchFrom(site.base, {
      run: async (file, args, options) =>
        path.isAbsolute(file) ? { stdout: '', problem: 'exec format error' } : fakeRun(file, args, options),
    });
    expect(k6).toBeUndefined();
    expect(left).toEqual([]);
    expect(said).toContain(`${linuxArchive}: it does not run: exec format error`);
  });
});

test('a k6 in .tools that is too old is replaced by the one that is fetched', async () => {
  const release = linuxRelease();
  const site = await startSite({ ...release, [sums]: checksumsOf(release) }, onTestFinished);
  const first = await fetchFrom(site.base);
  writeFileSync(path.join(first.tools, 'k6'), 'k6 v0.40.0');
  const again = await findOrGetK6(bareMachine(first.tools, { downloadBase: site.base }));
  expect(again.source).toBe('download');
  expect(readdirSync(first.tools)).toEqual(['k6']);
  expect(readFileSync(path.join(first.tools, 'k6'), 'utf8')).toBe(standInProgram);
});
