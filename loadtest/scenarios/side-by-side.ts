import type { RunReport } from '../report/model.ts';
import type { Load, Scenario, Sides } from './scenario.ts';
import { deadlineMs, type TroubleFigures, troubleFigures } from './trouble.ts';

/** How the bare client and the wrapped one came through the same bad hour. */
export function sideBySide(
  scenario: Scenario,
  { bare, wrapped }: Sides,
  load: Load,
): NonNullable<RunReport['comparison']> {
  const before = troubleFigures(scenario, bare, load);
  const after = troubleFigures(scenario, wrapped, load);
  const row = (figure: string, of: (figures: TroubleFigures) => string) => ({
    figure,
    bare: of(before),
    wrapped: of(after),
  });
  return {
    says: `${load.callsPerSecond} calls a second for ${load.durationMs / 1_000} s, ${deadlineMs / 1_000} s for each, the same seed and faults.`,
    rows: [
      row('calls', ({ calls }) => String(calls)),
      row('succeeded within the deadline', ({ success }) => `${(success * 100).toFixed(2)} %`),
      row('requests for each call in the trouble', ({ amplification }) => amplification.toFixed(2)),
      row('p95 of all calls', ({ p95Ms }) => `${p95Ms.toFixed(0)} ms`),
      row('wasted tokens', ({ wastedTokens }) => wastedTokens.toLocaleString('en-US')),
      row('wasted dollars', ({ wastedUsd }) => `$${wastedUsd.toFixed(6)}`),
      row('recovered after', ({ recoveryMs }) => `${(recoveryMs / 1_000).toFixed(1)} s`),
    ],
  };
}
