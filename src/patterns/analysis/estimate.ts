import { type CostEstimate, type EstimateQuestion, estimateCost, type ModelPrice } from '../../index.ts';
import type { Records } from '../store/records.ts';
import type { AnalysisPlan } from './plan.ts';
import { requestBody } from './prompts.ts';
import { planReductions } from './reduce.ts';
import { type RequestBody, stepKey } from './step.ts';
import type { StepRecord } from './step-record.ts';

/** What is likely, and what it is at most. */
export interface EstimateRange {
  readonly likely: number;
  readonly most: number;
}

/** What is left to pay for an analysis. */
export interface AnalysisEstimate {
  readonly model: string;
  /** Parts of the document, and how many of them are analysed already. */
  readonly parts: { readonly total: number; readonly done: number };
  /** Calls that are left; at `most`, each answer has to be mended. */
  readonly calls: EstimateRange;
  readonly inputTokens: EstimateRange;
  /** At `most`, each answer is as long as `maxOutputTokens` allows. */
  readonly outputTokens: EstimateRange;
  /** In USD; undefined where the model has no known price. Retries that the provider bills are not in it. */
  readonly usd: EstimateRange | undefined;
  /** Why `usd` is undefined: see `estimateCost`. */
  readonly unpriced?: 'model' | 'tier' | 'time';
}

/** What an answer has in all likelihood: a page of JSON, and what a model thinks that thinks. */
const likelyAnswerTokens = 1_200;
const likelyReasoningTokens = 2_500;

/** Of models that nobody may know yet it is better to expect that they think. */
function likelyOutputTokens(model: string, maxOutputTokens: number): number {
  const doesNotThink = /^(?:ft:)?gpt-[34]|-chat/.test(model);
  return Math.min(maxOutputTokens, likelyAnswerTokens + (doesNotThink ? 0 : likelyReasoningTokens));
}

/**
 * What is left to pay, by what is kept of the steps.
 *
 * @param prefix before the keys of the steps
 */
export async function estimateLeft(
  plan: AnalysisPlan,
  steps: Records<StepRecord>,
  prefix: string,
  prices: Readonly<Record<string, ModelPrice>> | undefined,
): Promise<AnalysisEstimate> {
  const left: RequestBody[] = [];
  for (const step of plan.steps) {
    const { value } = (await steps.read(stepKey(prefix, step))) ?? {};
    if (!value?.result) left.push(requestBody(step.question, plan.settings));
  }
  return estimateOf(plan, left, plan.steps.length > 1, prices);
}

/** Of an analysis that is finished. */
export function nothingLeft(plan: AnalysisPlan): AnalysisEstimate {
  return estimateOf(plan, [], false, undefined);
}

/** @param left requests of the parts that are not analysed yet */
function estimateOf(
  plan: AnalysisPlan,
  left: readonly RequestBody[],
  hasReduction: boolean,
  prices: Readonly<Record<string, ModelPrice>> | undefined,
): AnalysisEstimate {
  const { model, maxOutputTokens } = plan.settings;
  const outputTokens = likelyOutputTokens(model, maxOutputTokens);
  const common = { model, outputTokens, maxOutputTokens, ...(prices && { prices }) };
  const reductions = (resultTokens: number): readonly number[] =>
    hasReduction ? planReductions(plan.parts.length, resultTokens, plan.room) : [];
  const asked = instructionTokens + plan.wishTokens;
  const likely = reductions(likelyAnswerTokens).map((tokens) => tokens + asked);
  const most = reductions(maxOutputTokens).map((tokens) => tokens + asked);
  const likelyCalls: EstimateQuestion[] = [
    ...left.map((body) => ({ ...common, input: body })),
    ...likely.map((inputTokens) => ({ ...common, inputTokens })),
  ];
  const mostCalls: EstimateQuestion[] = [
    ...left.map((body) => ({ ...common, input: body })),
    ...most.map((inputTokens) => ({ ...common, inputTokens })),
  ];
  const expected = likelyCalls.map((call) => estimateCost(call));
  const worst = mostCalls.map((call) => estimateCost(call));
  // To mend an answer, all is sent again together with the broken one.
  const mended = worst.map(({ inputTokens }) =>
    estimateCost({ ...common, inputTokens: inputTokens.most + maxOutputTokens + instructionTokens }),
  );
  const all = [...expected, ...worst, ...mended];
  const unpriced = all.find(({ usd }) => usd === undefined);
  return {
    model,
    parts: { total: plan.parts.length, done: plan.parts.length - left.length },
    calls: { likely: expected.length, most: worst.length + mended.length },
    inputTokens: {
      likely: sum(expected, (one) => one.inputTokens.likely),
      most: sum([...worst, ...mended], (one) => one.inputTokens.most),
    },
    outputTokens: {
      likely: sum(expected, (one) => one.outputTokens.likely ?? 0),
      most: sum([...worst, ...mended], (one) => one.outputTokens.most ?? 0),
    },
    usd: unpriced
      ? undefined
      : {
          likely: sum(expected, (one) => one.usd?.likely ?? 0),
          most: sum([...worst, ...mended], (one) => one.usd?.most ?? 0),
        },
    ...(unpriced?.unpriced !== undefined && { unpriced: unpriced.unpriced }),
  };
}

/** Instructions, task and schema of one call, but for what the reader wants, as a round figure. */
const instructionTokens = 800;

function sum(list: readonly CostEstimate[], of: (one: CostEstimate) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}
