import type { DocumentAnalysis } from '../analysis.ts';
import type { AnalysesCompared, ComparedPoint } from '../compare.ts';
import type { ReportPoint } from '../references.ts';
import { html, Markup, nothing } from './markup.ts';
import { styles, stylesHash } from './styles.ts';
import {
  caveatsOf,
  documentLine,
  factsOf,
  inline,
  isCompared,
  noPlace,
  paragraphsOf,
  placeOf,
  type Report,
} from './words.ts';

// Nothing may be loaded, run, framed or sent; the one style sheet is named by its hash.
const policy = `default-src 'none'; style-src '${stylesHash}'; base-uri 'none'; form-action 'none'`;

/**
 * Reports as one page of HTML that needs nothing but itself: no script, no font, no network. What comes from the document or
 * the model is text in it and nothing else.
 *
 * @example
 * ```ts
 * await writeFile('report.html', reportAsHtml(compareAnalyses([small, large])));
 * ```
 */
export function reportAsHtml(reports: Report | readonly Report[]): string {
  const list = Array.isArray(reports) ? (reports as readonly Report[]) : [reports as Report];
  const isWide = list.some(isCompared);
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${list.map(titleOf).join(' · ')}</title>
<style>${new Markup(styles)}</style>
</head>
<body>
<main class="${isWide ? 'wide' : 'narrow'}">
${list.map((report) => (isCompared(report) ? comparison(report) : single(report)))}
</main>
</body>
</html>
`;
  return page.toString();
}

function titleOf(report: Report): string {
  const analysis = isCompared(report) ? report.analyses[0] : report;
  return inline(analysis?.document.title ?? analysis?.document.name ?? 'Analysis');
}

function single(analysis: DocumentAnalysis): Markup {
  return html`<article>
${heading(analysis, [analysis.model])}
${facts(analysis)}
${caveats(caveatsOf(analysis))}
<h2>Summary</h2>
<div class="card">${paragraphs(analysis.summary)}</div>
<h2>Key points</h2>
${points(analysis.keyPoints)}
<h2>Recommendations</h2>
${points(analysis.recommendations)}
</article>`;
}

function heading(analysis: DocumentAnalysis, models: readonly string[]): Markup {
  const { name, title } = analysis.document;
  const about = `${title === undefined ? '' : `${name}: `}${documentLine(analysis)}. Analysed by ${models.join(' and ')}.`;
  return html`<h1>${inline(title ?? name)}</h1>
<p class="about">${inline(about)}</p>`;
}

function facts(analysis: DocumentAnalysis): Markup {
  const cells = factsOf(analysis).map(({ name, value }) => {
    const [, main = value, more] = /^(.+?) \((.+)\)$/u.exec(value) ?? [];
    const note = more === undefined ? nothing : html`<small>${more}</small>`;
    return html`<div><dt>${name}</dt><dd>${main}${note}</dd></div>`;
  });
  return html`<dl class="facts">${cells}</dl>`;
}

function caveats(list: readonly string[]): Markup {
  if (list.length === 0) return nothing;
  return html`<ul class="caveats">${list.map((caveat) => html`<li>${caveat}</li>`)}</ul>`;
}

function paragraphs(text: string): readonly Markup[] {
  return paragraphsOf(text).map((paragraph) => html`<p>${paragraph}</p>`);
}

function points(list: readonly ReportPoint[]): Markup {
  if (list.length === 0) return html`<p class="none">None.</p>`;
  return html`<ol class="points">${list.map(
    (point) => html`<li class="card">${pointBody(point)}</li>
`,
  )}</ol>`;
}

function pointBody({ text, references }: ReportPoint): Markup {
  if (references.length === 0)
    return html`<div>${inline(text)}</div><ul class="references"><li>${noPlace}</li></ul>`;
  const items = references.map(
    (reference) =>
      html`<li><span class="place">${placeOf(reference)}</span><q>${inline(reference.quote)}</q></li>`,
  );
  return html`<div>${inline(text)}</div><ul class="references">${items}</ul>`;
}

function comparison({ analyses, keyPoints, recommendations }: AnalysesCompared): Markup {
  const [first] = analyses;
  if (!first) return nothing;
  const models = analyses.map(({ model }) => model);
  const summaries = analyses.map(
    ({ model, summary }) => html`<div class="card"><h3>${model}</h3>${paragraphs(summary)}</div>`,
  );
  const notes = analyses.flatMap((analysis) =>
    caveatsOf(analysis).map((caveat) => `${analysis.model}: ${caveat}`),
  );
  return html`<article>
${heading(first, models)}
<h2>What it took</h2>
${figures(analyses)}
${caveats(notes)}
<h2>Summaries</h2>
<div class="columns">${summaries}</div>
<h2>Key points</h2>
${sideBySide(models, keyPoints)}
<h2>Recommendations</h2>
${sideBySide(models, recommendations)}
</article>`;
}

function figures(analyses: readonly DocumentAnalysis[]): Markup {
  const columns = analyses.map(factsOf);
  const names = columns[0]?.map(({ name }) => name) ?? [];
  const rows = names.map(
    (name, at) =>
      html`<tr><th scope="row">${name}</th>${columns.map((list) => html`<td>${list[at]?.value ?? ''}</td>`)}</tr>`,
  );
  return html`<div class="scroll"><table class="figures"><thead><tr><th></th>${analyses.map(
    ({ model }) => html`<th scope="col">${model}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function sideBySide(models: readonly string[], rows: readonly ComparedPoint[]): Markup {
  if (rows.length === 0) return html`<p class="none">None.</p>`;
  const cell = (point: ReportPoint | null, at: number): Markup => {
    const model = models[at] ?? '';
    return point === null
      ? html`<td class="missing" data-model="${model}">not said</td>`
      : html`<td data-model="${model}">${pointBody(point)}</td>`;
  };
  return html`<table class="sides"><thead><tr>${models.map((model) => html`<th scope="col">${model}</th>`)}</tr></thead><tbody>${rows.map(
    ({ said }) => html`<tr>${said.map(cell)}</tr>`,
  )}</tbody></table>`;
}
