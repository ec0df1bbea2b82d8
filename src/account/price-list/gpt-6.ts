import type { ModelPrice } from '../prices.ts';
import { cacheWriting, standardOnly, times } from './rows.ts';

/** Input, cached input, cache write, output. */
const astra = cacheWriting(10, 1, 12.5, 50);
const sol61 = cacheWriting(2, 0.1, 2.5, 10);
const sol62 = standardOnly(2, 0.1, 2.5, 10);

/**
 * gpt-5.6 and later: they charge for writes to the prompt cache. LiteLLM 1.110.2, read on 2026-11-25.
 *
 * Left out: gpt-6-cyber, gpt-6-astra-law and gpt-rosalind (restricted, and no source has their prices whole).
 */
export const gpt6: Readonly<Record<string, ModelPrice>> = {
  // Also OpenAI's model pages (2026) for astra and sol; for luna, 6.1-sol and 6.1-terra release notes of tools that name
  // OpenAI's pages (TheKrush/PromptFuel, amine123max/Codex-Manager).
  'gpt-6-astra': { ...astra, tiers: { ...astra.tiers, ultrafast: times(6, astra) } },
  'gpt-6-sol': cacheWriting(2, 0.2, 2.5, 10),
  'gpt-6-luna': cacheWriting(0.1, 0.01, 0.125, 0.5),
  'gpt-6.1-sol': { ...sol61, tiers: { ...sol61.tiers, ultrafast: times(6, sol61) } },
  'gpt-6.1-terra': cacheWriting(1, 0.05, 1.25, 5),

  // Newer than LiteLLM's table: https://developers.openai.com/api/docs/models/gpt-6.2-sol, read on 2026-11-25. It says
  // nothing of flex, and its ultrafast price changes on 2027-03-01, so both are unknown here.
  'gpt-6.2-sol': { ...sol62, tiers: { priority: times(2, sol62) } },

  // Fast mode of terra and luna: also https://openai.com/api-fast-mode. The price of sol is a promotion that OpenAI
  // promised until 2026-11-21 at least; before it was 5 and 30, with 0.5 for cached input.
  'gpt-5.6': cacheWriting(4, 0.4, 5, 20),
  'gpt-5.6-sol': cacheWriting(4, 0.4, 5, 20),
  'gpt-5.6-terra': cacheWriting(2, 0.2, 2.5, 12),
  'gpt-5.6-luna': cacheWriting(0.2, 0.02, 0.25, 1.2),

  // LiteLLM gives these no tier but the standard one.
  'gpt-6-rosalind': standardOnly(15, 1.5, 18.75, 75),
  'gpt-5.6-cyber': standardOnly(12.5, 1.25, 15.625, 75),
  'gpt-daybreak-blue-latest': standardOnly(4, 0.4, 5, 20),
  'gpt-daybreak-red-latest': standardOnly(12.5, 1.25, 15.625, 75),
};
