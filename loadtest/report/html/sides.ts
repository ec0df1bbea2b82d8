import { count } from '../format.ts';
import type { Phase, RunReport, SideFigures } from '../model.ts';
import { sidesTable } from '../text-tables.ts';
import { type Html, html, nothing } from './escape.ts';
import { percentileLegend, sidePercentiles } from './percentiles.ts';
import { WHOLE_RUN } from './phase-rows.ts';
import { coordinate, described } from './svg.ts';
import { table } from './table.ts';
import { timelineLegend } from './timeline-legend.ts';
import { callsPanel, type Panel, peakOf, phaseBand, timeAxis } from './timeline-parts.ts';
import { type Moments, momentsOf } from './timeline-points.ts';

const CALLS: Panel = { titleY: 40, top: 52, height: 130 };
const BOTTOM = CALLS.top + CALLS.height;
const HEIGHT = BOTTOM + 26;

/** The same load on the bare client and on the wrapped one: drawings on the same axes, then the figures. */
export function sideBySide(run: RunReport): Html {
  return html`${run.bare ? panels(run, run.bare) : nothing}${figures(run)}`;
}

function panels(run: RunReport, bare: SideFigures): Html {
  const sides = [
    { name: 'Bare client', side: bare },
    { name: 'Wrapped client', side: run },
  ].map(({ name, side }) => ({
    name,
    side,
    moments: momentsOf({ header: run.header, timeline: side.timeline }),
  }));
  const endMs = Math.max(...sides.map(({ moments }) => moments.endMs));
  const peak = Math.max(...sides.map(({ moments }) => peakOf(moments)));
  const whole = sides.map(({ side }) => side.rows.filter(({ phase }) => phase === WHOLE_RUN));
  return html`${timelineLegend(true)}
<div class="sides">${sides.map(
    ({ name, moments }) =>
      html`<div class="side"><h3>${name}</h3>${callsChart(name, run.phases, { ...moments, endMs }, peak)}</div>
`,
  )}</div>
${percentileLegend()}
<div class="sides">${sides.map(
    ({ name }, index) =>
      html`<div class="side"><h3>${name}, whole calls</h3>${sidePercentiles(whole[index] ?? [], whole.flat(), run.serviceLevel.wholeMs)}</div>
`,
  )}</div>
`;
}

function callsChart(name: string, phases: readonly Phase[], moments: Moments, peak: number): Html {
  const at = (ms: number): number => Math.min(1, Math.max(0, ms / moments.endMs));
  const most = count(Math.max(0, ...moments.all.map(({ good }) => good)));
  return html`<div class="chart with-axis"><svg width="100%" height="${coordinate(HEIGHT)}" ${described(`${name}: at most ${most} good calls a second.`)}>
${phases.map((phase, index) => phaseBand(phase, index, at, BOTTOM))}
${callsPanel(moments, at, CALLS, peak)}
${timeAxis(moments, at, BOTTOM)}
</svg></div>`;
}

function figures(run: RunReport): Html {
  const { rows = [] } = sidesTable(run) ?? {};
  return table<readonly string[]>({
    caption: 'The same load on the bare client and on the wrapped one',
    rows,
    columns: [
      { heading: 'Figure', names: true, cell: ([figure = '']) => figure },
      { heading: 'Bare client', figure: true, cell: ([, bare = '']) => bare },
      { heading: 'Wrapped client', figure: true, cell: ([, , wrapped = '']) => wrapped },
    ],
  });
}
