import { Buffer } from 'node:buffer';
import { deflateSync } from 'node:zlib';

export interface PdfLine {
  readonly text: string;
  /** In points. @default 11 */
  readonly size?: number;
  /** From the page's lower edge, in points. */
  readonly y: number;
}

export interface PdfContent {
  readonly pages: readonly (readonly PdfLine[])[];
  readonly title?: string;
  /** Titles and the pages to which they lead, from 1. */
  readonly outline?: readonly { readonly title: string; readonly page: number }[];
  readonly isEncrypted?: boolean;
  /** What else is in the catalog, as `/OpenAction …`. */
  readonly catalog?: string;
}

/** Writes a small PDF with the text of each page in one font. */
export function pdf({
  pages,
  title,
  outline = [],
  isEncrypted = false,
  catalog = '',
}: PdfContent): Uint8Array {
  const objects: string[] = [];
  const add = (body: string): number => objects.push(body);
  const catalogId = add('');
  const pagesId = add('');
  const font = add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  const pageIds = pages.map((lines) => {
    const content = deflateSync(Buffer.from(lines.map(show).join('\n'), 'latin1')).toString('latin1');
    const stream = add(`<< /Length ${content.length} /Filter /FlateDecode >>\nstream\n${content}\nendstream`);
    return add(
      `<< /Type /Page /Parent ${pagesId} 0 R /MediaBox [0 0 612 792] /Contents ${stream} 0 R /Resources << /Font << /F1 ${font} 0 R >> >> >>`,
    );
  });
  objects[pagesId - 1] =
    `<< /Type /Pages /Count ${pages.length} /Kids [${pageIds.map((id) => `${id} 0 R`).join(' ')}] >>`;
  let outlines = '';
  if (outline.length > 0) {
    const first = objects.length + 2;
    const root = add(`<< /Type /Outlines /First ${first} 0 R /Last ${first + outline.length - 1} 0 R >>`);
    outlines = `/Outlines ${root} 0 R`;
    for (const [index, entry] of outline.entries()) {
      const next = index + 1 < outline.length ? `/Next ${first + index + 1} 0 R` : '';
      const page = pageIds[entry.page - 1];
      add(`<< /Title (${entry.title}) /Parent ${root} 0 R /Dest [${page} 0 R /XYZ 0 792 0] ${next} >>`);
    }
  }
  objects[catalogId - 1] = `<< /Type /Catalog /Pages ${pagesId} 0 R ${outlines} ${catalog} >>`;
  const info = title === undefined ? '' : `/Info ${add(`<< /Title (${title}) >>`)} 0 R`;
  const key = `<${'ab'.repeat(32)}>`;
  const encrypt = isEncrypted
    ? `/Encrypt << /Filter /Standard /V 1 /R 2 /O ${key} /U ${key} /P -4 >> /ID [<0102> <0102>]`
    : '';
  return assemble(objects, `/Root ${catalogId} 0 R ${info} ${encrypt}`);
}

function show({ text, size = 11, y }: PdfLine): string {
  const escaped = text.replace(/[\\()]/g, (character) => `\\${character}`);
  return `BT /F1 ${size} Tf 72 ${y} Td (${escaped}) Tj ET`;
}

function assemble(objects: readonly string[], trailer: string): Uint8Array {
  let file = '%PDF-1.4\n%\xe2\xe3\xcf\xd3\n';
  const offsets = objects.map((body, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return offset;
  });
  const start = file.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows.join('')}`;
  file += `trailer\n<< /Size ${objects.length + 1} ${trailer} >>\nstartxref\n${start}\n%%EOF\n`;
  return new Uint8Array(Buffer.from(file, 'latin1'));
}
