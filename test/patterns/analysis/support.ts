import OpenAI from 'openai';
import { type ObserveOptions, observe } from '../../../src/index.ts';
import { type AnswerRequest, type Mock, type MockOptions, startMock } from '../../../src/mock/index.ts';
import {
  type AnalysisOptions,
  type BackgroundJobs,
  backgroundJobs,
  memoryRecords,
  type RecordStore,
} from '../../../src/patterns/index.ts';

export interface Stage {
  readonly mock: Mock;
  readonly client: OpenAI;
  readonly store: RecordStore;
  readonly jobs: BackgroundJobs;
  /** What every analysis of a test needs. */
  readonly options: AnalysisOptions;
  close(): Promise<void>;
}

const quick = {
  latency: { firstTokenMs: 1, betweenTokensMs: 0 },
  background: { queuedMs: 1, runsMs: 5 },
} as const;

export async function openStage(
  mocking: MockOptions = {},
  observing: ObserveOptions = {},
  store: RecordStore = memoryRecords(),
): Promise<Stage> {
  const mock = await startMock({ seed: 1, answers: goodAnswer, ...quick, ...mocking });
  const client = observe(new OpenAI({ baseURL: mock.url, apiKey: 'mock', maxRetries: 2 }), observing);
  const jobs = backgroundJobs({ client, store, delaysMs: [10] });
  return {
    mock,
    client,
    store,
    jobs,
    options: { client, store, jobs, model: 'gpt-5-mini', partTokens: 500 },
    close: async () => {
      await jobs.close();
      await mock.close();
    },
  };
}

/** What a good model would answer: a point for each of the first blocks that it is shown, quoted word for word. */
export function goodFindings(text: string): object {
  const shown = [...text.matchAll(/\[b(\d+)\]\s+"?(?:#+ )?([^"\n]{0,40})/g)].map(([, block, quote = '']) => ({
    block: Number(block),
    quote: quote.trim(),
  }));
  const point = (reference: object) => ({
    text: `A point on ${JSON.stringify(reference)}`,
    references: [reference],
  });
  return {
    summary: `It has ${shown.length} places.`,
    key_points: shown.slice(0, 2).map(point),
    recommendations: shown.slice(0, 1).map(point),
  };
}

export function goodAnswer({ text }: AnswerRequest): { json: object } {
  return { json: goodFindings(text) };
}

/** Requests that were billed, polls and cancels apart. */
export function billed(mock: Mock) {
  return mock.ledger().filter(({ usage }) => usage !== null && usage !== undefined);
}
