import OpenAI from 'openai';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { type ObserveOptions, observe } from '../../../src/index.ts';
import { type Mock, type MockOptions, startMock } from '../../../src/mock/index.ts';
import type { BatchRequest, BatchResult, BatchRun } from '../../../src/patterns/index.ts';

/** Waits of minutes take milliseconds. */
export const fastClock: Clock = {
  ...systemClock,
  schedule: (task, delayMs, kind) => systemClock.schedule(task, delayMs / 500, kind),
};

export const fastBatches = { validatingMs: 4, runningMs: 20, finalizingMs: 4 } as const;

export interface Stage {
  readonly mock: Mock;
  readonly client: OpenAI;
}

export async function openStage(options: MockOptions = {}, observing: ObserveOptions = {}): Promise<Stage> {
  const mock = await startMock({ seed: 1, ...options, batches: { ...fastBatches, ...options.batches } });
  onTestFinished(async () => await mock.close());
  return { mock, client: clientOf(mock, observing) };
}

export function clientOf(mock: Mock, observing: ObserveOptions = {}): OpenAI {
  return observe(new OpenAI({ baseURL: mock.url, apiKey: 'test' }), observing);
}

export function requestsOf(
  count: number,
  body: (index: number) => Readonly<Record<string, unknown>> = asking,
): BatchRequest[] {
  return Array.from({ length: count }, (_, index) => ({ customId: `r${index}`, body: body(index) }));
}

function asking(index: number): Readonly<Record<string, unknown>> {
  return { model: 'gpt-5-mini', input: `Question ${index}` };
}

export async function readAll(run: BatchRun): Promise<readonly BatchResult[]> {
  const results: BatchResult[] = [];
  for await (const result of run.results()) results.push(result);
  return results;
}

/** Requests that the mock answered, as `POST batches`. */
export function arrivals(mock: Mock, method: string, path: string): number {
  return mock
    .ledger()
    .filter((entry) => entry.method === method && entry.path === path && entry.status === 200).length;
}

/** Names of the input files that are at the provider. */
export async function inputFiles(client: OpenAI): Promise<readonly string[]> {
  const page = await client.files.list({ purpose: 'batch' });
  return page.data.map(({ filename }) => filename);
}
