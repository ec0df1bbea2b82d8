import { type Html, html } from '../../../../loadtest/report/html/escape.ts';
import { patterns } from '../../../../loadtest/report/html/patterns.ts';
import { sortings } from '../selection.ts';

/** The page, which its script fills. Nothing on it comes from elsewhere. */
export function viewPage(sourceName: string): string {
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Traces · Telltale</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="view.css">
<script type="module" src="view.js"></script>
</head>
<body class="view">
${patterns()}<svg class="definitions" width="0" height="0" aria-hidden="true"><defs><pattern id="lines-stream" width="6" height="4" patternUnits="userSpaceOnUse"><rect class="ground" width="6" height="4"/><rect class="mark" width="6" height="1.5"/></pattern></defs></svg>
<header>
<p class="brand">Telltale <span>traces of ${sourceName}</span></p>
<p id="notes" class="state-line" role="status"></p>
</header>
<noscript><p class="empty">This page needs JavaScript. Without it: npx telltale view --json</p></noscript>
<main>
<section id="list-view" aria-labelledby="list-title">
<h1 id="list-title" class="out-of-sight">Traces</h1>
<form id="filters" role="search" aria-label="Filters" autocomplete="off">
${field('Search', html`<input type="search" name="q" placeholder="trace, conversation or request id" aria-keyshortcuts="/">`, 'wide')}
${field('Outcome', html`<select name="outcome"><option value="">all</option><option>not ok</option></select>`)}
${field('Model', html`<select name="model"><option value="">all</option></select>`)}
${range('Cost, $', 'minCost', 'maxCost')}
${range('Took, s', 'minSeconds', 'maxSeconds')}
${field('Order', html`<select name="sort">${sortings.map((sort) => html`<option>${sort}</option>`)}</select>`)}
<button type="reset">Clear</button>
</form>
<div id="list"><p class="empty">Reading…</p></div>
<p class="keys">Keys: <kbd>↑</kbd> <kbd>↓</kbd> go through the traces, <kbd>Enter</kbd> opens one, <kbd>/</kbd> searches, <kbd>Esc</kbd> goes back.</p>
</section>
<section id="trace-view" aria-labelledby="trace-title" hidden>
<p><a id="back" href="#">‹ All traces</a></p>
<div id="trace"></div>
<p class="keys">Keys: <kbd>↑</kbd> <kbd>↓</kbd> go through the spans, <kbd>→</kbd> <kbd>←</kbd> show and hide what is known of one, <kbd>Esc</kbd> goes back.</p>
</section>
</main>
</body>
</html>
`;
  return page.toString();
}

function field(label: string, control: Html, className = ''): Html {
  return html`<label class="field ${className}"><span>${label}</span>${control}</label>`;
}

function range(label: string, least: string, most: string): Html {
  const input = (name: string, word: string): Html =>
    html`<input type="number" name="${name}" min="0" step="any" inputmode="decimal" placeholder="${word}" aria-label="${label}, at ${word}">`;
  return html`<div class="field between" role="group" aria-label="${label}"><span aria-hidden="true">${label}</span><span class="pair">${input(least, 'least')}${input(most, 'most')}</span></div>`;
}
