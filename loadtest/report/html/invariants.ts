import { ABSENT, clip, difference } from '../format.ts';
import type { Invariant } from '../model.ts';
import { type Html, html, nothing } from './escape.ts';
import { badge, empty } from './section.ts';
import { table } from './table.ts';

/** One row an invariant: what each book says, and by how much they differ. */
export function invariantTable(invariants: readonly Invariant[]): Html {
  if (invariants.length === 0) return empty('No invariant was judged.');
  return table<Invariant>({
    caption: 'Reconciliation of the books',
    className: 'invariants',
    rows: invariants,
    rowClass: (row) => (row.difference === 0 ? '' : 'wrong'),
    columns: [
      {
        heading: 'Invariant',
        names: true,
        cell: ({ id, title }) =>
          html`<span class="invariant"><span class="invariant-id">${id}</span> ${title}</span>`,
      },
      { heading: 'Figures by book', cell: books },
      { heading: 'Difference', figure: true, cell: (row) => difference(row.difference) },
      {
        heading: 'Result',
        cell: (row) => (row.difference === 0 ? badge('good', 'agree') : badge('bad', 'differ')),
      },
      { heading: 'Breaches, notes and examples', cell: remarks },
    ],
  });
}

function books({ counts }: Invariant): Html | string {
  if (counts.length === 0) return 'none given';
  return html`<dl class="books">${counts.map(({ book, value }) => html`<div><dt>${book}</dt><dd>${clip(value)}</dd></div>`)}</dl>`;
}

function remarks({ broken = [], notes, examples }: Invariant): Html | string {
  if (broken.length === 0 && notes.length === 0 && examples.length === 0) return ABSENT;
  const breaches = broken.map((how) => html`<p><strong>${clip(how)}</strong></p>`);
  const said = notes.map((note) => html`<p>${clip(note)}</p>`);
  const shown =
    examples.length === 0
      ? nothing
      : html`<ul class="examples">${examples.map((example) => html`<li><code>${clip(example)}</code></li>`)}</ul>`;
  return html`<div class="remarks">${breaches}${said}${shown}</div>`;
}
