import type { DocumentAnalysis } from '../analysis.ts';
import type { AnalysesCompared, ComparedPoint } from '../compare.ts';
import type { ReportPoint } from '../references.ts';
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

/**
 * Reports as Markdown. What comes from the document or the model is escaped: it makes no links, pictures or headings.
 *
 * @example
 * ```ts
 * await writeFile('report.md', reportAsMarkdown(analysis));
 * ```
 */
export function reportAsMarkdown(reports: Report | readonly Report[]): string {
  const list = Array.isArray(reports) ? (reports as readonly Report[]) : [reports as Report];
  return `${list.map((report) => (isCompared(report) ? comparison(report) : single(report)).join('\n')).join('\n\n---\n\n')}\n`;
}

function single(analysis: DocumentAnalysis): readonly string[] {
  return [
    ...heading(analysis),
    '',
    `Analysed by ${escaped(analysis.model)}.`,
    ...bodyOf(analysis, '##'),
    ...figures([analysis]),
  ];
}

function heading({ document, ...analysis }: DocumentAnalysis): readonly string[] {
  const { name, title } = document;
  return [
    `# ${escaped(title ?? name)}`,
    '',
    `${title === undefined ? '' : `${escaped(name)}: `}${documentLine({ document, ...analysis })}.`,
  ];
}

function bodyOf(analysis: DocumentAnalysis, level: string): readonly string[] {
  const { summary, keyPoints, recommendations } = analysis;
  const caveats = caveatsOf(analysis);
  return [
    ...(caveats.length > 0 ? ['', ...caveats.map((caveat) => `> ${escaped(caveat)}  `)] : []),
    '',
    `${level} Summary`,
    '',
    paragraphsOf(summary).map(escapeLine).join('\n\n'),
    ...points(`${level} Key points`, keyPoints),
    ...points(`${level} Recommendations`, recommendations),
  ];
}

function points(title: string, list: readonly ReportPoint[]): readonly string[] {
  if (list.length === 0) return ['', title, '', 'None.'];
  return [
    '',
    title,
    '',
    ...list.flatMap((point, at) => [
      `${at + 1}. ${escapeLine(inline(point.text))}`,
      ...(point.references.length === 0 ? [`   - *${noPlace}*`] : []),
      ...point.references.map(
        (reference) => `   - ${escaped(placeOf(reference))}: “${escaped(inline(reference.quote))}”`,
      ),
    ]),
  ];
}

function comparison({ analyses, keyPoints, recommendations }: AnalysesCompared): readonly string[] {
  const [first] = analyses;
  if (!first) return [];
  const models = analyses.map(({ model }) => model);
  return [
    ...heading(first),
    '',
    `Analysed by ${models.map(escaped).join(' and ')}.`,
    ...figures(analyses),
    '',
    '## Summaries',
    ...analyses.flatMap(({ model, summary }) => [
      '',
      `### ${escaped(model)}`,
      '',
      paragraphsOf(summary).map(escapeLine).join('\n\n'),
    ]),
    ...sideBySide('## Key points', models, keyPoints),
    ...sideBySide('## Recommendations', models, recommendations),
    ...analyses.flatMap((analysis) => {
      const caveats = caveatsOf(analysis);
      return caveats.length === 0
        ? []
        : ['', `> ${escaped(analysis.model)}:  `, ...caveats.map((caveat) => `> ${escaped(caveat)}  `)];
    }),
  ];
}

function sideBySide(
  title: string,
  models: readonly string[],
  rows: readonly ComparedPoint[],
): readonly string[] {
  if (rows.length === 0) return ['', title, '', 'None.'];
  const cell = (point: ReportPoint | null): string =>
    point === null
      ? '–'
      : [
          escaped(inline(point.text)),
          ...(point.references.length === 0 ? [noPlace] : point.references.map(placeOf)).map(
            (place) => `<br>*${escaped(place)}*`,
          ),
        ].join('');
  return [
    '',
    title,
    '',
    row(models.map(escaped)),
    row(models.map(() => '---')),
    ...rows.map(({ said }) => row(said.map(cell))),
  ];
}

function figures(analyses: readonly DocumentAnalysis[]): readonly string[] {
  const columns = analyses.map(factsOf);
  const names = columns[0]?.map(({ name }) => name) ?? [];
  return [
    '',
    '## What it took',
    '',
    row(['', ...analyses.map(({ model }) => escaped(model))]),
    row(['---', ...analyses.map(() => '---:')]),
    ...names.map((name, at) => row([name, ...columns.map((facts) => escaped(facts[at]?.value ?? ''))])),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Text that is nothing but text: an underscore within a word is left, so that names stay readable. */
function escaped(text: string): string {
  return (
    inline(text)
      .replace(/[\\`*[\]<>|~&]/g, '\\$&')
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
      // Many readers make a link of a bare address.
      .replace(/:(?=\/\/)|(?<=www)\.|@/giu, '\\$&')
  );
}

/** The same at the beginning of a line, where more would mean something. */
function escapeLine(text: string): string {
  return escaped(text)
    .replace(/^([#+=-])/u, '\\$1')
    .replace(/^(\d+)([.)])/u, '$1\\$2');
}
