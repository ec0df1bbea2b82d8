import { isPrintable, latin1 } from './detect.ts';
import { DocumentFault } from './unreadable.ts';

export interface Decoded {
  readonly text: string;
  /** As the Encoding Standard names it. */
  readonly encoding: string;
}

/** How much of a file is looked at to see whether it is text. */
const sampleLength = 65_536;

/**
 * Reads text: by its byte order mark, as UTF-8 where it is that without a fault, by the `charset` that HTML gives for
 * itself, else as Windows-1252, of which Latin-1 is a part as far as texts go.
 *
 * @param isHtml other texts may only speak of a `charset`
 * @throws DocumentFault for what is no text
 */
export function decode(bytes: Uint8Array, isHtml: boolean): Decoded {
  const marked = markedEncoding(bytes);
  if (marked === undefined && bytes.includes(0)) throw binaryFault();
  const candidates = [marked, isHtml ? htmlCharset(bytes) : undefined, 'utf-8'].filter(
    (name) => name !== undefined,
  );
  const decoded = firstThatFits(bytes, candidates) ?? decodeWith('windows-1252', bytes);
  if (decoded.text.includes('\0') || !isPrintable(decoded.text.slice(0, sampleLength))) throw binaryFault();
  return decoded;
}

function binaryFault(): DocumentFault {
  return new DocumentFault(
    'is binary, and of no form that is known here: text, Markdown, HTML and PDF can be read, so save it as one of them.',
  );
}

function markedEncoding(bytes: Uint8Array): string | undefined {
  const [first, second, third, fourth] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first !== 0xff || second !== 0xfe) return undefined;
  // UTF-32, which nothing on the web reads either: its NULs tell.
  return third === 0 && fourth === 0 ? undefined : 'utf-16le';
}

/** What a page says of itself where browsers look for it: in its first kilobyte. */
function htmlCharset(bytes: Uint8Array): string | undefined {
  const start = latin1(bytes.subarray(0, 1_024));
  const found = /<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w:.-]{1,40})/i.exec(start)?.[1];
  // Who can read that line has not UTF-16 before him: browsers take it for UTF-8 then.
  return found === undefined || /^utf-?16/i.test(found) ? undefined : found;
}

function firstThatFits(bytes: Uint8Array, encodings: readonly string[]): Decoded | undefined {
  for (const encoding of encodings) {
    try {
      return decodeWith(encoding, bytes);
    } catch {
      // Unknown, or not what the bytes are: the next one is asked.
    }
  }
  return undefined;
}

function decodeWith(encoding: string, bytes: Uint8Array): Decoded {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return { text: decoder.decode(bytes), encoding: decoder.encoding };
}
