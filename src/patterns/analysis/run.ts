import pLimit from 'p-limit';
import type { Document } from '../document/document.ts';
import type { Records } from '../store/records.ts';
import type { AnalysisOutcome } from './analysis-record.ts';
import { estimateLeft } from './estimate.ts';
import { type FailedPart, partsFailed, whyOf } from './faults.ts';
import type { Findings } from './findings.ts';
import { type CheckedOptions, wishOf } from './options.ts';
import type { AnalysisPlan } from './plan.ts';
import type { AnalysisProgress } from './progress.ts';
import { findingsText, reduceQuestion } from './prompts.ts';
import { groupResults, planReductions } from './reduce.ts';
import { blocksOf, type ReferenceCounts } from './references.ts';
import { addSpending, nothingSpent, type Spending } from './spending.ts';
import { runStep, type Sender, type Step, type StepSetting, stepKey } from './step.ts';
import type { StepRecord } from './step-record.ts';
import { tokensOf } from './tokens.ts';

export interface RunSetting {
  readonly plan: AnalysisPlan;
  readonly document: Document;
  readonly options: CheckedOptions;
  readonly steps: Records<StepRecord>;
  /** Before the keys of the steps. */
  readonly prefix: string;
  readonly sender: Sender;
}

/** Takes an analysis to its outcome, from wherever it is. */
export class Run {
  readonly #setting: RunSetting;
  readonly #limit: ReturnType<typeof pLimit>;
  #progress: AnalysisProgress;
  #spent: Spending = nothingSpent;
  #reductions = 0;
  #repairs = 0;
  #counts: ReferenceCounts = { dropped: 0, requoted: 0 };

  constructor(setting: RunSetting) {
    this.#setting = setting;
    this.#limit = pLimit(setting.options.concurrency);
    const total = setting.plan.steps.length;
    this.#progress = {
      phase: 'parts',
      parts: { done: 0, total },
      steps: { done: 0, total: total + planReductions(total, 1_200, setting.plan.room).length },
      resumed: 0,
      costUsd: 0,
      unpricedCalls: 0,
    };
  }

  async outcome(): Promise<AnalysisOutcome> {
    const { plan, options, document } = this.#setting;
    await this.#estimate();
    this.#tell({});
    const records = await this.#all(plan.steps);
    const failed = records.flatMap(({ fault }, at): FailedPart[] =>
      fault ? [{ ...fault, part: at + 1 }] : [],
    );
    const [first, ...others] = failed;
    const results = records.flatMap(({ result }) => (result ? [result.findings] : []));
    if (first && (options.onPartFailed === 'fail' || results.length === 0))
      throw partsFailed([first, ...others], plan, document.name);
    const findings = await this.#reduce(results);
    return {
      findings,
      counts: this.#counts,
      endedMs: Math.round(options.clock.epochMs()),
      spent: this.#spent,
      parts: plan.steps.length,
      reductions: this.#reductions,
      repairs: this.#repairs,
      skipped: failed.map(({ part = 0, ...fault }) => ({ part, why: `the answer ${whyOf(fault)}` })),
    };
  }

  /** Tells that all is kept. */
  end(): void {
    this.#tell({ phase: 'done' });
  }

  /** Says what is left to pay before anything is paid. */
  async #estimate(): Promise<void> {
    const { plan, options, steps, prefix } = this.#setting;
    if (!options.onEstimate) return;
    const estimate = await estimateLeft(plan, steps, prefix, options.prices);
    if (estimate.calls.most > 0) await options.onEstimate(estimate);
  }

  /** Rounds of calls that put results together, until there is one. */
  async #reduce(results: readonly Findings[]): Promise<Findings> {
    const { plan, options } = this.#setting;
    let left = results;
    while (left.length > 1) {
      const sizes = left.map((findings) => tokensOf(findingsText(findings, 'Report 1')));
      const groups = groupResults(sizes, plan.room);
      const isLast = groups.length === 1;
      const members = groups.map((group) => group.flatMap((at) => left[at] ?? []));
      const steps = members.map((group) => reductionOf(group, wishOf(options), isLast));
      const more = planReductions(groups.length, 1_200, plan.room).length;
      const { done } = this.#progress.steps;
      this.#tell({ phase: 'reducing', steps: { done, total: done + steps.filter(Boolean).length + more } });
      const records = await this.#all(steps.flatMap((step) => step ?? []));
      const made = records.map(({ result, fault }) => {
        if (fault) throw partsFailed([fault], plan, this.#setting.document.name);
        return result?.findings;
      });
      let next = 0;
      left = members.flatMap((group, at) => (steps[at] ? (made[next++] ?? []) : group));
    }
    const [only] = left;
    if (!only) throw new RangeError('there is nothing to put together');
    return only;
  }

  /** All of them, some at a time. After an error nothing more is begun, and what is under way comes to its end, as it is paid. */
  async #all(steps: readonly Step[]): Promise<readonly StepRecord[]> {
    let failure: { readonly error: unknown } | undefined;
    const records = await Promise.all(
      steps.map((step) =>
        this.#limit(async () => {
          if (failure) return undefined;
          try {
            return await this.#one(step);
          } catch (error) {
            failure ??= { error };
            return undefined;
          }
        }),
      ),
    );
    if (failure) throw failure.error;
    return records.flatMap((record) => record ?? []);
  }

  async #one(step: Step): Promise<StepRecord> {
    const { plan, document, steps, sender, options, prefix } = this.#setting;
    const key = stepKey(prefix, step);
    let hasAsked = false;
    const setting: StepSetting = {
      key,
      document,
      steps,
      settings: plan.settings,
      sender: {
        ...sender,
        send: (request) => {
          hasAsked = true;
          return sender.send(request);
        },
      },
      signal: options.signal,
      onSpent: (more) => {
        if (more.calls === 0) return;
        this.#spent = addSpending(this.#spent, more);
        const { costUsd, unpricedCalls } = this.#spent;
        this.#tell({ costUsd, unpricedCalls });
      },
    };
    const record = await runStep(step, setting);
    if (step.kind === 'reduce') this.#reductions += 1;
    if (record.isRepaired && record.result) this.#repairs += 1;
    if (record.result) this.#count(record.result.counts);
    const { parts, steps: all, resumed } = this.#progress;
    this.#tell({
      ...(step.kind === 'part' && { parts: { ...parts, done: parts.done + 1 } }),
      steps: { ...all, done: all.done + 1 },
      resumed: resumed + (hasAsked ? 0 : 1),
    });
    return record;
  }

  #count({ dropped, requoted }: ReferenceCounts): void {
    this.#counts = { dropped: this.#counts.dropped + dropped, requoted: this.#counts.requoted + requoted };
  }

  #tell(changed: Partial<AnalysisProgress>): void {
    this.#progress = { ...this.#progress, ...changed };
    this.#setting.options.onProgress?.(this.#progress);
  }
}

/** Undefined for a result that stands alone and goes into the next round as it is. */
function reductionOf(
  group: readonly Findings[],
  wish: ReturnType<typeof wishOf>,
  isLast: boolean,
): Step | undefined {
  if (group.length < 2) return undefined;
  return {
    kind: 'reduce',
    question: reduceQuestion(group, wish, isLast),
    shown: new Set(group.flatMap((findings) => [...blocksOf(findings)])),
  };
}
