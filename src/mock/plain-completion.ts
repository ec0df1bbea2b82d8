import type { Said } from './answers/said.ts';
import { complete, type Question } from './completion.ts';
import type { TokenUsage } from './ledger.ts';

/** What a model says to a request of an endpoint that knows no tools, no reasoning and no choices: words. */
export interface PlainCompletion {
  readonly usage: Readonly<TokenUsage>;
  readonly said: Said;
  readonly visibleTokens: number;
  readonly finishReason: 'stop' | 'length';
}

type PlainQuestion = Pick<
  Question,
  'seed' | 'callId' | 'model' | 'inputTokens' | 'maxTokens' | 'outputTokens'
>;

export function completePlainly(question: PlainQuestion): PlainCompletion {
  const { usage, choices, finishReason } = complete({ ...question, cachedTokens: 0, effort: 'none' });
  const [part] = choices[0].parts;
  const said = part?.said ?? nothing;
  return {
    usage,
    said,
    visibleTokens: said.tokens,
    finishReason: finishReason === 'length' ? 'length' : 'stop',
  };
}

const nothing: Said = { pieces: 0, tokens: 0, piece: () => '', quoted: () => '""', text: () => '' };
