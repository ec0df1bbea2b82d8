import { attribute, clip, count, counted, duration, tickDuration } from '../format.ts';
import type { Span } from '../model.ts';
import { type Html, html, nothing } from './escape.ts';
import { linearScale, type Scale } from './scale.ts';
import { empty } from './section.ts';
import { type PlacedSpan, placeSpans } from './span-tree.ts';
import { across, described } from './svg.ts';

const DEEPEST_INDENT = 6;

const ROLES: Readonly<Record<Span['role'], string>> = {
  gateway: 'gateway',
  call: 'call',
  attempt: 'attempt',
  backoff: 'backoff',
  throttle: 'throttle',
  other: 'other',
};

/** How a waterfall differs from that of the report. */
export interface SpanRowsOptions {
  /** More spans are counted and not drawn. @default 200 */
  readonly most?: number;
  /** What roles are called. @default as they are called in the code */
  readonly names?: Partial<typeof ROLES>;
  /** From when on an answer streamed in, on the scale of the trace; undefined for a span that no stream is in. */
  readonly streamFromMs?: (span: Span) => number | undefined;
  /** What comes after the attributes of a span. */
  readonly more?: (span: Span) => Html;
}

export function waterfallLegend(names: SpanRowsOptions['names'] = {}, others: readonly Html[] = []): Html {
  const entries = Object.entries({ ...ROLES, ...names }).map(([role, name]) => legendEntry(role, name));
  return html`<ul class="legend" aria-label="Legend">${entries}${others}${legendEntry('attempt failed', '✕ ended in an error')}</ul>`;
}

export function legendEntry(classes: string, text: string): Html {
  return html`<li><svg class="swatch" width="22" height="12" aria-hidden="true"><rect class="bar ${classes}" x="1" y="1" width="20" height="10" rx="2"/></svg>${text}</li>`;
}

/** The spans of a trace one under the other on one axis of time, each with what is known of it folded beneath. */
export function spanRows(given: readonly Span[], durationMs: number, options: SpanRowsOptions = {}): Html {
  if (given.length === 0) return empty('No spans arrived for this trace.');
  const { most = 200 } = options;
  const endMs = given.reduce((latest, span) => Math.max(latest, span.toMs), durationMs);
  const scale = linearScale(endMs, 5);
  const shown = placeSpans(given).slice(0, most);
  const hidden = given.length - shown.length;
  const rest = hidden > 0 ? html`<p class="empty">${counted(hidden, 'more span')} not shown.</p>` : nothing;
  return html`<div class="span axis-row" aria-hidden="true"><span></span><svg width="100%" height="18">${axis(scale)}</svg><span></span><span></span></div>
${shown.map((placed) => spanRow(placed, scale, options))}${rest}`;
}

function axis(scale: Scale): readonly Html[] {
  return scale.ticks.map((tick, index) => {
    const position = scale.position(tick);
    const anchor = index === 0 ? 'start' : position > 0.92 ? 'end' : 'middle';
    const narrow = index % 2 === 0;
    return html`<text class="axis ${anchor} ${narrow ? '' : 'from-medium'}" x="${across(position)}" y="13">${tickDuration(tick)}</text>`;
  });
}

function spanRow({ span, depth }: PlacedSpan, scale: Scale, options: SpanRowsOptions): Html {
  const role = options.names?.[span.role] ?? ROLES[span.role];
  const status = span.attributes['http.response.status_code'];
  const answered = status === undefined ? '' : attribute(status).slice(0, 20);
  const ended = span.error ? html`<span class="error-sign">✕ ${answered || 'error'}</span>` : answered;
  const took = duration(span.toMs - span.fromMs);
  const said = `${role}, from ${duration(span.fromMs)}, took ${took}${span.error ? ', ended in an error' : ''}`;
  const indent = `depth-${count(Math.min(depth, DEEPEST_INDENT))}`;
  const named = span.name === role ? nothing : html` <small>${role}</small>`;
  return html`<details class="span-details"><summary class="span"><span class="span-name ${indent}"><span>${clip(span.name)}</span>${named}</span><svg width="100%" height="22" ${described(said)}>${grid(scale)}${bar(span, scale)}${stream(span, scale, options)}</svg><span class="status">${ended}</span><span class="took">${took}</span></summary>${attributes(span)}${options.more?.(span) ?? nothing}</details>
`;
}

function grid(scale: Scale): readonly Html[] {
  return scale.ticks.map((tick) => {
    const x = across(scale.position(tick));
    return html`<line class="grid" x1="${x}" x2="${x}" y1="0" y2="22"/>`;
  });
}

function bar(span: Span, scale: Scale): Html {
  const from = scale.position(span.fromMs);
  // A span of no length still happened: it gets a sliver that can be seen.
  const width = Math.max(scale.position(span.toMs) - from, 0.004);
  return html`<rect class="bar ${ROLES[span.role]}${span.error ? ' failed' : ''}" x="${across(Math.min(from, 0.996))}" y="4" width="${across(width)}" height="14" rx="2"/>`;
}

/** Over the bar, where the answer streamed in. */
function stream(span: Span, scale: Scale, { streamFromMs }: SpanRowsOptions): Html {
  const fromMs = streamFromMs?.(span);
  if (fromMs === undefined) return nothing;
  const from = scale.position(fromMs);
  const width = scale.position(span.toMs) - from;
  return html`<rect class="bar stream" x="${across(from)}" y="4" width="${across(Math.max(width, 0))}" height="14" rx="2"/>`;
}

function attributes({ attributes: given, spanId, kind, fromMs, toMs }: Span): Html {
  const rows = [
    ['span id', spanId],
    ['kind', kind],
    ['from – to', `${duration(fromMs)} – ${duration(toMs)}`],
    ...Object.entries(given).map(([name, value]) => [name, attribute(value)] as const),
  ] as const;
  const none = Object.keys(given).length === 0 ? empty('No attributes.') : nothing;
  return html`<dl class="attributes">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>${none}`;
}
