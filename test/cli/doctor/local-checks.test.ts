import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { priceTable } from '../../../src/account/price-table.ts';
import { dataFolderCheck } from '../../../src/cli/doctor/checks/data-folder.ts';
import { envFileCheck } from '../../../src/cli/doctor/checks/env-file.ts';
import { k6Check } from '../../../src/cli/doctor/checks/k6.ts';
import { keyCheck } from '../../../src/cli/doctor/checks/key.ts';
import { nodeCheck } from '../../../src/cli/doctor/checks/node.ts';
import { pricesCheck } from '../../../src/cli/doctor/checks/prices.ts';
import { proxyCheck } from '../../../src/cli/doctor/checks/proxy.ts';
import { systemClock } from '../../../src/clock.ts';
import { machineWith } from '../../loadtest/program/context.ts';
import { temporaryDirectory } from '../support/filled-audit.ts';
import { contextIn, told } from './support.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryDirectory();
});

test.each([
  ['24.19.0', 'ok: 24.19.0 on linux'],
  ['22.14.0', 'problem: Telltale needs Node 22.15 or newer, and this is 22.14.0. -> Install a newer one'],
])('Node %s', async (nodeVersion, expected) => {
  expect(await told(nodeCheck, contextIn(folder, { nodeVersion }))).toContain(expected);
});

describe('the key', () => {
  const good = `sk-proj-${'Ab3_'.repeat(12)}`;
  test.each([
    ['is not set', undefined, 'problem: OPENAI_API_KEY is not set. -> Set it, or put it into a file .env'],
    ['is blank', '  ', 'problem: OPENAI_API_KEY is not set.'],
    ['is set', good, 'ok: OPENAI_API_KEY is set, in the environment'],
    ['has quotes', `"${good}"`, 'has quotes around it'],
    ['has typographic quotes', `\u201c${good}\u201d`, 'has quotes around it'],
    ['has one quote', `'${good}`, 'has quotes around it'],
    ['has a blank behind it', `${good} `, 'has blanks in it or around it'],
    ['has a blank in it', `${good.slice(0, 9)} ${good.slice(9)}`, 'has blanks in it or around it'],
    ['has a line break at its end', `${good}\r\n`, 'has a line break in it'],
    ['is two lines', `${good}\n${good}`, 'has a line break in it'],
    ['begins with Bearer', `Bearer ${good}`, 'begins with the word Bearer'],
    ['has an invisible character', `${good}\u200b`, 'has a character in it that no header may hold'],
    ['is a placeholder', 'sk-...', 'is a placeholder'],
    ['is a placeholder of words', 'your-api-key-here', 'is a placeholder'],
    ['is an unset variable', '$OPENAI_KEY', 'is a placeholder'],
    [
      'is another kind of key',
      'gsk_0123456789abcdef',
      'warning: OPENAI_API_KEY (of the environment) does not look',
    ],
  ])('%s', async (_, key, expected) => {
    const env = key === undefined ? {} : { OPENAI_API_KEY: key };
    const said = await told(keyCheck, contextIn(folder, { env, processEnv: env }));
    expect(said).toContain(expected);
    if (key !== undefined && key.trim().length > 10) expect(said).not.toContain(key.trim().slice(3, 12));
  });

  test('of another provider has its own shape', async () => {
    const env = { OPENAI_API_KEY: 'gsk_0123456789abcdef', OPENAI_BASE_URL: 'https://other.example/v1' };
    expect(await told(keyCheck, contextIn(folder, { env }))).toBe('ok: OPENAI_API_KEY is set, in the file');
  });

  test('is no problem where there is one for Azure', async () => {
    const env = { AZURE_OPENAI_API_KEY: 'geheim' };
    const said = await told(keyCheck, contextIn(folder, { env, processEnv: env }));
    expect(said).toMatch(/^warning: OPENAI_API_KEY is not set; AZURE_OPENAI_API_KEY is/);
    expect(said).not.toContain('geheim');
  });
});

