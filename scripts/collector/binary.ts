import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { RunFailure } from '../../loadtest/run-failure.ts';
import { type Found, findProgram, probe } from '../shared/find-program.ts';

export const root = path.resolve(import.meta.dirname, '../..');

/** The builder of the collector's own project, in the version of the components that `otel-collector/builder.yaml` names. */
const builder = 'go.opentelemetry.io/collector/cmd/builder@v0.155.0';
const manifest = path.join(root, 'otel-collector/builder.yaml');
const windows = process.platform === 'win32';
/** Where `--build` puts it, and where it is looked for. */
export const builtBinary = path.join(root, '.tools', `otelcol-telltale${windows ? '.exe' : ''}`);

/**
 * Finds a collector: the variable `OTELCOL` is an order, else `.tools`, else `otelcol-contrib` on the PATH.
 *
 * @throws UsageError where `OTELCOL` names something that does not run.
 */
export function findBinary(env: NodeJS.ProcessEnv): Found | undefined {
  return findProgram(['OTELCOL', env['OTELCOL']], [builtBinary, 'otelcol-contrib']);
}

/**
 * Builds the collector of `otel-collector/builder.yaml` with Go, into `.tools`. It takes minutes the first time.
 *
 * @throws RunFailure with the end of what Go said.
 */
export function buildBinary(say: (line: string) => void): Found {
  say('Building the collector of otel-collector/builder.yaml with Go; this takes some minutes, once …');
  mkdirSync(path.dirname(builtBinary), { recursive: true });
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'telltale-otelcol-'));
  try {
    // As Go is set up here, so that what other builds have compiled is used again.
    const env = { ...process.env, GOBIN: scratch };
    go('go', ['install', builder], env);
    const ocb = path.join(scratch, `builder${windows ? '.exe' : ''}`);
    // The manifest's `./out` is seen from where the builder runs.
    go(ocb, [`--config=${manifest}`, '--ldflags=-s -w'], env, scratch);
    const built = path.join(scratch, 'out', `otelcol-telltale${windows ? '.exe' : ''}`);
    const probed = probe(built);
    if (!probed) throw new RunFailure('What the builder made does not run here.');
    // Beside it first: the temporary folder may be on another disk, and nobody may find half a program.
    const beside = `${builtBinary}.${process.pid}`;
    copyFileSync(built, beside);
    renameSync(beside, builtBinary);
    return { ...probed, file: builtBinary };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function go(program: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd = root): void {
  const { status, error, stderr, stdout } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return;
  if (error && 'code' in error && error.code === 'ENOENT')
    throw new RunFailure('A collector is built with Go, which is not installed here: see https://go.dev/dl.');
  const said = error?.message ?? `${stdout}${stderr}`.trimEnd().split('\n').slice(-5).join('\n');
  throw new RunFailure(`\`${path.basename(program)} ${args[0]}\` failed:\n${said}`);
}
