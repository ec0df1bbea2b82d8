/** Changes the pieces of a body on their way to the reader; see `UsageFilter`. */
export interface PieceFilter {
  /** What to deliver for a piece; undefined for nothing yet. */
  push(piece: Uint8Array): Uint8Array | undefined;
  /** What is still held back at the end. */
  flush(): Uint8Array | undefined;
  /** The same filter for another reading of the same body. */
  fresh(): PieceFilter;
}

/** What was delivered in one piece, behind the filter. */
export function filtered(value: unknown, filter: PieceFilter): unknown {
  const isText = typeof value === 'string';
  if (!isText && !(value instanceof ArrayBuffer) && !(value instanceof Uint8Array)) return value;
  const bytes = isText ? Buffer.from(value) : new Uint8Array(value);
  const parts = [filter.push(bytes), filter.flush()];
  const kept = Buffer.concat(parts.filter((part) => part !== undefined));
  if (isText) return kept.toString('utf8');
  return value instanceof ArrayBuffer ? Uint8Array.from(kept).buffer : Uint8Array.from(kept);
}
