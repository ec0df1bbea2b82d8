import { clip, clock, count, decimal, duration, share, usd } from '../format.ts';
import type { Phase, PhaseRow, RunReport } from '../model.ts';
import { type Html, html } from './escape.ts';
import { KIND_NAMES, phaseTitle, type RowGroup, rowGroups } from './phase-rows.ts';
import { empty, scrollBox } from './section.ts';

/** What each number on the timeline stands for. */
export function phaseList(phases: readonly Phase[]): Html {
  if (phases.length === 0) return empty('This run had no phases.');
  return html`<ol class="phase-list">${phases.map(
    (phase, index) =>
      html`<li class="${phase.faults === '' ? 'calm' : 'faulty'}"><span class="number" aria-hidden="true">${count(index + 1)}</span><div><strong>${phase.name}</strong> <span class="span-time">${clock(phase.fromMs)}–${clock(phase.toMs)}</span><br>${phase.faults === '' ? 'no faults' : clip(phase.faults)}</div></li>
`,
  )}</ol>`;
}

interface Figure {
  readonly heading: string;
  readonly of: (row: PhaseRow) => string;
}

const GROUPS: readonly { readonly heading: string; readonly figures: readonly Figure[] }[] = [
  {
    heading: 'Calls',
    figures: [
      { heading: 'Offered', of: (row) => count(row.offered) },
      { heading: 'Succeeded', of: (row) => count(row.succeeded) },
      { heading: 'Rate', of: (row) => share(row.succeeded, row.offered) },
      { heading: 'Good', of: (row) => count(row.good) },
      { heading: 'Rate', of: (row) => share(row.good, row.offered) },
      { heading: 'Failed', of: (row) => count(row.failed) },
      { heading: 'Attempts each', of: (row) => decimal(row.offered > 0 ? row.attemptsPerCall : Number.NaN) },
    ],
  },
  {
    heading: 'Tokens and cost',
    figures: [
      { heading: 'Input', of: (row) => count(row.inputTokens) },
      { heading: 'Output', of: (row) => count(row.outputTokens) },
      { heading: 'Cost', of: (row) => usd(row.costUsd) },
    ],
  },
  {
    heading: 'Waiting',
    figures: [
      { heading: 'Backoff', of: (row) => duration(row.backoffMs) },
      { heading: 'Throttle', of: (row) => duration(row.throttleMs) },
    ],
  },
];
const FIGURES = GROUPS.flatMap(({ figures }) =>
  figures.map((figure, index) => ({ ...figure, first: index === 0 })),
);

/** One row a phase and kind of call, the whole run last. */
export function phaseTable(run: RunReport): Html {
  const caption = 'Calls, tokens, cost and waits by phase and kind of call';
  return scrollBox(
    caption,
    html`<table class="by-phase"><caption>${caption}</caption><thead>
<tr><th scope="col" rowspan="2">Phase</th><th scope="col" rowspan="2">Kind</th>${GROUPS.map(
      ({ heading, figures }) =>
        html`<th scope="colgroup" colspan="${count(figures.length)}" class="first">${heading}</th>`,
    )}</tr>
<tr>${FIGURES.map(({ heading, first }) => html`<th scope="col" class="unit ${figureClass(first)}">${heading}</th>`)}</tr></thead>
${rowGroups(run).map(groupRows)}</table>`,
  );
}

function figureClass(first: boolean): string {
  return first ? 'figure first' : 'figure';
}

function groupRows(group: RowGroup): Html {
  const title = (rowspan: number) =>
    html`<th scope="rowgroup" rowspan="${count(rowspan)}" class="phase-name">${phaseTitle(group)}</th>`;
  const style = group.numbers.length === 0 ? 'whole' : '';
  if (group.rows.length === 0) {
    return html`<tbody class="${style}"><tr>${title(1)}<td colspan="${count(FIGURES.length + 1)}">no calls</td></tr></tbody>
`;
  }
  const rows = group.rows.map(
    (row, index) =>
      html`<tr>${index === 0 ? title(group.rows.length) : ''}<th scope="row" class="kind">${KIND_NAMES[row.kind]}</th>${FIGURES.map(
        ({ of, first }) => html`<td class="${figureClass(first)}">${of(row)}</td>`,
      )}</tr>
`,
  );
  return html`<tbody class="${style}">${rows}</tbody>`;
}
