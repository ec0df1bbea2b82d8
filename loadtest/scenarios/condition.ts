import type { RunReport } from '../report/model.ts';

/** What must hold, and what was measured. */
export function condition(
  name: string,
  expression: string,
  measured: string,
  ok: boolean,
): RunReport['thresholds'][number] {
  return { name, expression, measured, ok };
}
