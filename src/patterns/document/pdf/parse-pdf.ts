import { type BlockList, blockList, checkCharacters, titleOf } from '../block-list.ts';
import type { Parsed } from '../parsed.ts';
import { DocumentFault } from '../unreadable.ts';
import { type Line, linesOf, type TextItem, withoutMargins } from './lines.ts';
import { openPdf, type PdfDocument } from './open-pdf.ts';
import { type OutlineEntry, outlineOf } from './outline.ts';
import { headingLevels, lineSpacing, type Paragraph, paragraphsOf } from './paragraphs.ts';

export interface PdfLimits {
  readonly maxCharacters: number;
  readonly maxPages: number;
}

/** @throws DocumentFault */
export async function parsePdf(bytes: Uint8Array, limits: PdfLimits): Promise<Parsed> {
  const pdf = await openPdf(bytes);
  const pages = pdf.numPages;
  if (pages > limits.maxPages) {
    throw new DocumentFault(
      `has ${pages} pages, more than ${limits.maxPages}: split it, or raise \`maxPages\`.`,
    );
  }
  const lines = await readLines(pdf, limits.maxCharacters);
  const pagesWithoutText = lines.flatMap((page, index) => (page.length === 0 ? [index + 1] : []));
  if (pagesWithoutText.length === pages) {
    throw new DocumentFault(
      `has no text on any of its ${pages} pages, so it is a scan most likely: recognise its text (OCR) first.`,
    );
  }
  const bodies = withoutMargins(lines);
  const spacing = lineSpacing(bodies);
  const paragraphs = bodies.map((page) => paragraphsOf(page, spacing));
  const outline = await outlineOf(pdf);
  const list = blockList(limits.maxCharacters);
  const levelOf = outline.size > 0 ? () => undefined : headingLevels(paragraphs);
  for (const [index, page] of paragraphs.entries()) {
    addPage(list, index + 1, page, levelOf, outline.get(index + 1) ?? []);
  }
  const { blocks, characters } = list.done();
  const title = (await titleIn(pdf)) ?? titleOf(blocks);
  return { ...(title !== undefined && { title }), blocks, characters, pages, pagesWithoutText };
}

async function readLines(pdf: PdfDocument, maxCharacters: number): Promise<readonly (readonly Line[])[]> {
  const pages: (readonly Line[])[] = [];
  let characters = 0;
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const lines = await readPage(pdf, number);
    for (const { text } of lines) characters += text.length;
    checkCharacters(characters, maxCharacters);
    pages.push(lines);
  }
  return pages;
}

async function readPage(pdf: PdfDocument, number: number): Promise<readonly Line[]> {
  try {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    page.cleanup();
    const [, bottom = 0, , top = 0] = page.view;
    const texts = items.filter((item): item is Extract<typeof item, TextItem> => 'str' in item);
    return linesOf(texts, bottom, top);
  } catch {
    // One damaged page does not cost the others: it is told as one without text.
    return [];
  }
}

function addPage(
  list: BlockList,
  page: number,
  paragraphs: readonly Paragraph[],
  levelOf: (paragraph: Paragraph) => number | undefined,
  outline: readonly OutlineEntry[],
): void {
  const texts = new Set(paragraphs.map(({ text }) => comparable(text)));
  const shown = new Map(outline.map((entry) => [comparable(entry.title), entry]));
  // A heading that the table of contents names and the page writes otherwise stands at the page's beginning.
  for (const [text, { title, level }] of shown) if (!texts.has(text)) list.addHeading(level, title, { page });
  for (const paragraph of paragraphs) {
    const level = shown.get(comparable(paragraph.text))?.level ?? levelOf(paragraph);
    if (level === undefined) list.add('paragraph', paragraph.text, { page });
    else list.addHeading(level, paragraph.text, { page });
  }
}

function comparable(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

async function titleIn(pdf: PdfDocument): Promise<string | undefined> {
  const { info } = await pdf.getMetadata().catch(() => ({ info: {} }));
  const title: unknown = (info as Record<string, unknown>)['Title'];
  return typeof title === 'string' && title.trim() !== '' ? title.trim() : undefined;
}
