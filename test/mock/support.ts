import OpenAI from 'openai';
import OpenAI6 from 'openai-v6';
import OpenAI60 from 'openai-v6-0';
import { onTestFinished } from 'vitest';
import { type MockOptions, startMock } from '../../src/mock/index.ts';

/** The versions that the mock must serve. Their types differ in private members only, as far as the tests go. */
export const clients = [
  { version: '6.0', Client: OpenAI60 as unknown as typeof OpenAI },
  { version: '6', Client: OpenAI6 as unknown as typeof OpenAI },
  { version: '7', Client: OpenAI },
];

export const instant = { firstTokenMs: 0, betweenTokensMs: 0 };

/** A mock that answers at once, unless told otherwise, and ends with the test. */
export async function mockForTest(options: MockOptions = {}) {
  const mock = await startMock({ latency: instant, ...options });
  onTestFinished(() => mock.close());
  return mock;
}

export const hello = [{ role: 'user' as const, content: 'Hello there' }];

/** Request options that name the call. */
export function named(callId: string) {
  return { headers: { 'x-call-id': callId } };
}

/** A schedule in which all the faults may happen for longer than any test takes. */
export function always<T>(...faults: T[]) {
  return [{ name: 'trouble', forMs: 3_600_000, faults }];
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
