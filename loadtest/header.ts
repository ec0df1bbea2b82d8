import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { version as telltaleVersion } from '../src/version.ts';
import type { LoadTestOptions } from './options.ts';
import type { RunReport } from './report/model.ts';

const root = path.dirname(import.meta.dirname);

/** What was run, on what. */
export function headerOf(
  options: LoadTestOptions,
  run: { startedAt: Date; k6Version: string; partial: boolean },
): RunReport['header'] {
  return {
    scenario: options.scenario,
    seed: options.seed,
    startedAt: run.startedAt.toISOString(),
    durationMs: options.durationMs,
    offeredPerSecond: { json: options.jsonPerSecond, streams: options.streamsPerSecond },
    versions: {
      node: process.versions.node,
      openai: versionOf('openai'),
      telltale: telltaleVersion,
      k6: run.k6Version,
      '@opentelemetry/api': versionOf('@opentelemetry/api'),
    },
    machine: machine(),
    ...(options.sabotage === undefined ? {} : { sabotage: options.sabotage }),
    partial: run.partial,
  };
}

function versionOf(name: string): string {
  const manifest = path.join(root, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function machine(): string {
  const cpus = os.cpus();
  const model = cpus[0]?.model.trim() || 'unknown processor';
  const gibibytes = Math.round(os.totalmem() / 2 ** 30);
  return `${cpus.length} × ${model}, ${gibibytes} GiB, ${process.platform} ${process.arch}`;
}
