import { audio } from './price-list/audio.ts';
import { gpt4 } from './price-list/gpt-4.ts';
import { gpt5 } from './price-list/gpt-5.ts';
import { gpt6 } from './price-list/gpt-6.ts';
import { images } from './price-list/images.ts';
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
 * No regional surcharge, in USD per million tokens or per minute of audio.
 *
 * Every price was read on 2026-11-25 in `model_prices_and_context_window.json` of LiteLLM 1.110.2, which cites
 * https://developers.openai.com/api/docs/pricing, unless its block names another source; the comment over a block says
 * which other public copies of OpenAI's prices were found to agree.
 *
 * Left out on purpose, so that their cost is unknown rather than wrong: search models (a fee per call comes on top),
 * and what each list names.
 */
export const priceTable: PriceTable = {
  asOf: '2026-11-25',
  source: 'https://developers.openai.com/api/docs/pricing',
  models: {
    ...gpt6,
    ...gpt5,
    ...gpt4,
    ...audio,
    ...images,

    // Embeddings have no output. The API answers with the name `-v2` where ada-002 was asked for.
    'text-embedding-3-small': { inputUsd: 0.02, outputUsd: 0 },
    'text-embedding-3-large': { inputUsd: 0.13, outputUsd: 0 },
    'text-embedding-ada-002': { inputUsd: 0.1, outputUsd: 0 },
    'text-embedding-ada-002-v2': { inputUsd: 0.1, outputUsd: 0 },
  },
};
