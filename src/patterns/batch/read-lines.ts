/** A line of a file, or what is wrong with it. */
export type FileLine =
  | { readonly number: number; readonly text: string; readonly problem?: undefined }
  | { readonly number: number; readonly problem: string };

const lineFeed = 10;
const carriageReturn = 13;

/**
 * The lines of a JSONL file, of which only one is in memory at a time. Blank ones are left out, as are a byte order mark and
 * the CR of CRLF. One that is too long is never held whole.
 *
 * @param maxBytes of a line
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<FileLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  let number = 1;

  function add(piece: Uint8Array): void {
    bytes += piece.length;
    if (bytes > maxBytes) pieces = [];
    else if (piece.length > 0) pieces.push(piece);
  }

  function take(): FileLine | undefined {
    const isTooLong = bytes > maxBytes;
    const line = Buffer.concat(pieces);
    const at = { number };
    pieces = [];
    bytes = 0;
    number += 1;
    if (isTooLong) return { ...at, problem: `is longer than ${maxBytes} bytes` };
    try {
      const end = line.at(-1) === carriageReturn ? line.length - 1 : line.length;
      // A fatal decoder takes a byte order mark away.
      const text = decoder.decode(line.subarray(0, end));
      return text.trim() === '' ? undefined : { ...at, text };
    } catch {
      return { ...at, problem: 'is not UTF-8 text' };
    }
  }

  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      const line = take();
      if (line) yield line;
    }
    add(chunk.subarray(start));
  }
  const last = bytes > 0 ? take() : undefined;
  if (last) yield last;
}
