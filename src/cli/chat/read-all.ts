import { RunFailure } from '../../../loadtest/run-failure.ts';

const mostBytes = 4 * 1024 * 1024;

/**
 * All that comes by the standard input, as text.
 *
 * @throws RunFailure where that is too much, or no text
 */
export async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    bytes += piece.length;
    if (bytes > mostBytes)
      throw new RunFailure('The message is longer than 4 MB. For a document there is: telltale analyze FILE');
    chunks.push(piece);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new RunFailure('The message is no text in UTF-8. For a document there is: telltale analyze FILE');
  }
}
