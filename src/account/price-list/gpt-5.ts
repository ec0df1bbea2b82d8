import type { ModelPrice, TokenModelPrice } from '../prices.ts';
import { text, times, withLongPrompt } from './rows.ts';

/** Flex at half, priority at twice the standard price. */
function halfAndTwice(inputUsd: number, cachedInputUsd: number, outputUsd: number): TokenModelPrice {
  const standard = text(inputUsd, cachedInputUsd, outputUsd);
  return { ...standard, tiers: { flex: times(0.5, standard), priority: times(2, standard) } };
}

function halfOnly(inputUsd: number, cachedInputUsd: number, outputUsd: number): TokenModelPrice {
  const standard = text(inputUsd, cachedInputUsd, outputUsd);
  return { ...standard, tiers: { flex: times(0.5, standard) } };
}

const pro = withLongPrompt(text(30, undefined, 180));

/**
 * gpt-5 to gpt-5.5, by input, cached input and output. LiteLLM 1.110.2, read on 2026-11-25. Priority takes no long
 * prompts here, so a long one has no price in that tier.
 */
export const gpt5: Readonly<Record<string, ModelPrice>> = {
  // gpt-5 and 5.1: also simonw/llm-prices (2026) and, for the chat model, outl1ne/openai-pricing (2025).
  'gpt-5': halfAndTwice(1.25, 0.125, 10),
  'gpt-5-mini': {
    ...text(0.25, 0.025, 2),
    tiers: { flex: text(0.125, 0.0125, 1), priority: text(0.45, 0.045, 3.6) },
  },
  'gpt-5-nano': halfOnly(0.05, 0.005, 0.4),
  'gpt-5-pro': text(15, undefined, 120),
  'gpt-5-chat-latest': text(1.25, 0.125, 10),
  'gpt-5-codex': text(1.25, 0.125, 10),
  'gpt-5.1': halfAndTwice(1.25, 0.125, 10),
  'gpt-5.1-chat-latest': text(1.25, 0.125, 10),
  'gpt-5.1-codex': text(1.25, 0.125, 10),
  'gpt-5.1-codex-max': text(1.25, 0.125, 10),
  'gpt-5.1-codex-mini': text(0.25, 0.025, 2),

  // gpt-5.2 and 5.3: also simonw/llm-prices (2026) and GitHub's table of Copilot model prices (2026) for codex.
  'gpt-5.2': halfAndTwice(1.75, 0.175, 14),
  'gpt-5.2-pro': text(21, undefined, 168),
  'gpt-5.2-chat-latest': text(1.75, 0.175, 14),
  'gpt-5.2-codex': text(1.75, 0.175, 14),
  'gpt-5.3-chat-latest': text(1.75, 0.175, 14),
  'gpt-5.3-codex': { ...text(1.75, 0.175, 14), tiers: { priority: text(3.5, 0.35, 28) } },

  // gpt-5.4 and 5.5: also api-evangelist/openai's plan file (2026-05-04), simonw/llm-prices (2026), and for priority
  // OpenAI's fast-mode page (2026). Half of 0.25 is given as 0.13, and priority of gpt-5.5 is 2.5 times the standard.
  'gpt-5.4': {
    ...withLongPrompt(text(2.5, 0.25, 15)),
    tiers: {
      flex: { ...text(1.25, 0.13, 7.5), longPrompt: { ...text(2.5, 0.25, 11.25), overTokens: 272_000 } },
      priority: text(5, 0.5, 30),
    },
  },
  'gpt-5.4-mini': halfAndTwice(0.75, 0.075, 4.5),
  'gpt-5.4-nano': halfOnly(0.2, 0.02, 1.25),
  'gpt-5.4-pro': { ...pro, tiers: { flex: times(0.5, pro) } },
  'gpt-5.5': {
    ...withLongPrompt(text(5, 0.5, 30)),
    tiers: { flex: withLongPrompt(text(2.5, 0.25, 15)), priority: text(12.5, 1.25, 75) },
  },
  'gpt-5.5-pro': { ...pro, tiers: { flex: text(15, undefined, 90) } },
  'chat-latest': text(5, 0.5, 30),
};
