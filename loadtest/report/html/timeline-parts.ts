import { clock, count } from '../format.ts';
import type { Phase } from '../model.ts';
import { type Html, html, nothing } from './escape.ts';
import { countScale, type Scale, timeStepMs } from './scale.ts';
import { across, coordinate, linePath, path, stretched, visibilityOf } from './svg.ts';
import type { Moment, Moments } from './timeline-points.ts';

/** Where a panel stands in its drawing. */
export interface Panel {
  readonly titleY: number;
  readonly top: number;
  readonly height: number;
}

/** A moment's place on the time axis, 0 to 1. */
export type Place = (ms: number) => number;

/** Inner drawings are this many units wide. */
export const UNITS = 1000;
/** Neighbouring bars overlap by this fraction of the width, or rounding to pixels would leave gaps between some. */
const SEAM = 0.0006;

/** A phase behind the panels, from the top of the drawing to `bottom`. */
export function phaseBand(phase: Phase, index: number, at: Place, bottom: number): Html {
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
  return html`<g class="${phase.faults === '' ? 'phase calm' : 'phase faulty'}"><rect class="phase-ground" x="${across(from)}" y="0" width="${across(width)}" height="${coordinate(bottom)}"/><rect class="phase-edge" x="${across(from)}" y="0" width="1" height="${coordinate(bottom)}"/><rect class="phase-head" x="${across(from)}" y="0" width="${across(width)}" height="3"/>${label}</g>`;
}

export function gridLines(
  scale: Scale,
  top: number,
  height: number,
  label: (value: number) => string,
): Html[] {
  return scale.ticks.map((tick) => {
    const y = coordinate(top + height * (1 - scale.position(tick)));
    return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/><text class="axis end" x="0" dx="-8" y="${y}" dy="0.32em">${label(tick)}</text>`;
  });
}

/** The most that the panel has to show in a second. */
export function peakOf({ all }: Moments): number {
  return Math.max(0, ...all.map((m) => Math.max(m.offered, m.succeeded + m.failed, m.retries)));
}

/** Calls per second: good, late and failed ones on each other, with what was offered and retried as lines. */
export function callsPanel(moments: Moments, at: Place, panel: Panel, peak = peakOf(moments)): Html {
  const scale = countScale(peak);
  const { top, height, titleY } = panel;
  const y = (value: number) => height * (1 - scale.position(value));
  const bar = (className: string, moment: Moment, from: number, to: number) =>
    to > from
      ? html`<rect class="${className}" x="${across(at(moment.fromMs))}" width="${across(at(moment.toMs) - at(moment.fromMs) + SEAM)}" y="${coordinate(top + y(to))}" height="${coordinate(y(from) - y(to))}"/>`
      : nothing;
  const bars = moments.all.map(
    (m) =>
      html`${bar('succeeded', m, 0, m.good)}${bar('late', m, m.good, m.succeeded)}${bar('failed', m, m.succeeded, m.succeeded + m.failed)}`,
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
  return html`<text class="panel-title" x="0" dx="6" y="${coordinate(titleY)}">Calls per second</text>
${gridLines(scale, top, height, count)}<g class="bars">${bars}</g>${stretched(UNITS, top, height, lines)}`;
}

export function timeAxis(moments: Moments, at: Place, bottom: number): Html {
  const stepMs = timeStepMs(moments.endMs, 12);
  const narrowStepMs = timeStepMs(moments.endMs, 4, stepMs);
  const ticks = Array.from({ length: Math.floor(moments.endMs / stepMs) + 1 }, (_, index) => index * stepMs);
  return html`<line class="baseline" x1="0" x2="100%" y1="${coordinate(bottom)}" y2="${coordinate(bottom)}"/>${ticks.map(
    (tick) => {
      const x = across(at(tick));
      const anchor = at(tick) > 0.97 ? 'end' : tick === 0 ? 'start' : 'middle';
      return html`<g class="${tick % narrowStepMs === 0 ? '' : 'from-medium'}"><line class="baseline" x1="${x}" x2="${x}" y1="${coordinate(bottom)}" y2="${coordinate(bottom + 5)}"/><text class="axis ${anchor}" x="${x}" y="${coordinate(bottom + 20)}">${clock(tick)}</text></g>`;
    },
  )}`;
}
