import type { K6Summary } from '../books/k6.ts';
import type { Reconciliation } from '../reconcile/index.ts';
import type { RunReport } from './model.ts';

export interface VerdictInput {
  readonly calls: number;
  readonly summary: K6Summary | undefined;
  /** Of the bare client's turn, where it had one. */
  readonly bareSummary?: K6Summary | undefined;
  readonly reconciliation: Reconciliation;
  /** What the scenario demands beside k6's thresholds. */
  readonly conditions?: RunReport['thresholds'];
  /** Why the run was cut short, in a sentence; undefined when it was not. */
  readonly cutShort: string | undefined;
  /** What became of a planted bug, where it is not what was to be. */
  readonly sabotage?: readonly string[];
  /** What k6 complained of, when it ended with an error of its own. */
  readonly k6Failure: string | undefined;
}

/** Green only when nothing speaks against it; each reason names what broke. */
export function verdictOf(input: VerdictInput): RunReport['verdict'] {
  const {
    calls,
    summary,
    bareSummary,
    reconciliation,
    conditions = [],
    cutShort,
    k6Failure,
    sabotage = [],
  } = input;
  const dropped = (summary?.dropped ?? 0) + (bareSummary?.dropped ?? 0);
  const reasons = [
    ...(cutShort === undefined ? [] : [`cut short: ${cutShort}`]),
    ...(k6Failure === undefined ? [] : [`k6 failed: ${k6Failure}`]),
    ...(dropped === 0
      ? []
      : [
          `k6 could not keep its arrival rate and dropped ${dropped} iterations, so the figures prove nothing; lower --rate or give it more processor`,
        ]),
    ...reconciliation.invariants
      .filter(({ difference }) => difference !== 0)
      .map(
        ({ id, title, difference, broken = [] }) =>
          `${id} is broken, difference ${difference}: ${title}${broken.length === 0 ? '' : ` (${broken.join('; ')})`}`,
      ),
    ...reconciliation.unjudged.map(({ ids, because }) => `${ids.join(', ')} cannot be judged: ${because}`),
    ...[...(summary?.thresholds ?? []), ...conditions]
      .filter(({ ok, name }) => !ok && name !== 'dropped_iterations')
      .map(
        ({ name, expression, measured }) => `threshold crossed: ${name} ${expression}, measured ${measured}`,
      ),
    ...sabotage,
    ...(calls === 0 ? ['no call was made'] : []),
  ];
  return { green: reasons.length === 0, ...(dropped === 0 ? {} : { void: true }), reasons };
}
