import { clock, count, counted, decimal, duration, tickDuration } from '../format.ts';
import type { RunReport } from '../model.ts';
import { type Html, html } from './escape.ts';
import { logScale } from './scale.ts';
import { across, coordinate, described, linePath, path, stretched } from './svg.ts';
import {
  callsPanel,
  gridLines,
  type Panel,
  type Place,
  phaseBand,
  timeAxis,
  UNITS,
} from './timeline-parts.ts';
import { type Moment, type Moments, momentsOf } from './timeline-points.ts';

const CALLS: Panel = { titleY: 44, top: 56, height: 180 };
const LATENCY: Panel = { titleY: 268, top: 280, height: 130 };
const BOTTOM = LATENCY.top + LATENCY.height;
const HEIGHT = BOTTOM + 26;

/** Calls per second and latency over the run, on one time axis, the chaos phases shaded behind both. */
export function timelineChart(run: RunReport): Html {
  const moments = momentsOf(run);
  const at = (ms: number) => Math.min(1, Math.max(0, ms / moments.endMs));
  return html`<div class="chart with-axis"><svg class="timeline" width="100%" height="${coordinate(HEIGHT)}" ${described(summary(run, moments))}>
${run.phases.map((phase, index) => phaseBand(phase, index, at, BOTTOM))}
${callsPanel(moments, at, CALLS)}
${latencyPanel(moments, at)}
${timeAxis(moments, at, BOTTOM)}
${moments.all.map((moment) => readout(moment, moments.stepMs, at))}
</svg></div>`;
}

function summary(run: RunReport, moments: Moments): string {
  const peak = (figure: (moment: Moment) => number) => count(Math.max(0, ...moments.all.map(figure)));
  return `Timeline of ${duration(moments.endMs)} in ${counted(run.phases.length, 'phase')}: at most ${peak((m) => m.offered)} calls offered, ${peak((m) => m.succeeded)} succeeded, ${peak((m) => m.good)} within the service level, ${peak((m) => m.failed)} failed and ${peak((m) => m.retries)} retries a second. The same figures follow as a table.`;
}

function latencyPanel(moments: Moments, at: Place): Html {
  const { top, height } = LATENCY;
  const title = html`<text class="panel-title" x="0" dx="6" y="${coordinate(LATENCY.titleY)}">Latency of calls, logarithmic</text>`;
  const latencies = moments.all.map((moment) => moment.latency);
  const scale = logScale(
    latencies.flatMap((latency) => (latency ? [latency.p50Ms, latency.p95Ms] : [])),
    6,
  );
  if (!scale) return html`${title}${emptyPanel('No call ended, so there is no latency.', LATENCY)}`;
  const middle = (m: Moment) => (at(m.fromMs) + at(m.toMs)) * 0.5 * UNITS;
  const line = (figure: (latency: NonNullable<Moment['latency']>) => number) =>
    linePath(
      moments.all.map((m) =>
        m.latency ? [middle(m), height * (1 - scale.position(figure(m.latency)))] : undefined,
      ),
    );
  const p95 = line((latency) => latency.p95Ms);
  const p50 = line((latency) => latency.p50Ms);
  const lines = html`${path('line p95', p95)}${path('line p50', p50)}`;
  return html`${title}${gridLines(scale, top, height, tickDuration)}${stretched(UNITS, top, height, lines)}`;
}

function emptyPanel(text: string, panel: { top: number; height: number }): Html {
  return html`<text class="axis middle" x="50%" y="${coordinate(panel.top + panel.height / 2)}">${text}</text>`;
}

/** What a pointer over one moment shows, in place of the panels' titles. */
function readout(moment: Moment, stepMs: number, at: Place): Html {
  const rate = (value: number) => (stepMs === 1000 ? count(value) : decimal(value, 1));
  const x = across(at(moment.fromMs));
  const width = across(at(moment.toMs) - at(moment.fromMs));
  const when = clock(moment.fromMs);
  const calls = `${when} · offered ${rate(moment.offered)} · good ${rate(moment.good)} · ok ${rate(moment.succeeded)} · failed ${rate(moment.failed)} · retries ${rate(moment.retries)}`;
  const latency = moment.latency
    ? `${when} · p50 ${duration(moment.latency.p50Ms)} · p95 ${duration(moment.latency.p95Ms)}`
    : `${when} · no call ended`;
  return html`<g class="moment"><rect x="${x}" y="0" width="${width}" height="${coordinate(BOTTOM)}"/><text x="0" dx="6" y="${coordinate(CALLS.titleY)}">${calls}</text><text x="0" dx="6" y="${coordinate(LATENCY.titleY)}">${latency}</text></g>
`;
}
