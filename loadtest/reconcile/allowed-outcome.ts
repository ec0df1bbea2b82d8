import type { LedgerEntry } from '../../src/mock/ledger.ts';
import { brokeOff } from './broken-off.ts';

/** Whether an outcome can come from what the provider did. */
export type Verdict =
  | { readonly kind: 'allowed' }
  /** Both are right: the two sides' messages crossed. */
  | { readonly kind: 'race'; readonly why: string }
  | { readonly kind: 'contradicted'; readonly why: string };

const allowed: Verdict = { kind: 'allowed' };

function contradicted(why: string): Verdict {
  return { kind: 'contradicted', why };
}

/** Judges an outcome by the requests of its call id, in order of arrival. The last one decides. */
export function judgeOutcome(
  outcome: string,
  errorType: string | undefined,
  ledger: readonly LedgerEntry[],
): Verdict {
  const last = ledger.at(-1);
  switch (outcome) {
    case 'ok':
      return judgeOk(last);
    case 'empty':
      return isWhole(last) && showsNothing(last) ? allowed : contradicted(`the ledger has ${say(last)}`);
    case 'truncated':
      return last?.end === 'cut' ? allowed : contradicted(`the ledger has ${say(last)}`);
    case 'error':
      return judgeError(errorType, last);
    case 'cancelled':
      return isWhole(last) ? { kind: 'race', why: 'an abort crossed a whole answer' } : allowed;
    case 'abandoned':
      return last?.status === 200 ? allowed : contradicted(`the ledger has ${say(last)}`);
    case 'refused':
      // A refusal before a retry leaves the failed requests before it, never a good answer.
      return last?.status === 200 ? contradicted(`the ledger has ${say(last)}`) : allowed;
    default:
      return contradicted('no such outcome');
  }
}

function judgeOk(last: LedgerEntry | undefined): Verdict {
  // A lie, and I8's to find.
  if (brokeOff(last)) return allowed;
  if (!isWhole(last)) return contradicted(`the ledger has ${say(last)}`);
  return showsNothing(last) ? contradicted('its answer shows nothing, which is `empty`') : allowed;
}

function judgeError(errorType: string | undefined, last: LedgerEntry | undefined): Verdict {
  if (!isWhole(last)) return allowed;
  if (errorType === 'timeout') return { kind: 'race', why: 'a timeout crossed a whole answer' };
  return contradicted(`the ledger has ${say(last)}`);
}

/** A good answer that was sent to its end. */
function isWhole(entry: LedgerEntry | undefined): entry is LedgerEntry {
  return entry?.status === 200 && entry.end === 'complete';
}

/** The model spent its whole allowance on reasoning. */
function showsNothing({ endpoint, usage }: LedgerEntry): boolean {
  if (!usage || (endpoint !== 'chat' && endpoint !== 'responses')) return false;
  return usage.outputTokens > 0 && usage.outputTokens === usage.reasoningTokens;
}

function say(entry: LedgerEntry | undefined): string {
  if (!entry) return 'no request';
  return entry.status === null
    ? `no answer (${entry.end})`
    : `${entry.status} ${entry.end} after ${entry.attempt + 1}`;
}
