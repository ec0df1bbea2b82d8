import { RunFailure } from '../../../loadtest/run-failure.ts';
import type { BatchProgress, OpenBatch } from '../../patterns/index.ts';
import { failureSentence } from '../shared/provider-sentence.ts';
import type { Session } from '../shared/session.ts';
import { summaryLines, summaryOf } from './summary.ts';

/**
 * Says how far a run is: what was stored of it, and how its batches are at the provider.
 *
 * @throws RunFailure where there is none
 */
export async function showStatus(
  known: BatchProgress | undefined,
  id: string,
  session: Session,
  isJson: boolean,
): Promise<number> {
  if (!known)
    throw new RunFailure(`There is no batch \`${id}\`: it was not begun, or with another --id or --data.`);
  const openBatches: OpenBatch[] = [];
  for (const open of known.openBatches) {
    const { status, request_counts: counts } = await retrieve(open.batchId, session);
    openBatches.push({ ...open, status, completed: counts?.completed ?? 0, failed: counts?.failed ?? 0 });
  }
  const summary = summaryOf({ ...known, openBatches }, undefined);
  session.terminal.out.write(
    isJson ? `${JSON.stringify(summary)}\n` : `${summaryLines(summary).join('\n')}\n`,
  );
  return 0;
}

async function retrieve(batchId: string, { openai, model }: Session) {
  try {
    return await openai.batches.retrieve(batchId);
  } catch (error) {
    const sentence = failureSentence(error, model);
    throw sentence === undefined ? error : new RunFailure(sentence);
  }
}
