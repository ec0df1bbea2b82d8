import path from 'node:path';
import type OpenAI from 'openai';
import { fileAuditStore, type ObserveOptions, telltale } from '../../index.ts';
import type { MockOptions } from '../../mock/index.ts';
import { makeDataDirectory } from '../../patterns/store/file/data-directory.ts';
import { openClient } from './client.ts';
import type { CommonOptions } from './common-options.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { plain, processTerminal, type Terminal } from './terminal.ts';

/** What a command that calls the provider works with. */
export interface Session {
  /** Observed, with retries, and an audit in `dataDirectory`. */
  readonly openai: OpenAI;
  readonly model: string;
  readonly isMock: boolean;
  /** With `--mock` another one, so that what was tried is never taken for what was done. */
  readonly dataDirectory: string;
  readonly env: Environment;
  readonly terminal: Terminal;
  /** Writes what is not written yet, sends or keeps telemetry, and ends the mock. */
  close(): Promise<void>;
}

export const defaultModel = 'gpt-5-mini';
/** As the commands wait when the provider has no time: 5 attempts, from 2 s to 60 s. */
export const commandRetry = { maxAttempts: 5, initialDelayMs: 2_000, maxDelayMs: 60_000 } as const;

/**
 * @param mocking how the mock is where a scenario does not say it
 * @throws RunFailure, UsageError; TelltaleError `invalid_option`
 */
export async function openSession(
  common: CommonOptions,
  observing: ObserveOptions = {},
  mocking: MockOptions = {},
): Promise<Session> {
  const env = readEnvironment(common.envFile);
  const dataDirectory = dataDirectoryOf(common, env);
  makeDataDirectory(dataDirectory);
  const terminal = processTerminal(env);
  const telemetry = await startTelemetry(env, dataDirectory, terminal);
  const { openai, mock } = await openClient(
    env,
    {
      retry: commandRetry,
      audit: { store: fileAuditStore(path.join(dataDirectory, 'audit')) },
      ...observing,
    },
    common.mock ? { scenario: common.mockScenario, options: mocking } : undefined,
  );
  return {
    openai,
    model: common.model ?? env['OPENAI_MODEL'] ?? defaultModel,
    isMock: common.mock,
    dataDirectory,
    env,
    terminal,
    close: async () => {
      await telltale(openai).close();
      await telemetry?.shutdown();
      await mock?.close();
    },
  };
}

/** Where a command keeps things. */
export function dataDirectoryOf(common: CommonOptions, env: Environment): string {
  const directory = path.resolve(common.data ?? env['TELLTALE_DATA'] ?? '.telltale');
  return common.mock ? path.join(directory, 'mock') : directory;
}

/** Where a command's traces are kept while nobody else is to get them. */
export function traceDirectoryOf(dataDirectory: string): string {
  return path.join(dataDirectory, 'traces');
}

/** Where telemetry is to go is said by the standard variable; without it traces are files of the data directory, and nothing is sent. */
async function startTelemetry(
  env: Environment,
  dataDirectory: string,
  terminal: Terminal,
): Promise<{ shutdown(): Promise<void> | void } | undefined> {
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const serviceName = env['OTEL_SERVICE_NAME'] ?? 'telltale-cli';
  if (endpoint !== undefined && endpoint !== '') {
    const { start } = await import('../../node/index.ts');
    return start({ endpoint, serviceName, handleSignals: false });
  }
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return undefined;
  const { startRecorder } = await import('../../node/recorder/index.ts');
  return startRecorder({
    directory: traceDirectoryOf(dataDirectory),
    serviceName,
    warn: (message) => terminal.err.write(`${plain(message)}\n`),
  });
}
