import type { PdfDocument } from './open-pdf.ts';

/** A heading as the document's own table of contents has it. */
export interface OutlineEntry {
  readonly title: string;
  /** From 1. */
  readonly level: number;
}

/** More is the work of a machine, and takes a question to PDF.js each. */
const mostEntries = 5_000;
const deepest = 6;

type Outline = Awaited<ReturnType<PdfDocument['getOutline']>>;

/** The entries of the table of contents by the page to which they lead, in order. */
export async function outlineOf(pdf: PdfDocument): Promise<ReadonlyMap<number, readonly OutlineEntry[]>> {
  const found = new Map<number, OutlineEntry[]>();
  let left = mostEntries;
  const visit = async (items: Outline, level: number): Promise<void> => {
    for (const { title, dest, items: inner } of items ?? []) {
      left -= 1;
      if (left < 0) return;
      const page = await pageOf(pdf, dest);
      const text = title.replace(/\s+/g, ' ').trim();
      if (page !== undefined && text !== '')
        found.set(page, [...(found.get(page) ?? []), { title: text, level }]);
      if (level < deepest) await visit(inner, level + 1);
    }
  };
  // What is broken in it is missing, and the text is read all the same.
  await visit(await pdf.getOutline().catch(() => null as unknown as Outline), 1);
  return found;
}

async function pageOf(pdf: PdfDocument, dest: string | unknown[] | null): Promise<number | undefined> {
  try {
    const [target] = (typeof dest === 'string' ? await pdf.getDestination(dest) : dest) ?? [];
    if (typeof target === 'number') return target + 1;
    return target
      ? (await pdf.getPageIndex(target as Parameters<PdfDocument['getPageIndex']>[0])) + 1
      : undefined;
  } catch {
    return undefined;
  }
}
