import { clip, count, counted, duration, usd } from '../../../../loadtest/report/format.ts';
import { type Html, html, nothing } from '../../../../loadtest/report/html/escape.ts';
import { badge, empty } from '../../../../loadtest/report/html/section.ts';
import { pageSize, type Selection, type Totals } from '../selection.ts';
import type { TraceSummary } from '../trace-summary.ts';

const tones: Readonly<Record<string, 'good' | 'bad' | 'warn' | 'plain'>> = {
  ok: 'good',
  error: 'bad',
  none: 'plain',
};

export function outcomeBadge(outcome: string): Html {
  return badge(tones[outcome] ?? 'warn', outcome === 'none' ? 'no call' : outcome.slice(0, 30));
}

/** One page of the traces that were selected, and what all of them come to. */
export function traceList(
  traces: readonly TraceSummary[],
  totals: Totals,
  { page }: Selection,
  hasAny: boolean,
): Html {
  if (traces.length === 0)
    return html`${totalsLine(totals)}${empty(hasAny ? 'No trace fits these filters.' : 'No trace is recorded yet. This page shows them as they come.')}`;
  const pages = Math.ceil(traces.length / pageSize);
  const shown = Math.min(page, pages);
  const from = (shown - 1) * pageSize;
  const rows = traces.slice(from, from + pageSize).map(row);
  return html`${totalsLine(totals)}
<div class="list-head" aria-hidden="true"><span>Started, UTC</span><span>Operation</span><span>Model</span><span>Outcome</span><span class="end">Took</span><span class="end">Attempts</span><span class="end">Tokens</span><span class="end">Cost</span></div>
<ol class="trace-list" aria-label="Traces">${rows}</ol>
${pages > 1 ? pager(shown, pages, from, rows.length, traces.length) : nothing}`;
}

/** With a sign in front where it is only a part of it. */
export function costOf({ calls, costUsd, unpricedCalls }: TraceSummary): string {
  if (calls === 0) return '–';
  if (costUsd === undefined) return 'unknown';
  return `${unpricedCalls > 0 ? '≥\u00a0' : ''}${usd(costUsd, 6)}`;
}

function row(trace: TraceSummary): Html {
  const { traceId, startMs, operation, models, outcome, attempts, errorType } = trace;
  const tokens = trace.inputTokens + trace.outputTokens;
  const [first = '', ...others] = models;
  const model = others.length === 0 ? first : `${first} +${count(others.length)}`;
  const error =
    errorType === undefined ? nothing : html` <span class="error-type">${errorType.slice(0, 80)}</span>`;
  return html`<li><a class="row" href="#trace=${traceId}" data-trace="${traceId}"><span class="when">${timeOf(startMs)}<span class="unit"> UTC</span></span><span class="operation">${clip(operation)}</span><span class="model">${clip(model)}</span><span class="outcome">${outcomeBadge(outcome)}${error}</span><span class="end took">${duration(trace.durationMs)}</span><span class="end attempts">${count(attempts)}<span class="unit"> ${attempts === 1 ? 'attempt' : 'attempts'}</span></span><span class="end tokens">${count(tokens)}<span class="unit"> tokens</span></span><span class="end cost"><span class="unit">cost </span>${costOf(trace)}</span></a></li>
`;
}

function totalsLine(totals: Totals): Html {
  const unpriced = totals.unpriced === 0 ? '' : ` (${counted(totals.unpriced, 'trace')} of unknown cost)`;
  const facts = [
    ['Traces', count(totals.traces)],
    ['Not ok', count(totals.notOk)],
    ['Calls', count(totals.calls)],
    ['Attempts', count(totals.attempts)],
    ['Tokens in', count(totals.inputTokens)],
    ['Tokens out', count(totals.outputTokens)],
    ['Cost', `${usd(totals.costUsd, 6)}${unpriced}`],
    ['Time in all', duration(totals.durationMs)],
  ] as const;
  return html`<dl class="totals" aria-label="Totals of what is shown">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function pager(page: number, pages: number, from: number, shown: number, of: number): Html {
  const button = (to: number, text: string, label: string): Html =>
    html`<button type="button" data-page="${String(to)}" aria-label="${label}"${to < 1 || to > pages ? html` disabled` : nothing}>${text}</button>`;
  return html`<div class="pager" role="group" aria-label="Pages">${button(page - 1, '‹ Previous', 'Previous page')}<span>${count(from + 1)}–${count(from + shown)} of ${count(of)}</span>${button(page + 1, 'Next ›', 'Next page')}</div>`;
}

/** `12:30:05.123`, UTC, with the day in front. */
export function timeOf(epochMs: number): string {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) return '–';
  return date.toISOString().slice(5, 23).replace('T', ' ');
}
