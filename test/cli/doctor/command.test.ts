import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { hideKey } from '../../../src/cli/doctor/hide-key.ts';
import { checks } from '../../../src/cli/doctor/index.ts';
import { type CheckedFinding, checkMs, runChecks } from '../../../src/cli/doctor/run-checks.ts';
import { findingsJson, showFindings } from '../../../src/cli/doctor/show.ts';
import { oldNodeJson } from '../../../src/cli/node-problem.ts';
import { systemClock } from '../../../src/clock.ts';
import { startMock } from '../../../src/mock/index.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { temporaryDirectory } from '../support/filled-audit.ts';
import { inTerminal } from '../support/pseudo-terminal.ts';
import { runCommand } from '../support/run-command.ts';
import { closedPort } from './servers.ts';
import { contextIn } from './support.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryDirectory();
});

describe('telltale doctor', { timeout: 60_000 }, () => {
  test('finds nothing wrong where nothing is', async () => {
    const mock = await startMock();
    const env = { OPENAI_API_KEY: 'mock', OPENAI_BASE_URL: mock.url };
    const { code, out, err } = await runCommand(['doctor'], { env, cwd: folder });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ok {7}Node {16}\d+\.\d+\.\d+ on /);
    expect(out).toContain('Nothing is wrong.');
    await mock.close();
  });

  test('is JSON for programs, and the exit code says whether something is a problem', async () => {
    const env = { OPENAI_API_KEY: 'geheim-1234567', OPENAI_BASE_URL: await closedPort() };
    const { code, out, err } = await runCommand(['doctor', '--json'], { env, cwd: folder });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    const told = JSON.parse(out) as { ok: boolean; checks: readonly CheckedFinding[] };
    expect(told.ok).toBe(false);
    expect(new Set(told.checks.map(({ check }) => check))).toEqual(new Set(checks.map(({ name }) => name)));
    for (const one of told.checks) {
      const isWrong = one.state === 'warning' || one.state === 'problem';
      expect(Object.keys(one)).toEqual(
        isWrong ? ['check', 'state', 'says', 'todo'] : ['check', 'state', 'says'],
      );
      expect(['ok', 'skipped', 'warning', 'problem']).toContain(one.state);
    }
    const provider = told.checks.find(({ check }) => check === 'provider');
    expect(provider).toMatchObject({ state: 'problem', says: expect.stringContaining('ECONNREFUSED') });
    expect(out).not.toContain('geheim');
  });

  test('takes a file that cannot be read for one thing that is wrong among others', async () => {
    const { code, out, err } = await runCommand(['doctor', '--offline', '--env', 'none'], { cwd: folder });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toContain('none cannot be read (ENOENT).');
    expect(out).toContain('OPENAI_API_KEY is not set.');
    expect(out).toContain('2 problems.');
  });

  test('reads .env, and warnings alone are no failure', async () => {
    writeFileSync(path.join(folder, '.env'), 'OPENAI_API_KEY=other\nOTEL_TRACES_EXPORTER=none\n');
    const { code, out } = await runCommand(['doctor', '--offline'], { cwd: folder });
    expect(code).toBe(0);
    expect(out).toContain('2 warnings.');
  });

  test.skipIf(process.platform === 'win32')('says in one sentence that its folder is gone', async () => {
    const main = path.resolve(import.meta.dirname, '../../../src/cli/main.ts');
    // A shell, because nothing can be started in a folder that is not there.
    const script = 'cd "$2" && rmdir "$2" && exec "$0" "$1" doctor --offline';
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, main, folder], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'The folder that this was started in is gone. Change to one that is there.\n',
    });
  });

  test('hides a key of Azure that stands in an address', async () => {
    const key = 'geheim-of-azure-1234567';
    const env = { AZURE_OPENAI_API_KEY: key, OPENAI_BASE_URL: `http://127.0.0.1:1/${key}` };
    const { out } = await runCommand(['doctor', '--offline', '--json'], { env, cwd: folder });
    expect(out).toContain('127.0.0.1:1');
    expect(out).not.toContain('geheim');
  });

  test.each([
    [['--help'], 0, 'usage', /^telltale doctor \[options\]/],
    [['--ofline'], 2, "Unknown option '--ofline'", /^$/],
    [['here'], 2, 'Unexpected argument', /^$/],
  ])('%j', async (args, expected, sentence, start) => {
    const { code, out, err } = await runCommand(['doctor', ...args], { cwd: folder });
    expect(code).toBe(expected);
    expect(out).toMatch(start);
    if (code !== 0) expect(err).toContain(sentence);
  });

  test('fits a narrow terminal, and leaves no word of its waiting', async () => {
    const env = { TERM: 'xterm-256color', OPENAI_BASE_URL: await closedPort() };
    const terminal = inTerminal(['doctor'], { env, cwd: folder, columns: 60, rows: 60 });
    expect(await terminal.ended).toBe(1);
    expect(terminal.written()).toContain('Looking …');
    const screen = terminal.screen();
    expect(screen).not.toContain('Looking');
    expect(screen).toContain('PROBLEM  API key             OPENAI_API_KEY is not set.');
    // Told in full, in its column.
    expect(screen.replace(/\s+/g, ' ')).toContain(
      '-> Set it, or put it into a file .env; without one, the commands work with --mock.',
    );
    expect(screen).toMatch(/^2 problems\.$/m);
  });
});

