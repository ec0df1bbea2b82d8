import type { Phase, RunReport } from '../model.ts';
import { type Html, html, nothing } from './escape.ts';
import { clock, count, counted, decimal, duration, tickDuration } from './format.ts';
import { countScale, logScale, type Scale, timeStepMs } from './scale.ts';
import { across, coordinate, described, linePath, path, stretched, visibilityOf } from './svg.ts';
import { type Moment, type Moments, momentsOf } from './timeline-points.ts';

const CALLS = { titleY: 44, top: 56, height: 180 };
const LATENCY = { titleY: 268, top: 280, height: 130 };
const BOTTOM = LATENCY.top + LATENCY.height;
const HEIGHT = BOTTOM + 26;
/** Inner drawings are this many units wide. */
const UNITS = 1000;
/** Neighbouring bars overlap by this fraction of the width, or rounding to pixels would leave gaps between some. */
const SEAM = 0.0006;

/** Calls per second and latency over the run, on one time axis, the chaos phases shaded behind both. */
export function timelineChart(run: RunReport): Html {
  const moments = momentsOf(run);
  const at = (ms: number) => Math.min(1, Math.max(0, ms / moments.endMs));
  return html`<div class="chart with-axis"><svg class="timeline" width="100%" height="${coordinate(HEIGHT)}" ${described(summary(run, moments))}>
${run.phases.map((phase, index) => phaseBand(phase, index, at))}
${callsPanel(moments, at)}
${latencyPanel(moments, at)}
${timeAxis(moments, at)}
${moments.all.map((moment) => readout(moment, moments.stepMs, at))}
</svg></div>`;
}

function summary(run: RunReport, moments: Moments): string {
  const peak = (figure: (moment: Moment) => number) => count(Math.max(0, ...moments.all.map(figure)));
  return `Timeline of ${duration(moments.endMs)} in ${counted(run.phases.length, 'phase')}: at most ${peak((m) => m.offered)} calls offered, ${peak((m) => m.succeeded)} succeeded, ${peak((m) => m.failed)} failed and ${peak((m) => m.retries)} retries a second. The same figures follow as a table.`;
}

function phaseBand(phase: Phase, index: number, at: (ms: number) => number): Html {
  const from = at(phase.fromMs);
  const width = at(phase.toMs) - from;
  if (!(width > 0)) return nothing;
  const number = count(index + 1);
  const named = `${number} ${phase.name}`;
  const numberFrom = visibilityOf(number, width);
  const nameFrom = visibilityOf(named, width);
  const name =
    nameFrom === undefined
      ? nothing
      : html`<tspan class="${nameFrom}" dx="5">${phase.name.slice(0, 120)}</tspan>`;
  const label =
    numberFrom === undefined
      ? nothing
      : html`<text class="phase-label ${numberFrom}" x="${across(from)}" dx="6" y="15"><tspan class="phase-number">${number}</tspan>${name}</text>`;
  return html`<g class="${phase.faults === '' ? 'phase calm' : 'phase faulty'}"><rect class="phase-ground" x="${across(from)}" y="0" width="${across(width)}" height="${coordinate(BOTTOM)}"/><rect class="phase-edge" x="${across(from)}" y="0" width="1" height="${coordinate(BOTTOM)}"/><rect class="phase-head" x="${across(from)}" y="0" width="${across(width)}" height="3"/>${label}</g>`;
}

function gridLines(scale: Scale, top: number, height: number, label: (value: number) => string): Html[] {
  return scale.ticks.map((tick) => {
    const y = coordinate(top + height * (1 - scale.position(tick)));
    return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/><text class="axis end" x="0" dx="-8" y="${y}" dy="0.32em">${label(tick)}</text>`;
  });
}

function callsPanel(moments: Moments, at: (ms: number) => number): Html {
  const peak = Math.max(0, ...moments.all.map((m) => Math.max(m.offered, m.succeeded + m.failed, m.retries)));
  const scale = countScale(peak);
  const { top, height } = CALLS;
  const y = (value: number) => height * (1 - scale.position(value));
  const bar = (className: string, moment: Moment, from: number, to: number) =>
    to > from
      ? html`<rect class="${className}" x="${across(at(moment.fromMs))}" width="${across(at(moment.toMs) - at(moment.fromMs) + SEAM)}" y="${coordinate(top + y(to))}" height="${coordinate(y(from) - y(to))}"/>`
      : nothing;
  const bars = moments.all.map(
    (m) =>
      html`${bar('succeeded', m, 0, m.succeeded)}${bar('failed', m, m.succeeded, m.succeeded + m.failed)}`,
  );
  const steps = (figure: (moment: Moment) => number) =>
    linePath(
      moments.all.flatMap((m) => [
        [at(m.fromMs) * UNITS, y(figure(m))] as const,
        [at(m.toMs) * UNITS, y(figure(m))] as const,
      ]),
    );
  const offered = steps((m) => m.offered);
  const retries = steps((m) => m.retries);
  const lines = html`${path('line casing', offered)}${path('line offered', offered)}${path('line casing', retries)}${path('line retries', retries)}`;
  return html`<text class="panel-title" x="0" dx="6" y="${coordinate(CALLS.titleY)}">Calls per second</text>
${gridLines(scale, top, height, count)}<g class="bars">${bars}</g>${stretched(UNITS, top, height, lines)}`;
}

function latencyPanel(moments: Moments, at: (ms: number) => number): Html {
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

function timeAxis(moments: Moments, at: (ms: number) => number): Html {
  const stepMs = timeStepMs(moments.endMs, 12);
  const narrowStepMs = timeStepMs(moments.endMs, 4, stepMs);
  const ticks = Array.from({ length: Math.floor(moments.endMs / stepMs) + 1 }, (_, index) => index * stepMs);
  return html`<line class="baseline" x1="0" x2="100%" y1="${coordinate(BOTTOM)}" y2="${coordinate(BOTTOM)}"/>${ticks.map(
    (tick) => {
      const x = across(at(tick));
      const anchor = at(tick) > 0.97 ? 'end' : tick === 0 ? 'start' : 'middle';
      return html`<g class="${tick % narrowStepMs === 0 ? '' : 'from-medium'}"><line class="baseline" x1="${x}" x2="${x}" y1="${coordinate(BOTTOM)}" y2="${coordinate(BOTTOM + 5)}"/><text class="axis ${anchor}" x="${x}" y="${coordinate(BOTTOM + 20)}">${clock(tick)}</text></g>`;
    },
  )}`;
}

/** What a pointer over one moment shows, in place of the panels' titles. */
function readout(moment: Moment, stepMs: number, at: (ms: number) => number): Html {
  const rate = (value: number) => (stepMs === 1000 ? count(value) : decimal(value, 1));
  const x = across(at(moment.fromMs));
  const width = across(at(moment.toMs) - at(moment.fromMs));
  const when = clock(moment.fromMs);
  const calls = `${when} · offered ${rate(moment.offered)} · ok ${rate(moment.succeeded)} · failed ${rate(moment.failed)} · retries ${rate(moment.retries)}`;
  const latency = moment.latency
    ? `${when} · p50 ${duration(moment.latency.p50Ms)} · p95 ${duration(moment.latency.p95Ms)}`
    : `${when} · no call ended`;
  return html`<g class="moment"><rect x="${x}" y="0" width="${width}" height="${coordinate(BOTTOM)}"/><text x="0" dx="6" y="${coordinate(CALLS.titleY)}">${calls}</text><text x="0" dx="6" y="${coordinate(LATENCY.titleY)}">${latency}</text></g>
`;
}
