import type { ModelPrice } from '../prices.ts';
import { text } from './rows.ts';

/** gpt-4o, gpt-4.1 and the o family, by input, cached input and output. LiteLLM 1.110.2, read on 2026-11-25. */
export const gpt4: Readonly<Record<string, ModelPrice>> = {
  // gpt-4.1: also openai_responses 0.4.1 on hex.pm (its copy of 2025-06-03) and simonw/llm-prices (2026).
  'gpt-4.1': { ...text(2, 0.5, 8), tiers: { priority: text(3.5, 0.875, 14) } },
  'gpt-4.1-mini': { ...text(0.4, 0.1, 1.6), tiers: { priority: text(0.7, 0.175, 2.8) } },
  'gpt-4.1-nano': { ...text(0.1, 0.025, 0.4), tiers: { priority: text(0.2, 0.05, 0.8) } },

  // gpt-4o: also openai_responses 0.4.1 on hex.pm (2025-06-03). chatgpt-4o-latest, retired: simonw/llm-prices only.
  'gpt-4o': { ...text(2.5, 1.25, 10), tiers: { priority: text(4.25, 2.125, 17) } },
  'gpt-4o-2024-05-13': { ...text(5, undefined, 15), tiers: { priority: text(8.75, undefined, 26.25) } },
  'gpt-4o-mini': { ...text(0.15, 0.075, 0.6), tiers: { priority: text(0.25, 0.125, 1) } },
  'chatgpt-4o-latest': text(5, undefined, 15),

  // The o family: also simonw/llm-prices (2026), except for o3, whose price of before June 2025 it still gives.
  // o1-mini, retired: LiteLLM's entry for Azure, and simonw/llm-prices. o1-preview, retired: the latter only.
  o1: text(15, 7.5, 60),
  'o1-preview': text(15, 7.5, 60),
  'o1-mini': text(1.1, 0.55, 4.4),
  'o1-pro': text(150, undefined, 600),
  o3: { ...text(2, 0.5, 8), tiers: { flex: text(1, 0.25, 4), priority: text(3.5, 0.875, 14) } },
  'o3-mini': text(1.1, 0.55, 4.4),
  'o3-pro': text(20, undefined, 80),
  'o3-deep-research': text(10, 2.5, 40),
  'o4-mini': {
    ...text(1.1, 0.275, 4.4),
    tiers: { flex: text(0.55, 0.138, 2.2), priority: text(2, 0.5, 8) },
  },
  'o4-mini-deep-research': text(2, 0.5, 8),
};
