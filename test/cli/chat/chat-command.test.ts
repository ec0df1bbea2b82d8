import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readChatArguments } from '../../../src/cli/chat/arguments.ts';
import { newName } from '../../../src/cli/chat/names.ts';
import { type Mock, startMock } from '../../../src/mock/index.ts';
import { runCommand } from '../support/run-command.ts';

describe('the options of telltale chat', () => {
  it.each([
    [['a', 'b'], 'There can be one SESSION, and `b` is a second. A message goes after --message.'],
    [['a', '--last'], '`--last` is a session already'],
    [['--cost'], '`--cost` needs a SESSION, or --last.'],
    [['--cost', '--forget', 'a'], '`--cost` and `--forget` cannot both be done.'],
    [['a', '--cost', '--message', 'x'], '`--message` has no meaning beside it'],
    [['--message', ' '], '`--message` is empty.'],
    [['--via', 'post'], 'Expected `--via` to be conversations or previous-response or history, got `post`.'],
    [['--keep-turns', '0'], 'Expected `--keep-turns` to be a whole number from 1 to 1000000000, got `0`.'],
    [['a', '--export', 'pdf'], 'Expected `--export` to be markdown or json, got `pdf`.'],
    [['--retention', '1.5'], 'Expected `--retention` to be a whole number from 1 to 36500'],
  ])('%j is refused with a sentence', (args, sentence) => {
    expect(() => readChatArguments(args)).toThrow(sentence);
  });

  it('names a new session by the day', () => {
    expect(newName('2026-11-28', [])).toBe('2026-11-28');
    expect(newName('2026-11-28', ['2026-11-28', '2026-11-28-2'])).toBe('2026-11-28-3');
  });
});

