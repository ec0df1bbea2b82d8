import type { getDocumentProxy } from 'unpdf';
import { DocumentFault } from '../unreadable.ts';

/** A PDF as PDF.js has it open. */
export type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;

/**
 * Opens a PDF. No font, character map or other file is fetched for it, and no script in it is run.
 *
 * @throws DocumentFault
 */
export async function openPdf(bytes: Uint8Array): Promise<PdfDocument> {
  const { getResolvedPDFJS } = await import('unpdf');
  const { getDocument } = await getResolvedPDFJS();
  try {
    return await getDocument({
      data: bytes,
      useSystemFonts: false,
      disableFontFace: true,
      useWorkerFetch: false,
      enableXfa: false,
      stopAtErrors: false,
      verbosity: 0,
    }).promise;
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'PasswordException') {
      throw new DocumentFault('is encrypted: open it with its password, and save it without one.', {
        cause: error,
      });
    }
    throw new DocumentFault(
      `is no PDF that can be read (${message}): open it elsewhere, and save or print it as PDF again.`,
      {
        cause: error,
      },
    );
  }
}
