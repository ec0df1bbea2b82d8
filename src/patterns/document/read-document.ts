import { checkCharacters } from './block-list.ts';
import { type Decoded, decode } from './decode.ts';
import { isPdf, latin1, textTypeOf } from './detect.ts';
import type { Document } from './document.ts';
import { checkReadOptions, type ReadDocumentOptions, type ReadLimits } from './document-options.ts';
import { parse } from './parse.ts';
import type { ParseTask } from './parsed.ts';
import { type DocumentInput, type Source, sourceOf } from './source.ts';
import { DocumentFault, unreadable } from './unreadable.ts';

/**
 * Reads a document of text, Markdown, HTML or PDF into its blocks, each with the place where it stands. What it is is told
 * by its content first, then by its name. Nothing of it is run, and nothing that it refers to is fetched.
 *
 * @param file a path, a `file:` URL, or `{ name, data }`
 * @throws TelltaleError `document_unreadable` for a file that is missing, empty, too large, encrypted, broken, or of no
 * form that can be read: its message says what to do. The reason of `signal`.
 *
 * @example
 * ```ts
 * import { readDocument, describePlace } from 'telltale/patterns';
 *
 * const report = await readDocument('report.pdf');
 * for (const block of report.blocks) console.log(describePlace(block.place), block.text);
 * ```
 */
export async function readDocument(
  file: DocumentInput,
  options: ReadDocumentOptions = {},
): Promise<Document> {
  const { limits, clock, signal } = checkReadOptions(options);
  const source = sourceOf(file);
  signal?.throwIfAborted();
  try {
    const content = await source.load(limits.maxBytes, signal);
    const { task, encoding } = taskFor(source, content, limits);
    const { title, ...parsed } = await parse(task, { clock, signal, timeoutMs: limits.timeoutMs });
    if (parsed.blocks.length === 0) {
      throw new DocumentFault('holds no text to read: what a script or a picture shows is not read.');
    }
    return {
      name: source.name,
      type: task.type,
      ...(title !== undefined && { title }),
      ...(encoding !== undefined && { encoding }),
      ...parsed,
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof DocumentFault ? unreadable(source.shownName, error) : error;
  }
}

/** How much of a text is looked at to see what it is. */
const startLength = 2_000;

interface Planned {
  readonly task: ParseTask;
  readonly encoding?: string;
}

function taskFor(source: Source, content: Uint8Array | string, limits: ReadLimits): Planned {
  if (content.length === 0) throw new DocumentFault('is empty: check that it was saved.');
  const { maxCharacters, maxPages } = limits;
  if (typeof content !== 'string' && isPdf(content)) {
    return { task: { type: 'pdf', bytes: content, maxCharacters, maxPages } };
  }
  const { text, encoding }: Partial<Decoded> & { text: string } =
    typeof content === 'string'
      ? { text: content.replace(/^\ufeff/, '') }
      : decode(content, isHtml(source, content));
  if (source.type === 'pdf' || text.startsWith('%PDF-')) {
    throw new DocumentFault('is not given as the bytes of a PDF: give them as a Uint8Array.');
  }
  if (text.trim() === '') throw new DocumentFault('holds only blanks: check that it was saved.');
  const type = source.type ?? textTypeOf(source.name, text.slice(0, startLength));
  // Tags take room of their own, so what HTML holds is known only when it is read.
  if (type !== 'html') checkCharacters(text.length, maxCharacters);
  return { task: { type, text, maxCharacters }, ...(encoding !== undefined && { encoding }) };
}

function isHtml({ type, name }: Source, bytes: Uint8Array): boolean {
  return (type ?? textTypeOf(name, latin1(bytes.subarray(0, startLength)))) === 'html';
}
