import { ABSENT, clip, clock, count, decimal, duration, share, tickDuration, usd } from '../format.ts';
import type { RunReport, Trace, WastedRow } from '../model.ts';
import { type Html, html } from './escape.ts';
import { badge, empty } from './section.ts';
import { across } from './svg.ts';
import { table } from './table.ts';
import { momentsOf } from './timeline-points.ts';
import { anchorOf } from './waterfall.ts';

type Errors = RunReport['errors'][number];
type Model = RunReport['models'][number];
type Threshold = RunReport['thresholds'][number];

const sum = <Row>(rows: readonly Row[], figure: (row: Row) => number) =>
  rows.reduce((total, row) => total + figure(row), 0);

/** A share as a bar with its figure beside it. */
export function shareBar(part: number, of: number, tone: 'bad' | 'good' = 'bad'): Html {
  const fraction = of > 0 ? Math.min(1, Math.max(0, part / of)) : 0;
  return html`<span class="share"><span>${share(part, of)}</span><svg width="100%" height="8" aria-hidden="true"><rect class="share-ground" width="100%" height="8" rx="4"/><rect class="share-part ${tone}" width="${across(fraction)}" height="8" rx="4"/></svg></span>`;
}

export function errorTable({ errors, traces }: RunReport): Html {
  if (errors.length === 0) return empty('No errors were recorded.');
  const rows = [...errors].sort((a, b) => b.calls - a.calls || b.attempts - a.attempts);
  const attempts = sum(rows, (row) => row.attempts);
  return table<Errors>({
    caption: 'Errors by type and by the outcome of their call',
    rows,
    columns: [
      {
        heading: 'Error type',
        names: true,
        cell: (row) => html`<code>${row.errorType}</code>`,
        total: 'All errors',
      },
      {
        heading: 'Outcome of the call',
        cell: (row) => badge(row.outcome === 'ok' ? 'good' : 'bad', row.outcome),
      },
      {
        heading: 'Calls',
        figure: true,
        cell: (row) => count(row.calls),
      },
      { heading: 'Attempts', figure: true, cell: (row) => count(row.attempts), total: count(attempts) },
      { heading: 'Share of attempts', cell: (row) => shareBar(row.attempts, attempts) },
      { heading: 'For example', cell: (row) => exampleCell(row, traces.failed) },
    ],
  });
}

/** The call's id, and the way to its trace where that is on the page. */
function exampleCell({ example }: Errors, shown: readonly Trace[]): Html | string {
  if (example === '') return ABSENT;
  const at = shown.findIndex(({ callId }) => callId === example);
  const id = html`<code>${clip(example)}</code>`;
  return at === -1 ? id : html`<a href="#${anchorOf('failed', at)}">${id}</a>`;
}

export function wastedTable({ wasted, source }: RunReport): Html {
  if (wasted.length === 0) {
    const isKnown = source === 'telemetry' || source === 'ledger';
    return empty(
      isKnown ? 'Every answer that was billed reached its caller.' : 'Nobody knows whose the answers were.',
    );
  }
  return table<WastedRow>({
    caption: 'Answers that were billed and of no use',
    rows: wasted,
    columns: [
      {
        heading: 'The call was',
        names: true,
        cell: (row) => row.why,
        total: 'All of no use',
      },
      {
        heading: 'Attempts',
        figure: true,
        cell: (row) => count(row.attempts),
        total: count(sum(wasted, (row) => row.attempts)),
      },
      {
        heading: 'Tokens',
        figure: true,
        cell: (row) => count(row.tokens),
        total: count(sum(wasted, (row) => row.tokens)),
      },
      {
        heading: 'Cost',
        figure: true,
        cell: (row) => usd(row.costUsd),
        total: usd(sum(wasted, (row) => row.costUsd)),
      },
    ],
  });
}

/** Of the calls that the telemetry tells of; where it tells of none, of the requests in the ledger. */
export function modelTable({ models, source }: RunReport): Html {
  if (models.length === 0) return empty('No model was called.');
  const cost = sum(models, (row) => row.costUsd);
  const figure = (heading: string, of: (row: Model) => number) => ({
    heading,
    figure: true,
    cell: (row: Model) => count(of(row)),
    total: count(sum(models, of)),
  });
  return table<Model>({
    caption: 'Tokens and cost by model',
    rows: models,
    columns: [
      { heading: 'Model', names: true, cell: (row) => html`<code>${row.model}</code>`, total: 'All models' },
      figure(source === 'telemetry' ? 'Calls' : 'Requests', (row) => row.calls),
      figure('Input tokens', (row) => row.inputTokens),
      figure('of them cached', (row) => row.cachedTokens),
      figure('Output tokens', (row) => row.outputTokens),
      figure('of them reasoning', (row) => row.reasoningTokens),
      { heading: 'Cost', figure: true, cell: (row) => usd(row.costUsd), total: usd(cost) },
      { heading: 'Share of cost', figure: true, cell: (row) => share(row.costUsd, cost) },
    ],
  });
}

export function thresholdTable(thresholds: RunReport['thresholds']): Html {
  if (thresholds.length === 0) return empty('No thresholds were set.');
  return table<Threshold>({
    caption: 'Thresholds',
    rows: thresholds,
    rowClass: (row) => (row.ok ? '' : 'wrong'),
    columns: [
      { heading: 'Threshold', names: true, cell: (row) => row.name },
      { heading: 'Must hold', cell: (row) => html`<code>${row.expression}</code>` },
      { heading: 'Measured', figure: true, cell: (row) => row.measured },
      { heading: 'Result', cell: (row) => (row.ok ? badge('good', 'held') : badge('bad', 'broken')) },
    ],
  });
}

/** The timeline's figures for those who cannot or will not read the drawing. */
export function timelineTable(run: RunReport): Html {
  const { all, stepMs } = momentsOf(run);
  const rate = (value: number) => (stepMs === 1000 ? count(value) : decimal(value, 1));
  const figures = table<(typeof all)[number]>({
    caption: 'Calls per second and latency over time',
    rows: all,
    columns: [
      { heading: 'From', names: true, cell: (row) => clock(row.fromMs) },
      { heading: 'Offered /s', figure: true, cell: (row) => rate(row.offered) },
      { heading: 'Succeeded /s', figure: true, cell: (row) => rate(row.succeeded) },
      { heading: 'Good /s', figure: true, cell: (row) => rate(row.good) },
      { heading: 'Failed /s', figure: true, cell: (row) => rate(row.failed) },
      { heading: 'Retries /s', figure: true, cell: (row) => rate(row.retries) },
      { heading: 'p50', figure: true, cell: (row) => duration(row.latency?.p50Ms ?? Number.NaN) },
      { heading: 'p95', figure: true, cell: (row) => duration(row.latency?.p95Ms ?? Number.NaN) },
    ],
  });
  return html`<details class="more"><summary>The timeline as a table</summary>${figures}</details>`;
}

/** Says what a step of the timeline is where it is more than a second. */
export function stepNote(run: RunReport): string {
  const { stepMs } = momentsOf(run);
  if (stepMs === 1000) return 'One step is one second.';
  return `One step is ${tickDuration(stepMs)}: the mean per second, the middle p50 and the highest p95 of its seconds.`;
}
