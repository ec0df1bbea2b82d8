import { hexadecimal } from '../seeded.ts';

/** Pieces of up to this length look alike once they are padded. */
const PADDED_TO = 16;

/** What is sent with a piece so that its length does not tell what it says. */
export function paddingFor(
  { seed, callId }: { readonly seed: number; readonly callId: string },
  index: number,
  piece: string,
): string {
  return hexadecimal(seed, `padding ${callId} ${index}`, PADDED_TO).slice(
    Math.min(piece.length, PADDED_TO - 1),
  );
}
