import type { IncomingMessage } from 'node:http';

/** Far above any real prompt, and low enough that a mistake does not fill the memory. */
const MOST_BYTES = 64 * 1024 * 1024;
/** About what a piece takes in memory beside its bytes: a million of one byte each are far more than a megabyte. */
const PIECE_BYTES = 256;

/** Reads a request's body and calls `done` once: with what came, or with undefined when it is too large. */
export function readBody(request: IncomingMessage, done: (body: Buffer | undefined) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length + PIECE_BYTES;
    if (bytes <= MOST_BYTES) parts.push(part);
    else parts.length = 0;
  });
  request.on('end', () => {
    if (bytes > MOST_BYTES) return done(undefined);
    const [only] = parts;
    done(parts.length === 1 && only ? only : Buffer.concat(parts));
  });
}
