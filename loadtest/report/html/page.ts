import type { RunReport, Source } from '../model.ts';
import { keyFigures } from './cards.ts';
import { earlierLead, earlierTable } from './earlier.ts';
import { Html, html } from './escape.ts';
import { goodputLead, goodputTable } from './goodput.ts';
import { generatorTable, telemetryTable } from './health.ts';
import { invariantTable } from './invariants.ts';
import { patterns } from './patterns.ts';
import { percentileCharts } from './percentiles.ts';
import { phaseList, phaseTable } from './phases.ts';
import { empty, type Section, section } from './section.ts';
import { sideBySide } from './sides.ts';
import { waterfallLegend } from './span-rows.ts';
import { styles, stylesHash } from './styles.ts';
import { errorTable, modelTable, stepNote, thresholdTable, timelineTable, wastedTable } from './tables.ts';
import { timelineChart } from './timeline.ts';
import { timelineLegend } from './timeline-legend.ts';
import { headerFacts, stateName, verdictBanner } from './verdict.ts';
import { waterfalls } from './waterfall.ts';

// Nothing may be loaded, run, framed or sent; the one style sheet is named by its hash.
const POLICY = `default-src 'none'; style-src '${stylesHash}'; base-uri 'none'; form-action 'none'`;

/** The report as one page that needs nothing but itself: no script, no font, no network. */
export function renderReport(run: RunReport): string {
  const sections = sectionsOf(run);
  const links = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${stateName(run)} · ${run.header.scenario} · Telltale load test</title>
<style>${new Html(styles)}</style>
</head>
<body>
${patterns()}
<header>
<p class="brand">Telltale <span>load test</span></p>
${verdictBanner(run)}${headerFacts(run)}
<nav aria-label="Sections"><ul>${links}</ul></nav>
</header>
<main>
${sections.map(section)}</main>
<footer><p>Written by Telltale's load test from ${booksOf(run)}. Times are UTC; latencies are whole calls as the caller felt them, retries and backoff included.</p></footer>
</body>
</html>
`;
  return page.toString();
}

const BOOKS: Readonly<Record<Source, string>> = {
  telemetry: 'three books: what k6 saw, what the wrapper’s telemetry said, and what the mock provider did',
  ledger: 'two books: what k6 saw, and what the mock provider did',
  'ledger in all': 'two books that nobody can join call by call: what k6 saw, and what the mock provider did',
  none: 'one book: what k6 saw',
};

function booksOf({ source }: RunReport): string {
  return BOOKS[source];
}

function reconciliationLead({ source }: RunReport): string {
  return source === 'telemetry'
    ? 'The same calls in three books. A difference of 0 means that they agree to the attempt, the token and the cent.'
    : `What can be judged from ${BOOKS[source]}.`;
}

function timelineBody(run: RunReport): Html {
  const phases = phaseList(run.phases);
  if (run.timeline.length === 0) return html`${empty('No second of this run was recorded.')}${phases}`;
  return html`${timelineLegend()}${timelineChart(run)}${phases}${timelineTable(run)}`;
}

function comparisonSection(run: RunReport): readonly Section[] {
  const { bare, comparison } = run;
  if (!bare && !comparison) return [];
  const lead = comparison?.says ?? 'The same load, seed and faults on both clients.';
  return [{ id: 'side-by-side', title: 'Bare against wrapped', lead, body: sideBySide(run) }];
}

function earlierSection({ earlier }: RunReport): readonly Section[] {
  if (!earlier) return [];
  return [
    {
      id: 'earlier',
      title: 'Against an earlier run',
      lead: earlierLead(earlier),
      body: earlierTable(earlier),
    },
  ];
}

/** A trace is shown once, so those that were retried may all be among the slowest. */
function noMoreRetried({ source, traces: { slowest } }: RunReport): string {
  if (source !== 'telemetry') return 'Nobody told of a retry.';
  return slowest.some(({ attempts }) => attempts > 1)
    ? 'Every call that was retried is among the slowest.'
    : 'No call was retried.';
}

function sectionsOf(run: RunReport): readonly Section[] {
  return [
    { id: 'key-figures', title: 'Key figures', body: keyFigures(run) },
    {
      id: 'timeline',
      title: 'Timeline',
      lead: `${stepNote(run)} Shaded phases are the ones in which the provider was made to misbehave.`,
      body: timelineBody(run),
    },
    { id: 'goodput', title: 'Goodput', lead: goodputLead(run), body: goodputTable(run) },
    ...comparisonSection(run),
    ...earlierSection(run),
    { id: 'phases', title: 'By phase and kind', body: phaseTable(run) },
    {
      id: 'latency',
      title: 'Latency percentiles',
      lead: 'As the caller felt it: retries and waits included. Between tokens is the mean of each stream; a token here is a chunk. The axes are logarithmic.',
      body: percentileCharts(run),
    },
    {
      id: 'errors',
      title: 'Errors and waste',
      lead: 'What went wrong on attempts, how the calls they belong to ended, and what was billed all the same.',
      body: html`${errorTable(run)}
<h3>Billed and of no use</h3>${wastedTable(run)}`,
    },
    { id: 'cost', title: 'Tokens and cost', body: modelTable(run) },
    {
      id: 'books',
      title: 'Reconciliation',
      lead: reconciliationLead(run),
      body: invariantTable(run.invariants),
    },
    { id: 'thresholds', title: 'Thresholds', body: thresholdTable(run.thresholds) },
    {
      id: 'traces',
      title: 'Traces',
      lead: 'Open a trace for its spans, and a span for its attributes.',
      body: html`${waterfallLegend()}
<h3>Slowest</h3>${waterfalls('slowest', run.traces.slowest, 'No traces were kept.')}
<h3>Most retried</h3>${waterfalls('retried', run.traces.mostRetried, noMoreRetried(run))}
<h3>One for each kind of error</h3>${waterfalls('failed', run.traces.failed, run.source === 'telemetry' ? 'No call met an error.' : 'Nobody told of a call.')}`,
    },
    {
      id: 'telemetry',
      title: 'Telemetry health',
      lead: 'How the telemetry arrived, as far as its receiver can know.',
      body: telemetryTable(run),
    },
    {
      id: 'generator',
      title: 'Load generator',
      lead: 'A run proves something only if k6 really put the load on that it was asked for.',
      body: generatorTable(run),
    },
  ];
}
