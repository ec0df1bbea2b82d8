// What must compile against the installed package's types.
import OpenAI from 'openai';
import { type CallLogger, type CallLogLine, type ObserveOptions, observe, telltale } from 'telltale';
import { createLimiter, type LimiterStats, mapCalls } from 'telltale/limiter';
import { type Mock, startMock } from 'telltale/mock';
import { start } from 'telltale/node';
import ObservedOpenAI from 'telltale/openai';
import { type Conversation, conversation, memoryRecords } from 'telltale/patterns';

const write = (fields: CallLogLine, message: string): void => void [fields.costUsd, message];
const log: CallLogger = { info: write, warn: write, error: write };
const options: ObserveOptions = { streamUsage: 'ask', log };
const openai: OpenAI = observe(new OpenAI({ apiKey: '' }), options);
export const sameType: OpenAI = new ObservedOpenAI({ apiKey: '' });
export const calls: number = telltale(openai).stats().calls;
export const starting: Promise<Mock> = startMock({ seed: 1 });
export const started = start;
export const limits: LimiterStats = createLimiter({ limits: [{ tokens: 1_000, per: 'minute' }] }).stats();
export const mapped: Promise<PromiseSettledResult<string>[]> = mapCalls([1, 2], String, { priority: 'low' });
export const talking: Promise<Conversation> = conversation({
  client: openai,
  id: 'a',
  model: 'gpt-5-mini',
  store: memoryRecords(),
});

// @ts-expect-error a misspelt option is found at compile time
observe(new OpenAI({ apiKey: '' }), { streamUsages: 'ask' });