describe('telltale chat without a terminal', { timeout: 60_000 }, () => {
  let mock: Mock;
  let folder: string;
  beforeEach(async () => {
    mock = await startMock({ answers: [{ match: { text: 'wind' }, answer: 'From the west.' }] });
    folder = mkdtempSync(path.join(tmpdir(), 'telltale-chat-'));
  });
  afterEach(() => mock.close());
  const chat = (args: readonly string[], input?: string | Uint8Array) =>
    runCommand(['chat', ...args], {
      cwd: folder,
      env: { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: mock.url, OPENAI_MODEL: 'gpt-4.1-mini' },
      ...(input !== undefined && { input }),
    });

  it('takes what comes by standard input as one message, and prints the answer alone on standard output', async () => {
    const { code, out, err } = await chat(['sea'], 'Which way\ndoes the wind blow?\n');
    expect([code, out]).toEqual([0, 'From the west.\n']);
    expect(err).toMatch(/^\d+ tokens in, \d+ out, cost \$[\d.]+, [\d.]+ s, trace [0-9a-f]{32}\n$/);
    const more = await chat(['sea', '--message', 'wind?', '--message', 'wind again?', '--json']);
    const lines = more.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { session: 'sea', turn: 2, text: 'From the west.', outcome: 'ok', usage: { source: 'provider' } },
      { session: 'sea', turn: 3, text: 'From the west.' },
    ]);
    expect(lines[0].model).toContain('gpt-4.1-mini');
    expect(more.err).toBe('');
    const cost = JSON.parse((await chat(['sea', '--cost', '--json'])).out);
    expect(cost).toMatchObject({ session: 'sea', turns: 3, calls: 3, unpricedCalls: 0 });
  });

  it('says what is wrong, and touches nothing', async () => {
    expect(await chat(['sea'], '')).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is nothing to say'),
    });
    expect(await chat(['sea'], new Uint8Array([0xff, 0xfe, 0x00]))).toMatchObject({
      code: 1,
      err: expect.stringContaining('The message is no text in UTF-8'),
    });
    expect(await chat(['sea', '--export', 'json'])).toMatchObject({
      code: 1,
      err: 'There is no conversation `sea` in the store.\n',
    });
    expect((await chat(['--last', '--cost'])).err).toBe(
      'There is no session to go on with yet. Begin one: telltale chat\n',
    );
    const keyless = await runCommand(['chat', 'sea', '--message', 'x'], { cwd: folder });
    expect(keyless).toMatchObject({
      code: 1,
      err: expect.stringContaining('No API key: set OPENAI_API_KEY'),
    });
    expect(mock.ledger()).toEqual([]);
  });

  it('forgets a session here and at the provider', async () => {
    await chat(['sea', '--message', 'wind']);
    const asked = mock.ledger().length;
    expect(await chat(['sea', '--forget'])).toMatchObject({ code: 0 });
    const deleted = mock.ledger().slice(asked);
    expect(deleted.length).toBeGreaterThan(0);
    expect(new Set(deleted.map(({ method }) => method))).toEqual(new Set(['DELETE']));
    expect(readdirSync(path.join(folder, '.telltale', 'conversations')).join()).not.toContain('sea');
    expect(readFileSync(path.join(folder, '.telltale', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('goes on beside a session that is damaged, or was written by a newer Telltale', async () => {
    await chat(['sea', '--message', 'wind']);
    await chat(['shore', '--message', 'wind']);
    const kept = path.join(folder, '.telltale', 'conversations');
    const fileOf = (name: string): string => {
      const found = readdirSync(kept).find((file) => file.includes(name) && file.endsWith('.json'));
      return path.join(kept, found ?? 'none');
    };
    writeFileSync(fileOf('sea'), '{"half');
    const newer = readFileSync(fileOf('shore'), 'utf8').replace(/"version":\s*1/g, '"version": 99');
    writeFileSync(fileOf('shore'), newer);
    expect(await chat(['sea', '--message', 'wind'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot be read'),
    });
    expect(await chat(['shore', '--message', 'wind'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('Update Telltale'),
    });
    expect(readFileSync(fileOf('sea'), 'utf8')).toBe('{"half');
    expect(readFileSync(fileOf('shore'), 'utf8')).toBe(newer);
    expect((await chat(['cliff', '--message', 'wind'])).out).toBe('From the west.\n');
    const { out } = await chat(['--sessions']);
    expect(out).toMatch(/sea .*damaged: cannot be read/);
    expect(out).toMatch(/shore .*written by a newer Telltale/);
    expect(await chat(['sea', '--forget'])).toMatchObject({ code: 0 });
  });

  it('logs every interaction with the trace that tells of it, also one that failed, or was never sent', async () => {
    await chat(['sea', '--message', 'wind']);
    const refusing = createServer((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end('{"error":{"message":"No.","type":"invalid_request_error"}}');
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    const { port } = refusing.address() as AddressInfo;
    const failed = await runCommand(['chat', 'sea', '--message', 'wind'], {
      cwd: folder,
      env: { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` },
    });
    refusing.close();
    expect(failed.code).toBe(1);
    const kept = path.join(folder, '.telltale');
    const lines = readFileSync(path.join(kept, 'chat.log'), 'utf8').trim().split('\n');
    const log = lines.map((line) => JSON.parse(line));
    expect(log).toMatchObject([
      { turn: 1, outcome: 'ok' },
      { turn: 2, outcome: 'failed' },
    ]);
    const traces = readdirSync(path.join(kept, 'traces'))
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => readFileSync(path.join(kept, 'traces', name), 'utf8'))
      .join('');
    expect(failed.err).toMatch(new RegExp(`\\ntrace ${log[1].traceId}\\n$`));
    expect(new Set(log.map(({ traceId }) => traceId)).size).toBe(2);
    for (const { traceId } of log) {
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(traces).toContain(traceId);
    }
    expect(traces).toContain('"conversation turn"');
    expect(traces).not.toContain('wind');
  });

  it('is content with a reader who has enough', async () => {
    const main = path.resolve(import.meta.dirname, '../../../src/cli/main.ts');
    const command = [process.execPath, '--disable-warning=ExperimentalWarning', main];
    const child = spawn('sh', ['-c', '"$@" | true', 'sh', ...command, 'chat', '--mock', '--sessions'], {
      cwd: folder,
    });
    const err: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text) => err.push(text));
    await new Promise((resolve) => child.on('close', resolve));
    expect(err.join('')).toBe('');
  });

  it('needs no key with --mock, and keeps that apart', async () => {
    const { code, out } = await runCommand(['chat', 'sea', '--mock', '--message', 'Hello'], { cwd: folder });
    expect(code).toBe(0);
    expect(out).not.toBe('');
    expect(readdirSync(path.join(folder, '.telltale')).sort()).toEqual(['mock']);
  });
});
