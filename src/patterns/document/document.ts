/** The forms of document that can be read. */
export type DocumentType = 'text' | 'markdown' | 'html' | 'pdf';

/** What a block of a document is. */
export type BlockKind = 'heading' | 'paragraph' | 'list' | 'code' | 'table' | 'quote';

/** Where a block stands: what a reader needs to find it again. */
export interface Place {
  /** The block's number in its document, from 1. The same file always gives the same numbers. */
  readonly block: number;
  /** Its page, from 1. Only of a PDF. */
  readonly page?: number;
  /** The line on which it begins, from 1. Of everything but a PDF. */
  readonly line?: number;
  /** The headings above it, the outermost first; of a heading, itself is the last. */
  readonly headings: readonly string[];
}

/** A piece of a document as its author made it: a paragraph, a heading, a list, a table. */
export interface Block {
  readonly kind: BlockKind;
  /** How deep a heading is, from 1. Only of headings. */
  readonly level?: number;
  /** Never empty. Lists and tables are written as in Markdown. */
  readonly text: string;
  readonly place: Place;
}

/** What `readDocument` found. It is JSON, so it can be stored. */
export interface Document {
  /** The file's name without its directory. */
  readonly name: string;
  readonly type: DocumentType;
  /** As the document gives it: its metadata, or its first heading where that is the only one of its level. */
  readonly title?: string;
  /** How its bytes were read, as `utf-8`, `utf-16le` or `windows-1252`. Not of a PDF, nor of what came as a string. */
  readonly encoding?: string;
  readonly blocks: readonly Block[];
  /** Of all blocks' texts together. */
  readonly characters: number;
  /** How many pages it has. Only of a PDF. */
  readonly pages?: number;
  /** Pages without any text, which are pictures most likely: nothing on them was read. Only of a PDF. */
  readonly pagesWithoutText?: readonly number[];
}

/**
 * A place in words, for people.
 *
 * @example
 * ```ts
 * describePlace({ block: 12, page: 4, headings: ['2 Methods', '2.1 Data'] }); // 'page 4, 2 Methods › 2.1 Data'
 * ```
 */
export function describePlace(place: Place): string {
  const parts: string[] = [];
  if (place.page !== undefined) parts.push(`page ${place.page}`);
  if (place.line !== undefined) parts.push(`line ${place.line}`);
  if (place.headings.length > 0) parts.push(headingPath(place.headings));
  return parts.length > 0 ? parts.join(', ') : `block ${place.block}`;
}

/** As `2 Methods › 2.1 Data`. */
export function headingPath(headings: readonly string[]): string {
  return headings.join(' › ');
}
