import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findOrGetK6 } from '../../loadtest/k6-binary/index.ts';
import { readOptions } from '../../loadtest/options.ts';
import { rawBookFiles } from '../../loadtest/otlp/raw-book.ts';
import { readSpans, type SpanRecord } from '../../loadtest/otlp/spans.ts';
import { runLoadTest } from '../../loadtest/run.ts';
import { RunFailure } from '../../loadtest/run-failure.ts';
import { toolsDirectory } from '../../loadtest/tools-directory.ts';
import type { LedgerEntry } from '../../src/mock/ledger.ts';

/** What a load run says that it sent, and what the provider says that it was asked. */
export interface LoadBooks {
  readonly spans: readonly SpanRecord[];
  readonly logRecords: number;
  /** Calls that k6 made. */
  readonly calls: number;
  /** Requests that reached the provider, of calls. */
  readonly requests: readonly LedgerEntry[];
}

/** 429 on every request for a sixth of the run, in front of a client with limits: errors, retries and waits. */
const args = ['--scenario', 'storm', '--seed', '7', '--factor', '0.3'];

/**
 * Runs the load test, which sends its telemetry to the collector too, into a folder of its own.
 *
 * @throws RunFailure where its own invariants do not hold: its books would prove nothing then. That this machine is too
 * slow for its thresholds changes nothing here.
 */
export async function runLoad(collectorUrl: string, folder: string, duration: string): Promise<LoadBooks> {
  const { env, platform, arch } = process;
  const options = readOptions([...args, '--duration', duration], () => 0);
  if (!options) throw new RunFailure('The load test did not take its options.');
  const k6 = await findOrGetK6({
    toolsDirectory: toolsDirectory(env, platform),
    env,
    platform,
    arch,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const { report } = await runLoadTest({
    // Without the bare client's turn, which has no telemetry.
    options: { ...options, isBrief: true },
    env,
    k6,
    collector: { endpoint: collectorUrl, headers: {} },
    outDirectory: folder,
    out: process.stderr,
    signal: new AbortController().signal,
  });
  const broken = report.invariants.filter(({ difference }) => difference !== 0).map(({ id }) => id);
  if (broken.length > 0)
    throw new RunFailure(`The load test's own books do not agree: ${broken.join(', ')}.`);
  return readBooks(folder);
}

function readBooks(folder: string): LoadBooks {
  const k6 = readJson<{ calls: readonly unknown[] }>(folder, 'books/k6.json');
  const mock = readJson<{ requests: readonly LedgerEntry[] }>(folder, 'books/mock.json');
  return {
    spans: readLines(folder, rawBookFiles.traces).flatMap(readSpans),
    logRecords: readLines(folder, rawBookFiles.logs).reduce<number>((sum, body) => sum + recordsIn(body), 0),
    calls: k6.calls.length,
    requests: mock.requests,
  };
}

function readJson<T>(folder: string, file: string): T {
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as T;
}

function readLines(folder: string, file: string): unknown[] {
  return readFileSync(path.join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

interface OtlpLogs {
  readonly resourceLogs?: readonly {
    readonly scopeLogs?: readonly { readonly logRecords?: readonly unknown[] }[];
  }[];
}

function recordsIn(body: unknown): number {
  const { resourceLogs = [] } = body as OtlpLogs;
  return resourceLogs
    .flatMap(({ scopeLogs = [] }) => scopeLogs)
    .reduce((sum, { logRecords = [] }) => sum + logRecords.length, 0);
}