describe('.env', () => {
  const tell = (bytes: string | Buffer, processEnv = {}): Promise<string> => {
    writeFileSync(path.join(folder, '.env'), bytes);
    return told(envFileCheck, contextIn(folder, { processEnv }));
  };

  test('is not there', async () => {
    expect(await told(envFileCheck, contextIn(folder))).toContain('skipped: there is none');
    const envFile = path.join(folder, 'other');
    expect(await told(envFileCheck, contextIn(folder, { envFile }))).toContain('problem: ');
  });

  test('is read, without a value being said', async () => {
    expect(await tell('A=secret1\nB=secret2\n')).toBe('ok: .env has 2 variables');
  });

  test('is a folder', async () => {
    mkdirSync(path.join(folder, '.env'));
    expect(await told(envFileCheck, contextIn(folder))).toContain('problem: .env cannot be read (EISDIR)');
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'is not ours to read (skipped for root, who may read all)',
    async () => {
      writeFileSync(path.join(folder, '.env'), 'A=1');
      chmodSync(path.join(folder, '.env'), 0);
      expect(await told(envFileCheck, contextIn(folder))).toContain('problem: .env cannot be read (EACCES)');
    },
  );

  test('is not UTF-8, or begins with a mark', async () => {
    expect(await tell(Buffer.from('\ufeffOPENAI_API_KEY=x', 'utf16le'))).toContain(
      'problem: .env is not a text',
    );
    expect(await tell('\ufeffOPENAI_API_KEY=x')).toContain('problem: .env begins with a byte-order mark');
  });

  test('stands behind the environment', async () => {
    expect(await tell('OPENAI_API_KEY=one\nX=1', { OPENAI_API_KEY: 'two', X: '2' })).toContain(
      'warning: OPENAI_API_KEY of .env is not used: the environment has it too, and wins.',
    );
  });
});

describe('proxies', () => {
  const named = { HTTPS_PROXY: 'http://me:geheim@proxy.example:3128' };
  test.each([
    ['none', {}, '24.19.0', 'ok: none in the environment'],
    ['one that Node does not use', named, '24.19.0', 'warning: HTTPS_PROXY is set, and Node does not use it'],
    ['one that this Node cannot use', named, '24.4.0', 'take Node 22.21 or 24.5 or newer'],
    [
      'one that is used',
      { ...named, NODE_USE_ENV_PROXY: '1' },
      '22.21.0',
      'ok: HTTPS_PROXY, which Node uses',
    ],
    ['by an option', { ...named, NODE_OPTIONS: '--use-env-proxy' }, '24.5.0', 'ok: HTTPS_PROXY'],
    ['in small letters', { https_proxy: 'http://p' }, '24.19.0', 'warning: HTTPS_PROXY is set'],
    [
      'none such',
      { HTTPS_PROXY: 'socks5://geheim', NODE_USE_ENV_PROXY: '1' },
      '24.19.0',
      'problem: HTTPS_PROXY is not',
    ],
  ])('%s', async (_, env, nodeVersion, expected) => {
    const said = await told(proxyCheck, contextIn(folder, { env, nodeVersion }));
    expect(said).toContain(expected);
    expect(said).not.toContain('geheim');
  });
});

describe('the data folder', () => {
  test('is made when it is needed, and not before', async () => {
    expect(await told(dataFolderCheck, contextIn(folder))).toMatch(/^ok: .* can be made when it is needed$/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is there, and nothing is left in it', async () => {
    const dataDirectory = path.join(folder, 'kept');
    mkdirSync(dataDirectory);
    expect(await told(dataFolderCheck, contextIn(folder, { dataDirectory }))).toMatch(
      /^ok: .* can be written to$/,
    );
    expect(readdirSync(dataDirectory)).toEqual([]);
  });

  test('is a file, or below one', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    for (const place of ['file', 'file/below'])
      expect(
        await told(dataFolderCheck, contextIn(folder, { dataDirectory: path.join(folder, place) })),
      ).toMatch(/^problem: .*(is a file|cannot be written to)/);
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'is read-only (skipped for root, who may write everywhere)',
    async () => {
      chmodSync(folder, 0o500);
      expect(await told(dataFolderCheck, contextIn(folder))).toContain('cannot be written to (EACCES)');
      chmodSync(folder, 0o700);
    },
  );
});

test.each([
  [90, `ok: as of ${priceTable.asOf}`],
  [91, `warning: The list of prices is of ${priceTable.asOf}, 91 days old`],
])('prices that are %i days old', async (days, expected) => {
  const clock = { ...systemClock, epochMs: () => Date.parse(priceTable.asOf) + days * 86_400_000 };
  expect(await told(pricesCheck, contextIn(folder, { clock }))).toContain(expected);
});

describe('k6', () => {
  test.each([
    [{}, { 'k6 version': { stdout: 'k6 v1.9.0 (go)' } }, 'ok: 1.9.0, on the PATH'],
    [{ K6: '/opt/k6' }, { '/opt/k6 version': { stdout: 'k6 v1.8.1' } }, 'ok: 1.8.1, which K6 names'],
    [
      { K6: '/opt/k6' },
      {},
      'warning: The environment variable K6 names a program that is no k6 to use: there is none.',
    ],
  ])('%j', async (env, programs, expected) => {
    const { run } = machineWith(programs);
    expect(await told(k6Check, contextIn(folder, { env, run }))).toContain(expected);
  });
});
