import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { linesOf, plainTrace, retriedTrace, traceIdOf } from './example-traces.ts';

const main = path.resolve(import.meta.dirname, '../../../src/cli/main.ts');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'telltale-view-command-'));
  writeFileSync(path.join(folder, 'some.jsonl'), linesOf([plainTrace(1), retriedTrace(2)]));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const view = (...args: string[]) => runCommand(['view', ...args], { cwd: folder });

describe('telltale view', { timeout: 60_000 }, () => {
  it('prints the list as JSON, the newest first, and says elsewhere what it read', async () => {
    const { code, out, err } = await view('some.jsonl', '--json');
    expect(code).toBe(0);
    expect(err).toBe('Traces of some.jsonl: 2 traces of 1 file.\n');
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { traceId: traceIdOf(2), outcome: 'ok', attempts: 2, costUsd: 0.0042, errorType: null },
      { traceId: traceIdOf(1), startedAt: '2026-03-04T12:30:01.000Z' },
    ]);
  });

  it('serves the page at the address that it prints, until Ctrl-C', async () => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', main, 'view', 'some.jsonl'],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const url = said.toString().trim();
    const answer = await fetch(url);
    expect([answer.status, await answer.text()]).toEqual([
      200,
      expect.stringContaining('traces of some.jsonl'),
    ]);
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  it('says in a sentence what is wrong', async () => {
    const taken = http.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    expect(await view('some.jsonl', '--port', String(port))).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(
        `\nPort ${port} is taken. Choose another one with --port, or leave it out.\n`,
      ),
    });
    taken.close();
    expect(await view('some.jsonl', '--port', 'x')).toMatchObject({
      code: 2,
      err: 'Expected `--port` to be a port from 0 to 65535, got `x`.\n',
    });
    const none = await view();
    expect([none.code, none.err]).toEqual([1, expect.stringMatching(/^No traces were recorded here: .*\n$/)]);
  });
});
