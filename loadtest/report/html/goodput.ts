import { count, decimal, duration, tickDuration, usd } from '../format.ts';
import type { PhaseTotal, RunReport } from '../model.ts';
import { sayRecovery } from '../text-tables.ts';
import { type Html, html } from './escape.ts';
import { phaseTitle, WHOLE_RUN } from './phase-rows.ts';
import { empty } from './section.ts';
import { type Column, table } from './table.ts';
import { shareBar } from './tables.ts';

/** Goodput and what it took: one row a phase over all kinds of call, the whole run last. */
export function goodputTable(run: RunReport): Html {
  if (run.totals.length === 0) return empty('No phase was reached.');
  const figure = (heading: string, of: (row: PhaseTotal) => string): Column<PhaseTotal> => ({
    heading,
    figure: true,
    cell: of,
  });
  return table<PhaseTotal>({
    caption: 'Goodput by phase',
    className: 'goodput',
    rows: run.totals,
    rowClass: ({ phase }) => (phase === WHOLE_RUN ? 'whole' : ''),
    columns: [
      { heading: 'Phase', names: true, cell: (row) => titleOf(run, row) },
      { heading: 'Goodput', cell: (row) => shareBar(row.good, row.offered, 'good') },
      figure('Good\u00a0/s', (row) => decimal(row.goodPerSecond, 1)),
      figure('Offered', (row) => count(row.offered)),
      figure('Succeeded', (row) => count(row.succeeded)),
      figure('Good', (row) => count(row.good)),
      figure('Requests each', (row) => decimal(row.requestsPerCall)),
      figure('Backoff', (row) => duration(row.backoffMs)),
      figure('Throttle', (row) => duration(row.throttleMs)),
      figure('Wasted tokens', (row) => count(row.wasted.tokens)),
      figure('Wasted', (row) => (row.wasted.costUsd === 0 ? '$0' : usd(row.wasted.costUsd))),
      figure('Good again after', (row) => recoveryOf(run, row)),
    ],
  });
}

function titleOf(run: RunReport, { phase }: PhaseTotal): Html {
  if (phase === WHOLE_RUN) return html`Whole run`;
  const numbers = run.phases.flatMap(({ name }, index) => (name === phase ? [index + 1] : []));
  return phaseTitle({ phase, numbers, faults: '', rows: [] });
}

function recoveryOf({ recoveries }: RunReport, { phase }: PhaseTotal): string {
  return recoveries
    .filter((one) => one.phase === phase)
    .map(sayRecovery)
    .join(', ');
}

/** How goodput is judged, in a sentence. */
export function goodputLead({ serviceLevel: { wholeMs, firstTokenMs } }: RunReport): string {
  return `A call is good when it was answered within ${tickDuration(wholeMs)} and, when it streamed, its first token came within ${tickDuration(firstTokenMs)}. Good again after: from the end of the trouble to the first two seconds in which the share of good calls is back at 95 % of what it was before.`;
}
