import type { JoinedBooks } from '../books/join.ts';
import { retriesKeepTheRules } from '../reconcile/i5-retries.ts';
import type { RunReport } from '../report/model.ts';
import { condition } from './condition.ts';
import type { GatewayOptions, Judgement, Load, Scenario } from './scenario.ts';
import { sideBySide } from './side-by-side.ts';
import { deadlineMs, type TroubleFigures, troubleFigures } from './trouble.ts';

export const maxAttempts = 6;

/** How the wrapped client is set up for a bad hour; what a scenario is about comes on top. */
export const resilient: GatewayOptions = {
  retry: {
    maxAttempts,
    initialDelayMs: 1_000,
    maxDelayMs: 8_000,
    // Of a provider that fails half of what it is asked, each call needs a second request on average.
    budget: { ratio: 1 },
  },
  // A call that a probe must wait for is refused meanwhile, so the probes come often.
  breaker: { maxOpenMs: 3_000 },
  deadlineMs,
};

/** What the wrapped client must reach; undefined where it is not what the scenario is about. */
export interface Aims {
  readonly leastSuccess?: number;
  readonly mostAmplification?: number;
  readonly longestRecoveryMs?: number;
}

/** A scenario in which both clients meet the same trouble, and the wrapped one must come through it better. */
export function badHour(
  own: Pick<Scenario, 'says' | 'phases'> & Partial<Scenario>,
  aims: Aims,
  more: (books: JoinedBooks, load: Load) => Judgement = () => ({ invariants: [], conditions: [] }),
): Scenario {
  const scenario: Scenario = {
    jsonPerSecond: 50,
    secondsInCall: 12,
    options: () => resilient,
    mayRefuse: true,
    // Before the trouble all is well; what becomes of calls in it is judged by its aims.
    thresholds: () => ({
      'call_ok{phase:calm,settled:yes}': ['rate==1'],
      'call_duration{phase:calm,settled:yes,kind:json}': ['p(95)<2000'],
      'first_chunk{phase:calm,settled:yes,kind:stream}': ['p(95)<1000'],
    }),
    judge(books, load) {
      const others = more(books, load);
      return {
        invariants: [retriesKeepTheRules(books, maxAttempts), ...others.invariants],
        conditions: [...meets(aims, troubleFigures(scenario, books, load)), ...others.conditions],
      };
    },
    compare: (sides, load) => sideBySide(scenario, sides, load),
    ...own,
  };
  return scenario;
}

function meets(aims: Aims, figures: TroubleFigures): Judgement['conditions'] {
  const { leastSuccess, mostAmplification, longestRecoveryMs } = aims;
  const { success, amplification, recoveryMs } = figures;
  const conditions: RunReport['thresholds'][number][] = [];
  const demand = (...of: Parameters<typeof condition>): void => void conditions.push(condition(...of));
  if (leastSuccess !== undefined) {
    const isMet = success >= leastSuccess;
    demand('succeeded within the deadline', `>= ${leastSuccess}`, success.toFixed(4), isMet);
  }
  if (mostAmplification !== undefined) {
    const isMet = amplification <= mostAmplification;
    const measured = amplification.toFixed(2);
    demand('requests for each call in the trouble', `<= ${mostAmplification}`, measured, isMet);
  }
  if (longestRecoveryMs !== undefined) {
    const isMet = recoveryMs <= longestRecoveryMs;
    const measured = `${(recoveryMs / 1_000).toFixed(1)} s`;
    demand('recovered after', `<= ${longestRecoveryMs / 1_000} s`, measured, isMet);
  }
  return conditions;
}
