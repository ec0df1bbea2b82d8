import type { AuditRow } from '../../index.ts';
import { countText, nameText, percentText, usdText } from '../shared/figures-text.ts';

/** Something that may save money. */
export interface Hint {
  readonly name: 'withoutOutputCap' | 'longUnstreamed' | 'empty' | 'uncached' | 'failed';
  readonly text: string;
}

/** Shorter prompts are never cached. */
const leastCached = 1_024;
const fewHits = 0.1;
const manyFailures = 0.1;

/** @param byModel by `sentModel` and `endpoint` */
export function hintsOf(total: AuditRow, byModel: readonly AuditRow[]): readonly Hint[] {
  const hints: Hint[] = [];
  const { calls, withoutOutputCap, longUnstreamed, failed, wastedUsdByOutcome } = total;
  if (withoutOutputCap > 0)
    hints.push({
      name: 'withoutOutputCap',
      text: `${countText(withoutOutputCap)} calls set no maximum for their answer (most of ${mostOf(byModel, 'withoutOutputCap')}): set max_output_tokens, and no answer can run away.`,
    });
  if (longUnstreamed > 0)
    hints.push({
      name: 'longUnstreamed',
      text: `${countText(longUnstreamed)} calls took more than 10 s without streaming (most of ${mostOf(byModel, 'longUnstreamed')}): stream them, and people see the beginning at once and can stop what they do not want.`,
    });
  const emptyUsd = wastedUsdByOutcome?.empty ?? 0;
  if (emptyUsd > 0)
    hints.push({
      name: 'empty',
      text: `${usdText(emptyUsd)} went into answers that showed nothing, because reasoning took the whole allowance: raise max_output_tokens, or lower the reasoning effort.`,
    });
  hints.push(...uncachedHints(byModel));
  if (failed / calls > manyFailures)
    hints.push({
      name: 'failed',
      text: `${percentText(failed / calls)} of the calls failed: see stats().outcomes and the log for why.`,
    });
  return hints;
}

function uncachedHints(byModel: readonly AuditRow[]): readonly Hint[] {
  const long = byModel
    .filter(({ endpoint = '' }) => endpoint === 'chat' || endpoint === 'responses')
    .filter(
      ({ inputTokens, cachedInputTokens, calls }) =>
        inputTokens / calls > leastCached && cachedInputTokens / inputTokens < fewHits,
    )
    .toSorted((a, b) => b.costUsd - a.costUsd);
  const [dearest] = long;
  if (!dearest) return [];
  const { sentModel = '', inputTokens, calls } = dearest;
  return [
    {
      name: 'uncached',
      text: `Prompts to ${nameText(sentModel)} have ${countText(inputTokens / calls)} tokens on average, and hardly any came from the cache: put what is always the same first.`,
    },
  ];
}

function mostOf(rows: readonly AuditRow[], name: 'withoutOutputCap' | 'longUnstreamed'): string {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const { sentModel = '' } = row;
    counts.set(sentModel, (counts.get(sentModel) ?? 0) + row[name]);
  }
  const [most = ['']] = [...counts].toSorted(([, a], [, b]) => b - a);
  return nameText(most[0]);
}
