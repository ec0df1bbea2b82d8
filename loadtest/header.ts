import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { version as telltaleVersion } from '../src/version.ts';
import type { LoadTestOptions } from './options.ts';
import type { RunReport } from './report/model.ts';

const require = createRequire(import.meta.url);

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

/** Not every package lets its manifest be asked for, so it is looked for above what it gives. */
function versionOf(name: string): string {
  let folder: string;
  try {
    folder = path.dirname(require.resolve(name));
  } catch {
    return 'not installed';
  }
  for (; path.dirname(folder) !== folder; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { name: found, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, string>;
    if (found === name && version !== undefined) return version;
  }
  return 'unknown';
}

function machine(): string {
  const cpus = os.cpus();
  const model = cpus[0]?.model.trim() || 'unknown processor';
  const gibibytes = Math.round(os.totalmem() / 2 ** 30);
  return `${cpus.length} × ${model}, ${gibibytes} GiB, ${process.platform} ${process.arch}`;
}
