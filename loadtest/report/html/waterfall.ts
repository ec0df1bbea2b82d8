import { attribute, clip, count, counted, duration, tickDuration } from '../format.ts';
import type { Span, Trace } from '../model.ts';
import { type Html, html, nothing } from './escape.ts';
import { linearScale, type Scale } from './scale.ts';
import { badge, empty } from './section.ts';
import { type PlacedSpan, placeSpans } from './span-tree.ts';
import { across, described } from './svg.ts';

const MOST_SPANS = 200;
const DEEPEST_INDENT = 6;

const ROLES: Readonly<Record<Span['role'], string>> = {
  gateway: 'gateway',
  call: 'call',
  attempt: 'attempt',
  backoff: 'backoff',
  throttle: 'throttle',
  other: 'other',
};

export function waterfallLegend(): Html {
  const entries = Object.values(ROLES).map(
    (role) =>
      html`<li><svg class="swatch" width="22" height="12" aria-hidden="true"><rect class="bar ${role}" x="1" y="1" width="20" height="10" rx="2"/></svg>${role}</li>`,
  );
  return html`<ul class="legend" aria-label="Legend">${entries}<li><svg class="swatch" width="22" height="12" aria-hidden="true"><rect class="bar attempt failed" x="1" y="1" width="20" height="10" rx="2"/></svg>✕ ended in an error</li></ul>`;
}

export type Group = 'failed' | 'slowest' | 'retried';

/** Where a trace stands on the page: within what is folded, so that a link unfolds it. */
export function anchorOf(group: Group, index: number): string {
  return `trace-${group}-${count(index + 1)}`;
}

/** The traces one under the other, the first one open. */
export function waterfalls(group: Group, traces: readonly Trace[], absent: string): Html {
  if (traces.length === 0) return empty(absent);
  return html`${traces.map((trace, index) => waterfall(trace, anchorOf(group, index), index === 0))}`;
}

function waterfall(trace: Trace, anchor: string, open: boolean): Html {
  const spans = placeSpans(trace.spans);
  const endMs = trace.spans.reduce((latest, span) => Math.max(latest, span.toMs), trace.durationMs);
  const scale = linearScale(endMs, 5);
  const shown = spans.slice(0, MOST_SPANS);
  const hidden = spans.length - shown.length;
  const body =
    spans.length === 0
      ? empty('No spans arrived for this trace.')
      : html`<div class="span axis-row" aria-hidden="true"><span></span><svg width="100%" height="18">${axis(scale)}</svg><span></span><span></span></div>
${shown.map((placed) => spanRow(placed, scale))}`;
  const rest = hidden > 0 ? html`<p class="empty">${counted(hidden, 'more span')} not shown.</p>` : nothing;
  return html`<details class="trace"${open ? html` open` : nothing}><summary><code class="call-id">${clip(trace.callId)}</code> ${badge(trace.outcome === 'ok' ? 'good' : 'bad', trace.outcome)} <span class="trace-facts"><strong>${duration(trace.durationMs)}</strong> · ${counted(trace.attempts, 'attempt')} · ${counted(trace.spans.length, 'span')} · ${trace.phase}</span></summary>
<div class="spans" id="${anchor}"><p class="trace-id">Trace <code>${trace.traceId}</code></p>${body}${rest}</div></details>
`;
}

function axis(scale: Scale): readonly Html[] {
  return scale.ticks.map((tick, index) => {
    const position = scale.position(tick);
    const anchor = index === 0 ? 'start' : position > 0.92 ? 'end' : 'middle';
    const narrow = index % 2 === 0;
    return html`<text class="axis ${anchor} ${narrow ? '' : 'from-medium'}" x="${across(position)}" y="13">${tickDuration(tick)}</text>`;
  });
}

function spanRow({ span, depth }: PlacedSpan, scale: Scale): Html {
  const role = ROLES[span.role];
  const status = span.attributes['http.response.status_code'];
  const answered = status === undefined ? '' : attribute(status).slice(0, 20);
  const ended = span.error ? html`<span class="error-sign">✕ ${answered || 'error'}</span>` : answered;
  const took = duration(span.toMs - span.fromMs);
  const said = `${role}, from ${duration(span.fromMs)}, took ${took}${span.error ? ', ended in an error' : ''}`;
  const indent = `depth-${count(Math.min(depth, DEEPEST_INDENT))}`;
  const named = span.name === role ? nothing : html` <small>${role}</small>`;
  return html`<details class="span-details"><summary class="span"><span class="span-name ${indent}"><span>${clip(span.name)}</span>${named}</span><svg width="100%" height="22" ${described(said)}>${grid(scale)}${bar(span, scale)}</svg><span class="status">${ended}</span><span class="took">${took}</span></summary>${attributes(span)}</details>
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
