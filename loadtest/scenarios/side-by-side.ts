import type { RunReport } from '../report/model.ts';
import { rowsOf } from './rows.ts';
import type { Load, Scenario, Sides } from './scenario.ts';
import { deadlineMs, troubleFigures } from './trouble.ts';

/** How the bare client and the wrapped one came through the same bad hour. */
export function sideBySide(
  scenario: Scenario,
  sides: Sides,
  load: Load,
): NonNullable<RunReport['comparison']> {
  const bare = troubleFigures(scenario, sides.bare, load);
  const wrapped = troubleFigures(scenario, sides.wrapped, load);
  return {
    says: `${load.callsPerSecond} calls a second for ${load.durationMs / 1_000} s, ${deadlineMs / 1_000} s for each, the same seed and faults.`,
    rows: rowsOf({ bare, wrapped }, [
      ['calls', ({ calls }) => String(calls)],
      ['succeeded within the deadline', ({ success }) => `${(success * 100).toFixed(2)} %`],
      ['requests for each call in the trouble', ({ amplification }) => amplification.toFixed(2)],
      ['p95 of all calls', ({ p95Ms }) => `${p95Ms.toFixed(0)} ms`],
      ['wasted tokens', ({ wastedTokens }) => wastedTokens.toLocaleString('en-US')],
      ['wasted dollars', ({ wastedUsd }) => `$${wastedUsd.toFixed(6)}`],
      ['recovered after', ({ recoveryMs }) => `${(recoveryMs / 1_000).toFixed(1)} s`],
    ]),
  };
}
