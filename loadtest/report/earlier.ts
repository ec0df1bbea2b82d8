import type { Compare } from '../report-options.ts';
import { compareRuns, worseFigures } from './compare.ts';
import type { RunReport } from './model.ts';
import { sayFigure } from './text-tables.ts';
import { verdictFileOf } from './verdict-file.ts';

/** The report with its comparison; red where a figure got worse and that was to count. */
export function withEarlierRun(report: RunReport, compare: Compare): RunReport {
  const earlier = compareRuns(compare, verdictFileOf(report), compare.tolerance);
  if (!compare.failOnRegression) return { ...report, earlier };
  const reasons = worseFigures(earlier).map(
    ({ figure, phase, unit, before, now }) =>
      `worse than in ${compare.file}: ${figure} (${phase}), ${sayFigure(before, unit)}, now ${sayFigure(now, unit)}`,
  );
  if (reasons.length === 0) return { ...report, earlier };
  const { verdict } = report;
  return {
    ...report,
    earlier,
    verdict: { ...verdict, green: false, reasons: [...verdict.reasons, ...reasons] },
  };
}
