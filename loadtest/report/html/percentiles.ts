import type { PhaseRow, RunReport } from '../model.ts';
import { type Html, html } from './escape.ts';
import { duration, tickDuration } from './format.ts';
import { hasLatency, KIND_NAMES, phaseTitle, type RowGroup, rowGroups } from './phase-rows.ts';
import { logScale, type Scale } from './scale.ts';
import { empty } from './section.ts';
import { across, described } from './svg.ts';

/** How latency spreads in each phase: p50 as a dot, p95 as a bar, p99 as a diamond, on one logarithmic axis. */
export function percentileChart(run: RunReport): Html {
  const measured = run.rows.filter(hasLatency);
  const scale = logScale(
    measured.flatMap((row) => [row.p50Ms, row.p95Ms, row.p99Ms]),
    8,
  );
  if (!scale) return empty('No call ended, so there is no latency to show.');
  return html`<ul class="legend" aria-label="Legend"><li>${marker('p50', 0.5)}p50</li><li>${marker('p95', 0.5)}p95</li><li>${marker('p99', 0.5)}p99</li></ul>
<div class="ranges">${rowGroups(run).map((group) => rangeGroup(group, scale))}
<div class="range axis-row" aria-hidden="true"><span></span><svg width="100%" height="22">${axisLabels(scale)}</svg><span></span></div></div>`;
}

const MARKERS: Readonly<Record<'p50' | 'p95' | 'p99', string>> = {
  p50: 'M0-5a5 5 0 1 1 0 10a5 5 0 1 1 0-10z',
  p95: 'M-2-7h4v14h-4z',
  p99: 'M0-6l6 6l-6 6l-6-6z',
};

function marker(name: keyof typeof MARKERS, position: number): Html {
  const shape = html`<path class="mark ${name}" d="${MARKERS[name]}"/>`;
  if (position === 0.5) {
    return html`<svg class="swatch" width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">${shape}</svg>`;
  }
  return html`<svg class="stretched" x="${across(position)}" y="11">${shape}</svg>`;
}

function rangeGroup(group: RowGroup, scale: Scale): Html {
  const rows =
    group.rows.length === 0
      ? html`<div class="range"><span class="kind">–</span><span class="none">no calls</span></div>`
      : group.rows.map((row) => rangeRow(group.phase, row, scale));
  return html`<div class="range-group${group.numbers.length === 0 ? ' whole' : ''}"><h3>${phaseTitle(group)}</h3>${rows}</div>
`;
}

function rangeRow(phase: string, row: PhaseRow, scale: Scale): Html {
  const kind = html`<span class="kind">${KIND_NAMES[row.kind]}</span>`;
  if (!hasLatency(row)) return html`<div class="range">${kind}<span class="none">no call ended</span></div>`;
  const figures = [row.p50Ms, row.p95Ms, row.p99Ms];
  const from = scale.position(Math.min(...figures));
  const to = scale.position(Math.max(...figures));
  const said = `${phase}, ${KIND_NAMES[row.kind]}: p50 ${duration(row.p50Ms)}, p95 ${duration(row.p95Ms)}, p99 ${duration(row.p99Ms)}`;
  const marks = (['p99', 'p95', 'p50'] as const).map(
    (name) =>
      html`<svg class="stretched" x="${across(scale.position(row[`${name}Ms`]))}" y="11"><path class="mark ${name}" d="${MARKERS[name]}"/></svg>`,
  );
  return html`<div class="range">${kind}<svg width="100%" height="22" ${described(said)}>${gridLines(scale)}<rect class="reach" x="${across(from)}" y="9.5" width="${across(to - from)}" height="3"/>${marks}</svg><span class="figures" aria-hidden="true">${figures.map(duration).join(' – ')}</span></div>`;
}

function gridLines(scale: Scale): readonly Html[] {
  return scale.ticks.map((tick) => {
    const x = across(scale.position(tick));
    return html`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="22"/>`;
  });
}

function axisLabels(scale: Scale): readonly Html[] {
  const few = scale.ticks.length <= 4;
  return scale.ticks.map((tick, index) => {
    const anchor = index === 0 ? 'start' : index === scale.ticks.length - 1 ? 'end' : 'middle';
    const narrow = few || index % 2 === 0;
    return html`<text class="axis ${anchor} ${narrow ? '' : 'from-medium'}" x="${across(scale.position(tick))}" y="14">${tickDuration(tick)}</text>`;
  });
}
