import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spansIn } from '../../node/trace-file/read-lines.ts';
import { runCommand } from '../support/run-command.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'telltale-cli-traces-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chat = (data: string, env: Record<string, string> = {}) =>
  runCommand(['chat', '--mock', '--json', '--data', path.join(folder, data)], {
    cwd: folder,
    input: 'hello\n',
    env,
  });

const tracesOf = (data: string): string => path.join(folder, data, 'mock', 'traces');

describe('what a command records with no SDK installed', () => {
  it('is the whole trace that its output names', async () => {
    const { code, out } = await chat('plain');
    expect(code).toBe(0);
    const { traceId } = JSON.parse(out) as { traceId: string };
    const spans = spansIn(tracesOf('plain'));
    expect(spans.length).toBeGreaterThan(3);
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const [root, ...otherRoots] = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(otherRoots).toEqual([]);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    for (const { parentSpanId } of spans.filter((span) => span !== root)) expect(ids).toContain(parentSpanId);
    expect(spans.map(({ name }) => name)).toContain('chat gpt-5-mini');
  });

  it('is nothing where OpenTelemetry is disabled', async () => {
    const { code, out } = await chat('disabled', { OTEL_SDK_DISABLED: 'true' });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ traceId: null });
    expect(existsSync(tracesOf('disabled'))).toBe(false);
  });

  it('goes to the endpoint that the standard variable names, and into no file', async () => {
    const { code, out } = await chat('sent', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(existsSync(tracesOf('sent'))).toBe(false);
  });
});
