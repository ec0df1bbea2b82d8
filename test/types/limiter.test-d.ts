import type OpenAI from 'openai';
import { expectTypeOf } from 'vitest';
import {
  createLimiter,
  type Limiter,
  type LimiterStats,
  mapCalls,
  type Permit,
  type Priority,
  TokenEstimator,
} from '../../src/limiter.ts';

// Checked by `tsc`: this file is never run.

declare const openai: OpenAI;

const limiter = createLimiter({ limits: [{ requests: 500, per: 'minute', burst: 10 }], mode: 'strict' });
expectTypeOf(limiter).toEqualTypeOf<Limiter>();
expectTypeOf(createLimiter({ limits: 'tier-1' })).toEqualTypeOf<Limiter>();
expectTypeOf(limiter.acquire({ tokens: 5, priority: 'low' })).toEqualTypeOf<Promise<Permit>>();
expectTypeOf(limiter.stats()).toEqualTypeOf<LimiterStats>();
expectTypeOf<LimiterStats['learning']['refusals']['rate_limit']>().toEqualTypeOf<number>();

// What the client gives is what `learn` takes.
const { response } = await openai.models.list().withResponse();
limiter.learn({ permit: await limiter.acquire(), headers: response.headers, status: response.status });
declare const thrown: InstanceType<typeof OpenAI.APIError>;
limiter.learn({ model: 'gpt-5', error: thrown, headers: thrown.headers, status: thrown.status });

// @ts-expect-error there is no such preset
createLimiter({ limits: 'tier-9' });
// @ts-expect-error there is no such priority
limiter.acquire({ priority: 'urgent' });

expectTypeOf(new TokenEstimator().estimate({}).tokens).toEqualTypeOf<number>();
expectTypeOf(
  new TokenEstimator({ countTokens: (text, model) => text.length + model.length }),
).toEqualTypeOf<TokenEstimator>();

// The value is what the call gives when it is awaited, whatever the list is.
expectTypeOf(mapCalls([1, 2], (item) => String(item))).toEqualTypeOf<
  Promise<PromiseSettledResult<string>[]>
>();
expectTypeOf(mapCalls(new Set(['a']), async (text) => text.length)).toEqualTypeOf<
  Promise<PromiseSettledResult<number>[]>
>();
declare const stream: AsyncIterable<{ readonly id: string }>;
mapCalls(
  stream,
  async ({ id }, { index, priority, signal }) => {
    expectTypeOf(id).toEqualTypeOf<string>();
    expectTypeOf(index).toEqualTypeOf<number>();
    expectTypeOf(priority).toEqualTypeOf<Priority>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
  },
  {
    concurrency: 4,
    priority: 'low',
    stopOnError: true,
    onProgress: ({ done, total }) => expectTypeOf([done, total]).toEqualTypeOf<(number | undefined)[]>(),
  },
);

// @ts-expect-error a number is no list
mapCalls(5, () => 1);
// @ts-expect-error a misspelt option is found at compile time
mapCalls([1], () => 1, { concurency: 4 });
