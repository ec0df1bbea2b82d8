import type { Limit } from './limit.ts';

/**
 * Limits of a whole usage tier by name.
 *
 * They are a place to start and not your limits: OpenAI publishes limits for each model on that model's page, changes them
 * without notice, and shows yours in the settings of your organization. Write those down as `limits` where you can. A
 * preset holds the models that it names and **no other**: a call of another model is held by nothing. What the provider
 * says lowers a preset as it lowers any limit, and never raises it.
 *
 * - `tier-1`: `gpt-4o`, `gpt-4o-mini`, `gpt-4-turbo`, `gpt-4`, `gpt-3.5-turbo`, `omni-moderation` and the embeddings of the
 *   third generation, with their dated versions, as of the end of 2024; `gpt-5` and `gpt-5-mini` as the next.
 * - `tier-2` to `tier-5`: tokens per minute of `gpt-5` and `gpt-5-mini`, with their dated versions, as of September 2025.
 *   They hold no requests: of those no numbers were found whose origin and date are known.
 *
 * There is none for `free`, for the same reason.
 */
export type LimitPreset = 'tier-1' | 'tier-2' | 'tier-3' | 'tier-4' | 'tier-5';

interface ModelLimits {
  readonly models: readonly string[];
  readonly requestsPerMinute: number;
  readonly requestsPerDay?: number;
  readonly tokensPerMinute: number;
}

/**
 * As the settings showed them to a member of the tier, quoted at https://community.openai.com/t/1028595 at the end of 2024;
 * read on 2026-11-28. Models that are no longer offered are left out.
 */
const tier1: readonly ModelLimits[] = [
  { models: ['gpt-4o', 'gpt-4o-20*'], requestsPerMinute: 500, tokensPerMinute: 30_000 },
  {
    models: ['gpt-4o-mini', 'gpt-4o-mini-20*'],
    requestsPerMinute: 500,
    requestsPerDay: 10_000,
    tokensPerMinute: 200_000,
  },
  { models: ['gpt-4-turbo', 'gpt-4-turbo-20*'], requestsPerMinute: 500, tokensPerMinute: 30_000 },
  { models: ['gpt-4', 'gpt-4-0*'], requestsPerMinute: 500, requestsPerDay: 10_000, tokensPerMinute: 10_000 },
  {
    models: ['gpt-3.5-turbo', 'gpt-3.5-turbo-0*', 'gpt-3.5-turbo-1*'],
    requestsPerMinute: 3_500,
    requestsPerDay: 10_000,
    tokensPerMinute: 200_000,
  },
  {
    models: ['omni-moderation-*'],
    requestsPerMinute: 500,
    requestsPerDay: 10_000,
    tokensPerMinute: 10_000,
  },
  { models: ['text-embedding-3-large'], requestsPerMinute: 3_000, tokensPerMinute: 1_000_000 },
  { models: ['text-embedding-3-small'], requestsPerMinute: 3_000, tokensPerMinute: 1_000_000 },
];

/**
 * Tokens per minute as OpenAI raised them on 12 September 2025, with those that it left as they were; quoted at
 * https://simonwillison.net/b/9012, read on 2026-11-28.
 */
const gpt5TokensPerMinute = {
  'tier-1': { full: 500_000, mini: 500_000 },
  'tier-2': { full: 1_000_000, mini: 2_000_000 },
  'tier-3': { full: 2_000_000, mini: 4_000_000 },
  'tier-4': { full: 4_000_000, mini: 10_000_000 },
  'tier-5': { full: 40_000_000, mini: 180_000_000 },
} as const satisfies Readonly<Record<LimitPreset, { readonly full: number; readonly mini: number }>>;

export const limitPresets: Readonly<Record<LimitPreset, readonly Limit[]>> = {
  'tier-1': [...tier1.flatMap(limitsOf), ...gpt5Of('tier-1')],
  'tier-2': gpt5Of('tier-2'),
  'tier-3': gpt5Of('tier-3'),
  'tier-4': gpt5Of('tier-4'),
  'tier-5': gpt5Of('tier-5'),
};

function gpt5Of(tier: LimitPreset): Limit[] {
  const { full, mini } = gpt5TokensPerMinute[tier];
  return [
    { tokens: full, per: 'minute', models: ['gpt-5', 'gpt-5-20*'] },
    { tokens: mini, per: 'minute', models: ['gpt-5-mini', 'gpt-5-mini-20*'] },
  ];
}

function limitsOf({ models, requestsPerMinute, requestsPerDay, tokensPerMinute }: ModelLimits): Limit[] {
  return [
    { requests: requestsPerMinute, per: 'minute', models },
    { tokens: tokensPerMinute, per: 'minute', models },
    ...(requestsPerDay === undefined ? [] : [{ requests: requestsPerDay, per: 'day' as const, models }]),
  ];
}
