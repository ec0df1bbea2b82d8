import { clip, count, counted, duration } from '../format.ts';
import type { Trace } from '../model.ts';
import { type Html, html, nothing } from './escape.ts';
import { badge, empty } from './section.ts';
import { spanRows } from './span-rows.ts';

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
  const body = spanRows(trace.spans, trace.durationMs);
  return html`<details class="trace"${open ? html` open` : nothing}><summary><code class="call-id">${clip(trace.callId)}</code> ${badge(trace.outcome === 'ok' ? 'good' : 'bad', trace.outcome)} <span class="trace-facts"><strong>${duration(trace.durationMs)}</strong> · ${counted(trace.attempts, 'attempt')} · ${counted(trace.spans.length, 'span')} · ${trace.phase}</span></summary>
<div class="spans" id="${anchor}"><p class="trace-id">Trace <code>${trace.traceId}</code></p>${body}</div></details>
`;
}
