import { duration, tickDuration } from '../format.ts';
import type { PhaseRow, RunReport, Spread } from '../model.ts';
import { measuresOf } from '../text-tables.ts';
import { type Html, html, nothing } from './escape.ts';
import { hasLatency, isWhole, KIND_NAMES, phaseTitle, type RowGroup, rowGroups } from './phase-rows.ts';
import { logScale, type Scale } from './scale.ts';
import { empty } from './section.ts';
import { across, described } from './svg.ts';
import { type Column, table } from './table.ts';

/** A time that spreads, and how its chart is set up. */
interface Measure {
  readonly title: string;
  readonly of: (row: PhaseRow) => Spread | undefined;
  /** What the service level allows it. */
  readonly levelMs?: number;
  readonly absent: string;
}

/** How long calls, first tokens and gaps took in each phase: a chart for each, and every figure in a table. */
export function percentileCharts(run: RunReport): Html {
  const { wholeMs, firstTokenMs } = run.serviceLevel;
  const whole: Measure = {
    title: 'Whole call',
    of: (row) => (hasLatency(row) ? row.whole : undefined),
    levelMs: wholeMs,
    absent: 'No call ended, so there is no latency to show.',
  };
  const streamed: readonly Measure[] = [
    {
      title: 'First token',
      of: ({ firstChunk }) => firstChunk,
      levelMs: firstTokenMs,
      absent: 'No stream began.',
    },
    { title: 'Between tokens', of: ({ chunkGap }) => chunkGap, absent: 'No stream came to its end.' },
  ];
  return html`${percentileLegend()}
<h3>${whole.title}</h3>${percentileChart(rowGroups(run), whole)}
${streamed.map((measure) => html`<h3>${measure.title}</h3>${percentileChart(streamGroups(run, measure), measure)}`)}
${percentileTable(run)}`;
}

/** One side's whole calls over the whole run, on an axis that the other side shares. */
export function sidePercentiles(rows: readonly PhaseRow[], both: readonly PhaseRow[], levelMs: number): Html {
  const scale = scaleOf(both.flatMap((row) => (hasLatency(row) ? [row.whole] : [])));
  const measured = rows.filter(hasLatency);
  if (!scale || measured.length === 0) return empty('No call ended, so there is no latency to show.');
  return html`<div class="ranges narrow">${measured.map((row) => rangeRow('Whole run', row, row.whole, scale, levelMs))}
${axisRow(scale)}</div>`;
}

export function percentileLegend(): Html {
  return html`<ul class="legend" aria-label="Legend"><li>${marker('p50', 0.5)}p50</li><li>${marker('p95', 0.5)}p95</li><li>${marker('p99', 0.5)}p99</li><li>${marker('max', 0.5)}longest</li><li><svg class="swatch" width="16" height="16" aria-hidden="true"><line class="level" x1="8" x2="8" y1="0" y2="16"/></svg>service level</li></ul>`;
}

/** Of the phases, those in which a stream has this measure. */
function streamGroups(run: RunReport, { of }: Measure): readonly RowGroup[] {
  return rowGroups(run)
    .map((group) => ({ ...group, rows: group.rows.filter((row) => of(row) !== undefined) }))
    .filter(({ rows }) => rows.length > 0);
}

function scaleOf(spreads: readonly Spread[]): Scale | undefined {
  return logScale(
    spreads.filter(isWhole).flatMap(({ p50Ms, p99Ms, maxMs }) => [p50Ms, p99Ms, maxMs]),
    8,
  );
}

/** Spread in each phase on one logarithmic axis. */
function percentileChart(groups: readonly RowGroup[], measure: Measure): Html {
  const scale = scaleOf(groups.flatMap(({ rows }) => rows.flatMap((row) => measure.of(row) ?? [])));
  if (!scale) return empty(measure.absent);
  return html`<div class="ranges">${groups.map((group) => rangeGroup(group, measure, scale))}
${axisRow(scale)}</div>`;
}

function axisRow(scale: Scale): Html {
  return html`<div class="range axis-row" aria-hidden="true"><span></span><svg width="100%" height="22">${axisLabels(scale)}</svg><span></span></div>`;
}

const MARKERS = {
  p50: 'M0-5a5 5 0 1 1 0 10a5 5 0 1 1 0-10z',
  p95: 'M-2-7h4v14h-4z',
  p99: 'M0-6l6 6l-6 6l-6-6z',
  max: 'M-1-5h2v10h-2z',
} as const;

