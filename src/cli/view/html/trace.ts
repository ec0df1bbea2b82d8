import { roleOf } from '../../../../loadtest/books/telemetry.ts';
import { attribute, clip, count, counted, duration } from '../../../../loadtest/report/format.ts';
import { type Html, html, nothing } from '../../../../loadtest/report/html/escape.ts';
import {
  legendEntry,
  type SpanRowsOptions,
  spanRows,
  waterfallLegend,
} from '../../../../loadtest/report/html/span-rows.ts';
import type { Span } from '../../../../loadtest/report/model.ts';
import { drawnSpan } from '../../../../loadtest/report/traces.ts';
import type { TraceSummary } from '../trace-summary.ts';
import type { ViewEvent, ViewSpan } from '../view-span.ts';
import { costOf, outcomeBadge, timeOf } from './list.ts';

/** More rows than this are too many to look at. */
const mostRows = 1_000;
const mostEvents = 50;
const firstChunk = 'gen_ai.response.time_to_first_chunk';
const names = { gateway: 'server', throttle: 'wait for a limit', backoff: 'backoff' } as const;

/** A trace: what it came to, and its waterfall. */
export function traceView(summary: TraceSummary, spans: readonly ViewSpan[]): Html {
  const { traceId, startMs, durationMs, calls } = summary;
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const waited = (role: string): number =>
    spans
      .filter((span) => roleOf(span) === role)
      .reduce((total, span) => total + span.endMs - span.startMs, 0);
  const facts = [
    ['Took', duration(durationMs)],
    ['Waited for limits', duration(waited('throttle'))],
    ['Backoff', duration(waited('backoff'))],
    ['Calls', count(calls)],
    ['Attempts', count(summary.attempts)],
    ['Tokens', `${count(summary.inputTokens)} in, ${count(summary.outputTokens)} out`],
    ['Cost', costOf(summary)],
    ['Models', summary.models.map(clip).join(', ') || '–'],
    ['Service', clip(summary.service) || '–'],
    ['Started', `${new Date(startMs).getUTCFullYear()}-${timeOf(startMs)} UTC`],
    ...(summary.errorType === undefined ? [] : [['Error', clip(summary.errorType)] as const]),
  ] as const;
  const options: SpanRowsOptions = {
    most: mostRows,
    names,
    streamFromMs,
    more: (span) => more(byId.get(span.spanId), startMs),
  };
  return html`<h2 id="trace-title" tabindex="-1">${clip(summary.operation)} ${outcomeBadge(summary.outcome)}</h2>
<p class="trace-id">Trace <code>${traceId}</code></p>
<dl class="totals">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${warningsOf(summary).map((text) => html`<p class="warning">${text}</p>`)}
${waterfallLegend(names, [legendEntry('stream', 'the answer streams in')])}
<div class="spans" id="spans" aria-label="Waterfall" role="group">${spanRows(
    spans.map((span) => drawnSpan(span, startMs)),
    durationMs,
    options,
  )}</div>`;
}

/** What of a trace is not here, so that nobody takes the rest for all of it. */
function warningsOf({ spansLeftOut, orphans }: TraceSummary): readonly string[] {
  return [
    ...(spansLeftOut > 0
      ? [`${counted(spansLeftOut, 'span')} are left out, because there are so many: no figure here has them.`]
      : []),
    ...(orphans > 0
      ? [
          `Not whole: ${counted(orphans, 'span')} of a parent that is not here. It has not ended yet, was lost with its process, or is in a file that is not read.`,
        ]
      : []),
  ];
}

export function noTrace(traceId: string): Html {
  return html`<h2 id="trace-title" tabindex="-1">This trace is not here</h2>
<p class="empty">Nothing of <code>${traceId.slice(0, 64)}</code> was found in what this page reads. It may be older than what is kept, or not written yet: then it is shown when it comes.</p>`;
}

/** A call tells when its first piece came, in seconds after its start. */
function streamFromMs({ role, fromMs, toMs, attributes }: Span): number | undefined {
  const seconds = attributes[firstChunk];
  if (role !== 'call' || typeof seconds !== 'number') return undefined;
  const atMs = fromMs + seconds * 1_000;
  return atMs < toMs ? atMs : undefined;
}

/** What a span says besides its attributes. */
function more(span: ViewSpan | undefined, startMs: number): Html {
  if (!span) return nothing;
  const { statusMessage, events, links } = span;
  const facts = [
    ...(statusMessage === undefined ? [] : [['status', clip(statusMessage)] as const]),
    ...links.map(({ traceId, spanId }) => ['linked to', `trace ${traceId}, span ${spanId}`] as const),
  ];
  if (facts.length === 0 && events.length === 0) return nothing;
  const hidden = events.length - mostEvents;
  return html`<dl class="attributes more-facts">${facts.map(([name, value]) => fact(name, value))}${events
    .slice(0, mostEvents)
    .map(
      (event) =>
        html`${fact('event', `${clip(event.name)}, at ${duration(event.atMs - startMs)}`)}${ofEvent(event)}`,
    )}${hidden > 0 ? fact('more events', count(hidden)) : nothing}</dl>`;
}

function ofEvent({ attributes }: ViewEvent): readonly Html[] {
  return Object.entries(attributes).map(([name, value]) => fact(`· ${name}`, attribute(value)));
}

function fact(name: string, value: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
