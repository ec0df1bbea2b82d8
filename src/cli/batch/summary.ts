import { costOf } from '../../index.ts';
import type { BatchProgress } from '../../patterns/index.ts';
import { usdText } from '../shared/figures-text.ts';
import { plain } from '../shared/terminal.ts';

/** What came of a batch, for programs and as the lines for people. */
export interface Summary {
  readonly id: string;
  readonly state: BatchProgress['state'];
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly retried: number;
  /** `null` where nothing is known. */
  readonly costUsd: number | null;
  readonly unpricedBatches: number;
  /** What the same tokens would have cost in calls of their own; `null` where it is not known for all of them. */
  readonly costWithoutBatchUsd: number | null;
  readonly out: string | null;
  readonly batches: BatchProgress['openBatches'];
}

export function summaryOf(progress: BatchProgress, out: string | undefined): Summary {
  const { id, state, requests, succeeded, failed, reasons, retried, costUsd, unpricedBatches } = progress;
  return {
    ...{ id, state, requests, succeeded, failed, reasons, retried },
    costUsd: costUsd ?? null,
    unpricedBatches,
    costWithoutBatchUsd: costWithoutBatch(progress) ?? null,
    out: out ?? null,
    batches: progress.openBatches,
  };
}

function costWithoutBatch({ models }: BatchProgress): number | undefined {
  let total: number | undefined = 0;
  for (const [model, { usage }] of Object.entries(models)) {
    const costUsd: number | undefined = model === '' ? undefined : costOf({ model, usage });
    total = total === undefined || costUsd === undefined ? undefined : total + costUsd;
  }
  return total;
}

export function summaryLines(summary: Summary): readonly string[] {
  const { state, requests, succeeded, failed, reasons, retried, out, batches } = summary;
  const why = Object.entries(reasons)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${number(count)} ${plain(code)}`);
  const failures = failed === 0 ? 'none failed' : `${number(failed)} failed (${why.join(', ')})`;
  const again = retried === 0 ? '' : `, ${number(retried)} asked again`;
  const left = requests - succeeded - failed;
  const open = left === 0 ? '' : `, ${number(left)} without a result yet`;
  return [
    `${number(requests)} ${requests === 1 ? 'request' : 'requests'}: ${number(succeeded)} succeeded, ${failures}${again}${open}.`,
    ...(state === 'cancelled' ? ['It was cancelled.'] : []),
    costLine(summary),
    ...batches.map(
      ({ batchId, status, completed, failed: bad, requests: all, model }) =>
        `  ${plain(batchId)}  ${plain(status)}  ${number(completed + bad)} of ${number(all)}  ${plain(model)}`,
    ),
    ...(out === null ? [] : [`Results: ${plain(out)}`]),
  ];
}

function costLine({ costUsd, unpricedBatches, costWithoutBatchUsd }: Summary): string {
  const unknown = unpricedBatches === 0 ? '' : `, and that of ${unpricedBatches} more is not known`;
  if (costUsd === null) return `Cost: not known${unpricedBatches === 0 ? ' yet' : ''}.`;
  const without =
    costWithoutBatchUsd === null
      ? ''
      : `; without a batch it would have been ${usdText(costWithoutBatchUsd)}`;
  return `Cost: ${usdText(costUsd)}${unknown}${without}.`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