function marker(name: keyof typeof MARKERS, position: number): Html {
  const shape = html`<path class="mark ${name}" d="${MARKERS[name]}"/>`;
  if (position === 0.5) {
    return html`<svg class="swatch" width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">${shape}</svg>`;
  }
  return html`<svg class="stretched" x="${across(position)}" y="11">${shape}</svg>`;
}

function rangeGroup(group: RowGroup, measure: Measure, scale: Scale): Html {
  const rows =
    group.rows.length === 0
      ? html`<div class="range"><span class="kind">–</span><span class="none">no calls</span></div>`
      : group.rows.map((row) => rangeRow(group.phase, row, measure.of(row), scale, measure.levelMs));
  return html`<div class="range-group${group.numbers.length === 0 ? ' whole' : ''}"><h4>${phaseTitle(group)}</h4>${rows}</div>
`;
}

function rangeRow(
  phase: string,
  row: PhaseRow,
  spread: Spread | undefined,
  scale: Scale,
  levelMs?: number,
): Html {
  const kind = html`<span class="kind">${KIND_NAMES[row.kind]}</span>`;
  if (!spread || !isWhole(spread))
    return html`<div class="range">${kind}<span class="none">no call ended</span></div>`;
  const { p50Ms, p95Ms, p99Ms, maxMs } = spread;
  const figures = [p50Ms, p95Ms, p99Ms, maxMs];
  const from = scale.position(Math.min(...figures));
  const to = scale.position(Math.max(...figures));
  const said = `${phase}, ${KIND_NAMES[row.kind]}: p50 ${duration(p50Ms)}, p95 ${duration(p95Ms)}, p99 ${duration(p99Ms)}, longest ${duration(maxMs)}`;
  const marks = (['max', 'p99', 'p95', 'p50'] as const).map(
    (name) =>
      html`<svg class="stretched" x="${across(scale.position(spread[`${name}Ms`]))}" y="11"><path class="mark ${name}" d="${MARKERS[name]}"/></svg>`,
  );
  return html`<div class="range">${kind}<svg width="100%" height="22" ${described(said)}>${gridLines(scale)}${levelLine(scale, levelMs)}<rect class="reach" x="${across(from)}" y="9.5" width="${across(to - from)}" height="3"/>${marks}</svg><span class="figures" aria-hidden="true">${figures.map(duration).join(' – ')}</span></div>`;
}

/** Only where the axis reaches it: at its edge it would seem to be there. */
function levelLine(scale: Scale, levelMs: number | undefined): Html {
  const position = levelMs === undefined ? 1 : scale.position(levelMs);
  if (!(position > 0 && position < 1)) return nothing;
  const x = across(position);
  return html`<line class="level" x1="${x}" x2="${x}" y1="0" y2="22"/>`;
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

interface Line {
  readonly group: RowGroup;
  readonly row: PhaseRow;
  readonly name: string;
  readonly spread: Spread;
}

/** Every percentile that was computed. */
function percentileTable(run: RunReport): Html {
  const lines: Line[] = rowGroups(run).flatMap((group) =>
    group.rows
      .filter(hasLatency)
      .flatMap((row) => measuresOf(row).map(([name, spread]) => ({ group, row, name, spread }))),
  );
  if (lines.length === 0) return nothing;
  const figure = (heading: string, of: (spread: Spread) => number): Column<Line> => ({
    heading,
    figure: true,
    cell: ({ spread }) => duration(of(spread)),
  });
  const figures = table<Line>({
    caption: 'Percentiles by phase, kind of call and what was timed',
    rows: lines,
    columns: [
      { heading: 'Phase', names: true, cell: ({ group }) => phaseTitle(group) },
      { heading: 'Kind', cell: ({ row }) => KIND_NAMES[row.kind] },
      { heading: 'Time', cell: ({ name }) => name },
      figure('p50', ({ p50Ms }) => p50Ms),
      figure('p90', ({ p90Ms }) => p90Ms),
      figure('p95', ({ p95Ms }) => p95Ms),
      figure('p99', ({ p99Ms }) => p99Ms),
      figure('Longest', ({ maxMs }) => maxMs),
    ],
  });
  return html`<details class="more"><summary>Every percentile as a table</summary>${figures}</details>`;
}
