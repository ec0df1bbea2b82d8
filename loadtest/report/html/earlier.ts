import { count, instant, share } from '../format.ts';
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
  const sorted = sortedByChange(rows);
  const changed = sorted.filter(({ change }) => change === 'worse' || change === 'better');
  const others = sorted.filter((row) => !changed.includes(row));
  return html`${said}${changed.length === 0 ? empty('Every figure is much as it was.') : rowTable(changed)}${
    others.length === 0
      ? nothing
      : html`<details class="more"><summary>The figures that are much as they were</summary>${rowTable(others)}</details>`
  }`;
}

function rowTable(rows: readonly EarlierRow[]): Html {
  return table<EarlierRow>({
    caption: 'This run against an earlier one',
    rows,
    rowClass: ({ change }) => (change === 'worse' ? 'wrong' : ''),
    columns: [
      {
        heading: 'Figure',
        names: true,
        cell: ({ figure, phase }) =>
          html`${figure} <span class="of">${phase === 'all' ? 'whole run' : phase}</span>`,
      },
      { heading: 'Before', figure: true, cell: ({ before, unit }) => sayFigure(before, unit) },
      { heading: 'Now', figure: true, cell: ({ now, unit }) => sayFigure(now, unit) },
      { heading: 'Difference', figure: true, cell: (row) => sayDifference(row) },
      { heading: 'Change', cell: ({ change }) => badge(tones[change], change) },
    ],
  });
}

export function earlierLead({ startedAt, verdict, tolerance, file, rows }: EarlierRun): string {
  const worse = rows.filter(({ change }) => change === 'worse').length;
  return `${worse === 0 ? 'Nothing got worse' : `${count(worse)} of ${count(rows.length)} figures got worse`} since the run of ${instant(startedAt)} (${file}), which was ${verdict}. Worse means by more than ${share(tolerance, 1)} of the earlier figure, and by more than noise.`;
}
