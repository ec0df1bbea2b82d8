import type { RunReport, VerdictWord } from './model.ts';

/** The verdict in a word. A run that was cut short is red as well; `partial` is one in which nothing else was wrong. */
export function stateOf({ verdict, header }: Pick<RunReport, 'verdict' | 'header'>): VerdictWord {
  if (verdict.void) return 'void';
  if (verdict.green) return header.partial ? 'partial' : 'green';
  const others = verdict.reasons.filter((reason) => !reason.startsWith(cutShortMark));
  return header.partial && verdict.reasons.length > 0 && others.length === 0 ? 'partial' : 'red';
}

/** How the reason of a run that was cut short begins. */
export const cutShortMark = 'cut short: ';
