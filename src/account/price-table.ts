import type { ModelPrice } from './prices.ts';

/** The prices that Telltale ships: a copy of public documentation on one day, not what a contract says. */
export interface PriceTable {
  /** The day on which the sources were read, `YYYY-MM-DD`. */
  readonly asOf: string;
  readonly source: string;
  /** By model name. A dated snapshot is listed only where its price differs from its family's. */
  readonly models: Readonly<Record<string, ModelPrice>>;
}

/**
 * Standard tier, no regional surcharge, in USD per million tokens.
 *
 * Every price was read on 2026-11-24 in `model_prices_and_context_window.json` of LiteLLM 1.109.1, which cites
 * https://developers.openai.com/api/docs/pricing, unless its block names another source; the comment over a block says
 * which other public copies of OpenAI's prices were found to agree.
 *
 * Left out on purpose, so that their cost is unknown rather than wrong: audio and realtime models (their audio tokens
 * have prices of their own), search models (a fee per call comes on top), and gpt-5.6 and later (they bill writes to
 * the prompt cache, which `Usage` does not count).
 */
export const priceTable: PriceTable = {
  asOf: '2026-11-24',
  source: 'https://developers.openai.com/api/docs/pricing',
  models: {
    // gpt-5 and 5.1: also simonw/llm-prices (2026) and, for the chat model, outl1ne/openai-pricing (2025).
    'gpt-5': { inputUsd: 1.25, cachedInputUsd: 0.125, outputUsd: 10 },
    'gpt-5-mini': { inputUsd: 0.25, cachedInputUsd: 0.025, outputUsd: 2 },
    'gpt-5-nano': { inputUsd: 0.05, cachedInputUsd: 0.005, outputUsd: 0.4 },
    'gpt-5-pro': { inputUsd: 15, outputUsd: 120 },
    'gpt-5-chat-latest': { inputUsd: 1.25, cachedInputUsd: 0.125, outputUsd: 10 },
    'gpt-5-codex': { inputUsd: 1.25, cachedInputUsd: 0.125, outputUsd: 10 },
    'gpt-5.1': { inputUsd: 1.25, cachedInputUsd: 0.125, outputUsd: 10 },
    'gpt-5.1-chat-latest': { inputUsd: 1.25, cachedInputUsd: 0.125, outputUsd: 10 },
    'gpt-5.1-codex': { inputUsd: 1.25, cachedInputUsd: 0.125, outputUsd: 10 },
    'gpt-5.1-codex-max': { inputUsd: 1.25, cachedInputUsd: 0.125, outputUsd: 10 },
    'gpt-5.1-codex-mini': { inputUsd: 0.25, cachedInputUsd: 0.025, outputUsd: 2 },

    // gpt-5.2 and 5.3: also simonw/llm-prices (2026) and GitHub's table of Copilot model prices (2026) for codex.
    'gpt-5.2': { inputUsd: 1.75, cachedInputUsd: 0.175, outputUsd: 14 },
    'gpt-5.2-pro': { inputUsd: 21, outputUsd: 168 },
    'gpt-5.2-chat-latest': { inputUsd: 1.75, cachedInputUsd: 0.175, outputUsd: 14 },
    'gpt-5.2-codex': { inputUsd: 1.75, cachedInputUsd: 0.175, outputUsd: 14 },
    'gpt-5.3-chat-latest': { inputUsd: 1.75, cachedInputUsd: 0.175, outputUsd: 14 },
    'gpt-5.3-codex': { inputUsd: 1.75, cachedInputUsd: 0.175, outputUsd: 14 },

    // gpt-5.4 and 5.5: also api-evangelist/openai's plan file (2026-05-04) and simonw/llm-prices (2026).
    'gpt-5.4': {
      inputUsd: 2.5,
      cachedInputUsd: 0.25,
      outputUsd: 15,
      longPrompt: { overTokens: 272_000, inputUsd: 5, cachedInputUsd: 0.5, outputUsd: 22.5 },
    },
    'gpt-5.4-mini': { inputUsd: 0.75, cachedInputUsd: 0.075, outputUsd: 4.5 },
    'gpt-5.4-nano': { inputUsd: 0.2, cachedInputUsd: 0.02, outputUsd: 1.25 },
    'gpt-5.4-pro': {
      inputUsd: 30,
      outputUsd: 180,
      longPrompt: { overTokens: 272_000, inputUsd: 60, outputUsd: 270 },
    },
    'gpt-5.5': {
      inputUsd: 5,
      cachedInputUsd: 0.5,
      outputUsd: 30,
      longPrompt: { overTokens: 272_000, inputUsd: 10, cachedInputUsd: 1, outputUsd: 45 },
    },
    'gpt-5.5-pro': {
      inputUsd: 30,
      outputUsd: 180,
      longPrompt: { overTokens: 272_000, inputUsd: 60, outputUsd: 270 },
    },

    // gpt-4.1: also openai_responses 0.4.1 on hex.pm (its copy of 2025-06-03) and simonw/llm-prices (2026).
    'gpt-4.1': { inputUsd: 2, cachedInputUsd: 0.5, outputUsd: 8 },
    'gpt-4.1-mini': { inputUsd: 0.4, cachedInputUsd: 0.1, outputUsd: 1.6 },
    'gpt-4.1-nano': { inputUsd: 0.1, cachedInputUsd: 0.025, outputUsd: 0.4 },

    // gpt-4o: also openai_responses 0.4.1 on hex.pm (2025-06-03). chatgpt-4o-latest, retired: simonw/llm-prices only.
    'gpt-4o': { inputUsd: 2.5, cachedInputUsd: 1.25, outputUsd: 10 },
    'gpt-4o-2024-05-13': { inputUsd: 5, outputUsd: 15 },
    'gpt-4o-mini': { inputUsd: 0.15, cachedInputUsd: 0.075, outputUsd: 0.6 },
    'chatgpt-4o-latest': { inputUsd: 5, outputUsd: 15 },

    // The o family: also simonw/llm-prices (2026), except for o3, whose price of before June 2025 it still gives.
    // o1-mini, retired: LiteLLM's entry for Azure, and simonw/llm-prices. o1-preview, retired: the latter only.
    o1: { inputUsd: 15, cachedInputUsd: 7.5, outputUsd: 60 },
    'o1-preview': { inputUsd: 15, cachedInputUsd: 7.5, outputUsd: 60 },
    'o1-mini': { inputUsd: 1.1, cachedInputUsd: 0.55, outputUsd: 4.4 },
    'o1-pro': { inputUsd: 150, outputUsd: 600 },
    o3: { inputUsd: 2, cachedInputUsd: 0.5, outputUsd: 8 },
    'o3-mini': { inputUsd: 1.1, cachedInputUsd: 0.55, outputUsd: 4.4 },
    'o3-pro': { inputUsd: 20, outputUsd: 80 },
    'o3-deep-research': { inputUsd: 10, cachedInputUsd: 2.5, outputUsd: 40 },
    'o4-mini': { inputUsd: 1.1, cachedInputUsd: 0.275, outputUsd: 4.4 },
    'o4-mini-deep-research': { inputUsd: 2, cachedInputUsd: 0.5, outputUsd: 8 },

    // Embeddings have no output. The API answers with the name `-v2` where ada-002 was asked for.
    'text-embedding-3-small': { inputUsd: 0.02, outputUsd: 0 },
    'text-embedding-3-large': { inputUsd: 0.13, outputUsd: 0 },
    'text-embedding-ada-002': { inputUsd: 0.1, outputUsd: 0 },
    'text-embedding-ada-002-v2': { inputUsd: 0.1, outputUsd: 0 },
  },
};
