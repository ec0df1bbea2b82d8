import {
  type AnalysesCompared,
  type ComparedPoint,
  type DocumentAnalysis,
  describePlace,
  factsOf,
  type Report,
  type ReportPoint,
  reportCaveats,
} from '../../patterns/index.ts';
import { tableLines, widthOf } from '../shared/table.ts';
import { plain, type Terminal } from '../shared/terminal.ts';

const widest = 100;
const escapeCharacter = '\u001b';

/** A report for people at a terminal. */
export function terminalReport(report: Report, terminal: Pick<Terminal, 'hasColour' | 'columns'>): string {
  const page = new Page(terminal);
  if ('analyses' in report) comparison(page, report);
  else single(page, report);
  return page.text();
}

/** Lines that fit. */
class Page {
  readonly columns: number;
  readonly #hasColour: boolean;
  readonly #lines: string[] = [];

  constructor({ hasColour, columns }: Pick<Terminal, 'hasColour' | 'columns'>) {
    this.#hasColour = hasColour;
    this.columns = Math.max(20, Math.min(columns - 1, widest));
  }

  /** A heading. */
  title(text: string): void {
    this.#lines.push('', ...wrapped(oneLine(text), this.columns).map((line) => this.#styled(line, '1')));
  }

  add(text: string, lead = '', style: 'plain' | 'dim' = 'plain'): void {
    const indent = ' '.repeat(widthOf(lead));
    wrapped(oneLine(text), this.columns - indent.length).forEach((line, at) => {
      const shown = `${at === 0 ? lead : indent}${line}`;
      this.#lines.push(style === 'dim' ? this.#styled(shown, '2') : shown);
    });
  }

  /** A line that was made to fit. */
  line(text: string): void {
    this.#lines.push(text);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #styled(text: string, code: string): string {
    return this.#hasColour ? `${escapeCharacter}[${code}m${text}${escapeCharacter}[0m` : text;
  }
}

function single(page: Page, analysis: DocumentAnalysis): void {
  heading(page, analysis);
  summaryOf(page, analysis);
  points(page, 'Key points', analysis.keyPoints);
  points(page, 'Recommendations', analysis.recommendations);
  page.title('What it took');
  for (const { name, value } of factsOf(analysis)) page.add(value, `${name.padEnd(11)}`);
  notes(page, reportCaveats(analysis));
}

function summaryOf(page: Page, { summary }: DocumentAnalysis): void {
  summary.split(/\n\s*\n/u).forEach((paragraph, at) => {
    if (at > 0) page.line('');
    page.add(paragraph);
  });
}

function heading(page: Page, { document, model }: DocumentAnalysis): void {
  page.title(document.title ?? document.name);
  page.add(`${document.title === undefined ? '' : `${document.name}, `}analysed by ${model}`, '', 'dim');
  page.line('');
}

function points(page: Page, title: string, list: readonly ReportPoint[]): void {
  page.title(title);
  if (list.length === 0) page.add('None.', '', 'dim');
  list.forEach(({ text, references }, at) => {
    page.add(text, `${String(at + 1).padStart(2)}. `);
    if (references.length === 0) page.add('without a place in the document', '    ', 'dim');
    for (const reference of references)
      page.add(`${describePlace(reference)}: “${reference.quote}”`, '    ', 'dim');
  });
}

function notes(page: Page, caveats: readonly string[]): void {
  if (caveats.length > 0) page.line('');
  for (const caveat of caveats) page.add(caveat, '! ');
}

function comparison(page: Page, { analyses, keyPoints, recommendations }: AnalysesCompared): void {
  const [first] = analyses;
  if (!first) return;
  const models = analyses.map(({ model }) => plain(model));
  page.title(first.document.title ?? first.document.name);
  page.line('');
  figures(page, analyses);
  for (const analysis of analyses) {
    page.title(`Summary by ${analysis.model}`);
    summaryOf(page, analysis);
  }
  sides(page, 'Key points', models, keyPoints);
  sides(page, 'Recommendations', models, recommendations);
  notes(
    page,
    analyses.flatMap((analysis) => reportCaveats(analysis).map((caveat) => `${analysis.model}: ${caveat}`)),
  );
}

function figures(page: Page, analyses: readonly DocumentAnalysis[]): void {
  const columns = analyses.map(factsOf);
  const rows = (columns[0] ?? []).map(({ name }, at) => [
    name,
    ...columns.map((facts) => facts[at]?.value ?? ''),
  ]);
  const heads = [{ title: '' }, ...analyses.map(({ model }) => ({ title: model }))];
  for (const line of tableLines(heads, rows, page.columns)) page.line(line);
}

/** What all say first, and under what only some say, who does. */
function sides(page: Page, title: string, models: readonly string[], rows: readonly ComparedPoint[]): void {
  page.title(title);
  if (rows.length === 0) page.add('None.', '', 'dim');
  for (const { said } of rows) {
    const who = models.filter((_, at) => said[at]);
    const isAll = who.length === models.length;
    page.add(isAll ? 'all models' : `only ${who.join(', ')}`, isAll ? '= ' : '≠ ', 'dim');
    said.forEach((point, at) => {
      if (!point) return;
      page.add(point.text, isAll ? `  ${models[at]}: ` : '  ');
      const places = point.references.map((reference) => describePlace(reference)).join('; ');
      if (places !== '') page.add(places, '    ', 'dim');
    });
  }
}

function oneLine(text: string): string {
  return plain(text).replace(/\s+/gu, ' ').trim();
}

/** Broken between words; a word that is too long, within. */
function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    while (widthOf(word) > columns) {
      if (line !== '') lines.push(line);
      line = '';
      const head = headOf(word, columns);
      lines.push(head);
      word = word.slice(head.length);
    }
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

function headOf(word: string, columns: number): string {
  let head = '';
  for (const character of word) {
    if (head !== '' && widthOf(head + character) > columns) break;
    head += character;
  }
  return head;
}
