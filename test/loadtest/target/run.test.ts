import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readTargetOptions } from '../../../loadtest/target/options.ts';
import { runTarget } from '../../../loadtest/target/run.ts';
import { needsK6, presentK6 } from '../fixtures/present-k6.ts';

const k6 = presentK6();

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function run(
  args: readonly string[],
  settings: { exec: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal },
) {
  const port = await freePort();
  const target = `http://127.0.0.1:${port}/ask`;
  const ports = ['--mock-port', '0', '--otlp-port', '0', '--seed', '5', '--rate', '8', '--duration', '6s'];
  const options = readTargetOptions(
    ['--target', target, '--exec', settings.exec, ...ports, ...args],
    () => 1,
  );
  if (!options) throw new Error('no options');
  const outDirectory = mkdtempSync(path.join(tmpdir(), 'telltale-target-'));
  const result = await runTarget({
    options,
    env: { ...process.env, PORT: String(port), ...settings.env },
    k6: k6 ?? { command: ['k6'], source: 'K6', version: 'none', inContainer: false, hostName: '127.0.0.1' },
    outDirectory,
    out: new PassThrough().resume(),
    signal: settings.signal ?? new AbortController().signal,
  });
  return { ...result, outDirectory };
}

const service = `"${process.execPath}" --disable-warning=ExperimentalWarning "${path.join(import.meta.dirname, 'service.mjs')}"`;

describe.skipIf(!k6)(`a service of the user's own${needsK6}`, () => {
  it('that observes its client is judged call by call, though it makes two for each request', async () => {
    const { report, notes, outDirectory } = await run([], { exec: service });
    expect(report.verdict).toEqual({ green: true, reasons: [] });
    expect(report.invariants.map(({ id }) => id)).toEqual(['I2', 'I5', 'I9', 'I3', 'I6', 'I8']);
    const i3 = report.invariants.find(({ id }) => id === 'I3');
    const requests = Number(i3?.counts[1]?.value);
    // Two for each of the 48, and those that met chaos again.
    expect(requests).toBeGreaterThan(96);
    expect(notes).toEqual([]);
    expect(readFileSync(path.join(outDirectory, 'report.html'), 'utf8')).toContain('storm-429');
  }, 60_000);

  it('that does not is judged by what the provider saw', async () => {
    const { report, notes } = await run(['--scenario', 'calm', '--min-success', '1'], {
      exec: service,
      env: { OBSERVED: 'no' },
    });
    expect(report.verdict).toEqual({ green: true, reasons: [] });
    expect(report.invariants.map(({ id }) => id)).toEqual(['I2', 'I5', 'I9']);
    expect(notes.join(' ')).toContain('No telemetry of Telltale came');
  }, 60_000);

  it('is compared with how it was, and written where asked', async () => {
    const calm = ['--scenario', 'calm', '--duration', '4s'];
    const before = await run(calm, { exec: service });
    expect(before.report.verdict.green).toBe(true);
    const markdown = path.join(before.outDirectory, 'pull-request.md');
    const { report } = await run(
      [
        ...[...calm, '--slo', '1ms', '--markdown', markdown],
        ...['--compare', path.join(before.outDirectory, 'verdict.json'), '--fail-on-regression'],
      ],
      { exec: service },
    );
    expect(report.verdict.reasons.join(' ')).toContain('goodput');
    expect(readFileSync(markdown, 'utf8')).toContain('goodput');
  }, 60_000);

  it('that never calls the provider is not called well', async () => {
    const idle = `"${process.execPath}" -e "require('node:http').createServer((q,r)=>r.end()).listen(process.env.PORT,'127.0.0.1')"`;
    const { report } = await run(['--scenario', 'calm', '--duration', '4s'], { exec: idle });
    expect(report.verdict.reasons).toEqual([
      expect.stringContaining('requests that reached the mock provider > 0, measured 0'),
    ]);
  }, 60_000);

  it('that dies midway gives a partial report', async () => {
    const mortal = `"${process.execPath}" -e "require('node:http').createServer((q,r)=>r.end()).listen(process.env.PORT,'127.0.0.1');setTimeout(()=>process.exit(3),3000)"`;
    const { report } = await run(['--scenario', 'calm'], { exec: mortal });
    expect(report.header.partial).toBe(true);
    expect(report.verdict.reasons[0]).toBe('cut short: the service ended with exit code 3');
  }, 60_000);
});

describe('a service that is not there', () => {
  it('is named when it ends before it listens', async () => {
    await expect(run([], { exec: `"${process.execPath}" -e "process.exit(4)"` })).rejects.toThrow(
      'The service ended with exit code 4 before it listened; its output is in service.log.',
    );
  }, 30_000);

  it('leaves no process and no port behind when waiting for it is stopped', async () => {
    const controller = new AbortController();
    const waiting = run([], {
      exec: `"${process.execPath}" -e "setInterval(()=>{},1000)"`,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort('it was stopped by SIGINT'), 1_500);
    await expect(waiting).rejects.toThrow('Stopped while waiting for the service: it was stopped by SIGINT.');
  }, 30_000);
});
