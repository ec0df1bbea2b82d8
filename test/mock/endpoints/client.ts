import OpenAI from 'openai';
import type { MockOptions } from '../../../src/mock/index.ts';
import { mockForTest } from '../support.ts';

/** A mock, and a client of it that makes each request once. */
export async function clientForTest(options: MockOptions = {}, Client = OpenAI) {
  const mock = await mockForTest(options);
  const keys = { apiKey: 'any', adminAPIKey: 'any' };
  return { mock, openai: new Client({ baseURL: mock.url, maxRetries: 0, ...keys }) };
}
