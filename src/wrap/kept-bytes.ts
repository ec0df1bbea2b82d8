/** About what a piece of a body takes in memory beside its bytes: a million of one byte each are far more than a megabyte. */
const pieceBytes = 256;

/** How much of the memory a piece takes for as long as it is kept. */
export function keptBytesOf(piece: Uint8Array): number {
  return piece.byteLength + pieceBytes;
}
