import { count, instant } from '../format.ts';
import type { EarlierRow, EarlierRun } from '../model.ts';
import { sayDifference, sayFigure, sortedByChange } from '../text-tables.ts';
import { type Html, html, nothing } from './escape.ts';
import { badge, empty } from './section.ts';
import { table } from './table.ts';

const tones = { worse: 'bad', better: 'good', same: 'plain', 'not comparable': 'plain' } as const;

/** This run's figures against an earlier one's, what got worse first. */
export function earlierTable({ rows, notes }: EarlierRun): Html {
  const said =
    notes.length === 0
      ? nothing
      : html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`;
  if (rows.length === 0) return html`${said}${empty('The two runs have no figure in common.')}`;
  return html`${said}${table<EarlierRow>({
    caption: 'This run against an earlier one',
    rows: sortedByChange(rows),
    rowClass: ({ change }) => (change === 'worse' ? 'wrong' : ''),
    columns: [
      { heading: 'Figure', names: true, cell: ({ figure }) => figure },
      { heading: 'Phase', cell: ({ phase }) => (phase === 'all' ? 'whole run' : phase) },
      { heading: 'Before', figure: true, cell: ({ before, unit }) => sayFigure(before, unit) },
      { heading: 'Now', figure: true, cell: ({ now, unit }) => sayFigure(now, unit) },
      { heading: 'Difference', figure: true, cell: (row) => sayDifference(row) },
      { heading: 'Change', cell: ({ change }) => badge(tones[change], change) },
    ],
  })}`;
}

export function earlierLead({ startedAt, verdict, tolerance, file, rows }: EarlierRun): string {
  const worse = rows.filter(({ change }) => change === 'worse').length;
  const percent = `${Math.round(tolerance * 1_000) / 10} %`;
  return `${worse === 0 ? 'Nothing got worse' : `${count(worse)} of ${count(rows.length)} figures got worse`} since the run of ${instant(startedAt)} (${file}), which was ${verdict}. Worse means by more than ${percent} of the earlier figure, and by more than noise.`;
}