test('an old Node is told in the form that was asked for', () => {
  expect(JSON.parse(oldNodeJson({ says: 'a', todo: 'b' }))).toEqual({
    ok: false,
    checks: [{ check: 'Node', state: 'problem', says: 'a', todo: 'b' }],
  });
});

test.each([
  ['nothing of it', 'k-0123456789', 'nothing of it'],
  ['https://x/k-0123456789/v1', 'k-0123456789', 'https://x/…/v1'],
  ['https://K-0123456789.example k-01234567', 'k-0123456789', 'https://….example …'],
  ['OPENAI_API_KEY is a placeholder', '$OPENAI_API_KEY', 'OPENAI_API_KEY is a placeholder'],
  ['short', 'short', 'short'],
])('of %j with the key %j is shown %j', (text, key, shown) => {
  expect(hideKey(text, key)).toBe(shown);
});

describe('checks', () => {
  test('that throw, or have no end, are told and keep no other from being told', async () => {
    const clock = createFakeClock();
    const running = runChecks(
      [
        {
          name: 'throws',
          run: () => {
            throw new Error('its own fault');
          },
        },
        { name: 'rejects', run: () => Promise.reject('no error at all') },
        { name: 'hangs', run: () => new Promise(() => {}) },
        { name: 'works', run: () => [{ state: 'ok', says: 'fine' }] },
      ],
      contextIn(folder, { clock }),
    );
    await Promise.resolve();
    clock.advance(checkMs);
    expect((await running).map(({ check, state, says }) => `${check} ${state}: ${says}`)).toEqual([
      'throws warning: This could not be checked: its own fault',
      'rejects warning: This could not be checked: no error at all',
      'hangs warning: This could not be checked: there was no end to it within 9 s',
      'works ok: fine',
    ]);
  });

  test('say nothing of a key, whatever is around it and wherever it stands', async () => {
    writeFileSync(path.join(folder, 'package.json'), '{}');
    const letters = fc.constantFrom(...'QZXJ0123456789_');
    const secret = fc.string({ unit: letters, minLength: 12, maxLength: 40 });
    const around = fc.constantFrom<[string, string]>(
      ['', ''],
      ['"', '"'],
      ['', '\n'],
      [' ', ' '],
      ['Bearer ', ''],
      ['sk-', '\u200b'],
      ['\u001b[31m', ''],
    );
    const place = fc.constantFrom<(key: string) => Record<string, string>>(
      () => ({}),
      (key) => ({ OPENAI_BASE_URL: key }),
      (key) => ({ OPENAI_BASE_URL: `https://me:${key}@x.example/v1?token=${key}` }),
      (key) => ({ OPENAI_BASE_URL: `https://x.example/${key}/v1` }),
      (key) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://${key}:${key}@x.example:4318?token=${key}` }),
      (key) => ({ OTEL_EXPORTER_OTLP_PROTOCOL: key, OTEL_EXPORTER_OTLP_HEADERS: `authorization=${key}` }),
      (key) => ({ HTTPS_PROXY: `http://me:${key}@proxy.example`, NODE_USE_ENV_PROXY: '1' }),
      (key) => ({ HTTPS_PROXY: `socks5://${key}` }),
      (key) => ({ OPENAI_BASE_URL: `http://${key}.example/v1` }),
    );
    await fc.assert(
      fc.asyncProperty(
        secret,
        around,
        place,
        fc.boolean(),
        async (key, [before, after], elsewhere, isOwn) => {
          const env = { OPENAI_API_KEY: before + key + after, ...elsewhere(key) };
          const context = contextIn(folder, {
            env,
            processEnv: isOwn ? env : {},
            redisUrl: `redis://me:${key}@127.0.0.1:1`,
            offline: true,
            run: async () => ({ stdout: '', problem: 'there is none', missing: true }),
            clock: systemClock,
          });
          const findings = await runChecks(checks, context);
          const said = showFindings(findings, 200) + findingsJson(findings);
          for (let at = 0; at + 8 <= key.length; at++)
            expect(said.toUpperCase()).not.toContain(key.slice(at, at + 8));
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('a table of anything is as wide as it may be, and says it all', () => {
  const words = fc.array(fc.constantFrom('a', 'key', 'is', 'missing', 'provider.example'), {
    minLength: 1,
    maxLength: 30,
  });
  const finding = fc.record({
    check: fc.constantFrom('Node', '@opentelemetry/api', 'API key'),
    state: fc.constantFrom('warning' as const, 'problem' as const),
    says: words.map((some) => some.join(' ')),
    todo: words.map((some) => some.join(' ')),
  });
  fc.assert(
    fc.property(
      fc.array(finding, { maxLength: 8 }),
      fc.integer({ min: 60, max: 140 }),
      (findings, columns) => {
        const shown = showFindings(findings, columns);
        for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
        const flat = shown.replace(/\s+/g, ' ');
        for (const { says, todo } of findings) expect(flat).toContain(`${says} -> ${todo}`);
      },
    ),
  );
});
