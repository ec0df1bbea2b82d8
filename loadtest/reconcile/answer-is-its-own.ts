import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { K6Call } from '../k6/record.ts';
import { brokeOff } from './broken-off.ts';

/**
 * What a caller got is the provider's last answer to that call: its request id, the status of its error, the reason for
 * which it finished. Says what differs; undefined where nothing does.
 */
export function answerIsItsOwn(seen: K6Call, ledger: readonly LedgerEntry[]): string | undefined {
  const answer = ledger.findLast(({ status }) => status !== null);
  if (seen.requestId !== undefined && seen.requestId !== answer?.requestId)
    return `the caller got the answer ${seen.requestId}, the provider’s last was ${answer?.requestId ?? 'none'}`;
  if (seen.outcome === 'error' && seen.status !== undefined && seen.status !== answer?.status)
    return `the caller got the status ${seen.status}, the provider’s last was ${answer?.status ?? 'none'}`;
  const isChat = seen.kind === 'chat' && (seen.outcome === 'ok' || seen.outcome === 'empty');
  if (!isChat || seen.finishReason === undefined || !answer || brokeOff(answer)) return undefined;
  return seen.finishReason === answer.finishReason
    ? undefined
    : `the caller was told \`${seen.finishReason}\`, the provider said \`${answer.finishReason}\``;
}
