// The package is ES modules only; TypeScript lets CommonJS require those where Node does.
import openai = require('openai');
import telltale = require('telltale');
import limiter = require('telltale/limiter');

export const observed: openai.OpenAI = telltale.observe(new openai.OpenAI({ apiKey: '' }));
export const calls: number = telltale.telltale(observed).stats().calls;
export const mapped: Promise<PromiseSettledResult<string>[]> = limiter.mapCalls([1, 2], String);
