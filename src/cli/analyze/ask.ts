import { RunFailure } from '../../../loadtest/run-failure.ts';
import type { AnalysisEstimate } from '../../patterns/index.ts';
import { usdText } from '../shared/figures-text.ts';
import type { Interrupt } from '../shared/interrupt.ts';
import type { Session } from '../shared/session.ts';
import { confirm } from '../shared/terminal.ts';
import type { AnalyzeSettings } from './settings.ts';

/** What several analyses together may cost. */
export interface TotalEstimate {
  readonly parts: { readonly total: number; readonly done: number };
  readonly inputTokens: { readonly likely: number; readonly most: number };
  readonly outputTokens: { readonly likely: number; readonly most: number };
  /** In USD; undefined where the price of a model is not known. */
  readonly usd: { readonly likely: number; readonly most: number } | undefined;
  /** Models whose price is not known. */
  readonly unpriced: readonly string[];
}

export function totalOf(estimates: readonly AnalysisEstimate[]): TotalEstimate {
  const sum = (of: (one: AnalysisEstimate) => number): number =>
    estimates.reduce((total, one) => total + of(one), 0);
  const unpriced = [...new Set(estimates.filter(({ usd }) => usd === undefined).map(({ model }) => model))];
  return {
    parts: { total: sum(({ parts }) => parts.total), done: sum(({ parts }) => parts.done) },
    inputTokens: {
      likely: sum(({ inputTokens }) => inputTokens.likely),
      most: sum(({ inputTokens }) => inputTokens.most),
    },
    outputTokens: {
      likely: sum(({ outputTokens }) => outputTokens.likely),
      most: sum(({ outputTokens }) => outputTokens.most),
    },
    usd:
      unpriced.length > 0
        ? undefined
        : { likely: sum(({ usd }) => usd?.likely ?? 0), most: sum(({ usd }) => usd?.most ?? 0) },
    unpriced,
  };
}

export function estimateLine(total: TotalEstimate): string {
  const { parts, inputTokens, outputTokens, usd, unpriced } = total;
  if (isDone(total))
    return 'All of it is done already: there is nothing to pay. With --fresh it is made anew.';
  // An estimate has no more than three digits that say something.
  const tokens = (count: number): string => Number(count.toPrecision(3)).toLocaleString('en-US');
  const done = parts.done > 0 ? ` (${parts.done} done already)` : '';
  const cost = usd
    ? `likely ${usdText(usd.likely)}, at most ${usdText(usd.most)}`
    : `cost unknown: there is no price for ${unpriced.join(' and ')}`;
  return `${parts.total} ${parts.total === 1 ? 'part' : 'parts'}${done}, about ${tokens(inputTokens.likely)} tokens in and ${tokens(outputTokens.likely)} out: ${cost}.`;
}

function isDone({ outputTokens }: TotalEstimate): boolean {
  return outputTokens.most === 0;
}

/**
 * Asks where it may cost too much.
 *
 * @returns whether to begin
 * @throws RunFailure where nobody can be asked
 */
export async function mayBegin(
  total: TotalEstimate,
  { askAboveUsd, isAgreed }: AnalyzeSettings,
  { terminal, isMock }: Pick<Session, 'terminal' | 'isMock'>,
  interrupt: Interrupt,
): Promise<boolean> {
  const { usd } = total;
  // The mock costs nothing, so that no price is known is no danger.
  const isFine = usd ? usd.most <= askAboveUsd : isMock;
  if (isAgreed || isDone(total) || isFine) return true;
  const why = usd
    ? `This may cost up to ${usdText(usd.most)}, which is more than ${usdText(askAboveUsd)}`
    : `Nobody knows what this costs, as there is no price for ${total.unpriced.join(' and ')}`;
  if (!terminal.mayAsk)
    throw new RunFailure(
      `${why}. Nothing was begun: add --yes, or ${usd ? 'a higher --ask-above' : 'choose another model'}.`,
    );
  return await confirm(terminal, `${why}. Begin?`, interrupt.signal, interrupt.now);
}
