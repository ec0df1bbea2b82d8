import type { DocumentType } from './document.ts';
import { DocumentFault } from './unreadable.ts';

/** How files begin that are something else than text. The first that fits counts. */
const foreign: readonly (readonly [magic: string, whatToDo: string])[] = [
  ['\x89PNG', picture('PNG')],
  ['\xff\xd8\xff', picture('JPEG')],
  ['GIF8', picture('GIF')],
  ['II*\0', picture('TIFF')],
  ['MM\0*', picture('TIFF')],
  ['BM', picture('BMP')],
  ['\0\0\x01\0', picture('ICO')],
  ['8BPS', picture('Photoshop')],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', office('an old Microsoft Office file, or one with a password')],
  ['{\\rtf', office('an RTF file')],
  ['%!PS', 'is PostScript, which is not read: convert it to PDF first.'],
  ['\x1f\x8b', archive('gzip')],
  ['BZh', archive('bzip2')],
  ['\xfd7zXZ', archive('xz')],
  ['7z\xbc\xaf\x27\x1c', archive('7-Zip')],
  ['Rar!', archive('RAR')],
  ['\x28\xb5\x2f\xfd', archive('Zstandard')],
  ['\x7fELF', 'is a program: there is no text in it to read.'],
  ['MZ', 'is a program: there is no text in it to read.'],
  ['SQLite format 3\0', 'is a SQLite database: export what is to be read as text first.'],
  ['ID3', sound('a sound file')],
  ['OggS', sound('a sound file')],
  ['fLaC', sound('a sound file')],
  ['RIFF', sound('a picture, sound or video file (RIFF)')],
  ['\x1aE\xdf\xa3', sound('a video file')],
];

/** What begins so is what it says, though it is written in letters. */
const textual = new Set(['{\\rtf', '%!PS']);

function picture(name: string): string {
  return `is a picture (${name}): recognise its text (OCR) and save that as text or PDF first.`;
}
function archive(name: string): string {
  return `is an archive (${name}): unpack it, and name the files in it.`;
}
function office(name: string): string {
  return `is ${name}, which is not read: save it as PDF, HTML or text first.`;
}
function sound(name: string): string {
  return `is ${name}: transcribe it, and save that as text first.`;
}

/** What is inside of a ZIP file, by a name that only such a file holds. */
const packed: readonly (readonly [entry: string, name: string])[] = [
  ['word/', 'a Word document (DOCX)'],
  ['xl/', 'an Excel workbook (XLSX)'],
  ['ppt/', 'a PowerPoint presentation (PPTX)'],
  ['application/vnd.oasis.opendocument', 'an OpenDocument file'],
  ['application/epub+zip', 'an EPUB book'],
];

/**
 * Whether it is a PDF.
 *
 * @throws DocumentFault for what is neither that nor text
 */
export function isPdf(bytes: Uint8Array): boolean {
  const start = latin1(bytes.subarray(0, 1_024));
  if (start.startsWith('%PDF-')) return true;
  // Readers take a PDF for one whose mark comes late, after the headers of a mail or a web server. A text may speak of it.
  if (start.includes('%PDF-') && (bytes.includes(0) || latin1(bytes.subarray(-2_048)).includes('startxref')))
    return true;
  if (start.startsWith('PK\x03\x04')) throw new DocumentFault(zipFault(bytes));
  if (start.slice(4, 8) === 'ftyp' && !isPrintable(start))
    throw new DocumentFault(sound('a video, sound or picture file (MP4)'));
  for (const [magic, whatToDo] of foreign) {
    // Letters begin many a text: only what goes on as no text does is meant, but for what is text itself.
    const isCertain = !/^[ -~]+$/.test(magic) || textual.has(magic) || !isPrintable(start);
    if (start.startsWith(magic) && isCertain) throw new DocumentFault(whatToDo);
  }
  return false;
}

function zipFault(bytes: Uint8Array): string {
  const names = latin1(bytes.subarray(0, 65_536)) + latin1(bytes.subarray(-65_536));
  const inside = packed.find(([entry]) => names.includes(entry));
  return inside ? office(inside[1]) : archive('ZIP');
}

const textTypes: Readonly<Record<string, Exclude<DocumentType, 'pdf'>>> = {
  md: 'markdown',
  markdown: 'markdown',
  mdown: 'markdown',
  mdx: 'markdown',
  qmd: 'markdown',
  rmd: 'markdown',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
};

/** Which kind of text it is: by its beginning where that is certain, else by the name. */
export function textTypeOf(name: string, start: string): Exclude<DocumentType, 'pdf'> {
  if (/^\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,500}-->\s*)?<(?:!doctype\s+html|html)\b/i.test(start))
    return 'html';
  const extension = /\.([^.]+)$/.exec(name)?.[1] ?? '';
  const named = extension.toLowerCase();
  return (Object.hasOwn(textTypes, named) ? textTypes[named] : undefined) ?? 'text';
}

/** Whether a text has next to no control characters but those that texts have. */
export function isPrintable(text: string): boolean {
  let strange = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // Tab to carriage return, and the escape of coloured logs.
    if (code < 32 && !(code >= 9 && code <= 13) && code !== 27) strange += 1;
  }
  return strange <= text.length / 100;
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
