import { TelltaleError } from '../../errors.ts';

/** What is wrong with a document and what to do, as the end of a sentence that begins with its name. */
export class DocumentFault extends Error {
  override readonly name = 'DocumentFault';
}

/** The one form of error for a document that cannot be read. */
export function unreadable(name: string, fault: DocumentFault): TelltaleError {
  return new TelltaleError('document_unreadable', `The document ${JSON.stringify(name)} ${fault.message}`, {
    ...(fault.cause !== undefined && { cause: fault.cause }),
  });
}

/** As `100 MB`. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} MB`;
}
