import type { PieceFilter } from './piece-filter.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** No usage chunk is so large. */
const largestUsageBytes = 16 * 1_024;
/** The longest end of an event, all but its last byte. */
const endBytes = 2;

/**
 * Takes the usage chunk out of a streamed chat again, for a caller who did not ask for it: the one event whose
 * `choices` are empty and whose `usage` is not null. Everything else passes byte for byte: whole events at a time, and an event
 * that is too long for a usage chunk as it comes.
 */
export class UsageFilter implements PieceFilter {
  readonly #mostBytes: number;
  #held: Buffer = Buffer.alloc(0);
  /** So much of what is held has passed already, and is there to find the end of its event by. */
  #passedBytes = 0;
  /** The event that has not ended is no usage chunk. */
  #isPassing = false;
  /** The event before ended in \r with its piece, so that a \n which follows is the rest of its end. */
  #endedInReturn = false;
  #keptLast = true;

  /** `mostBytes` is the most that is held back. */
  constructor(mostBytes = largestUsageBytes) {
    this.#mostBytes = mostBytes;
  }

  fresh(): PieceFilter {
    return new UsageFilter(this.#mostBytes);
  }

  push(piece: Uint8Array): Uint8Array | undefined {
    if (piece.byteLength === 0) return undefined;
    const bytes = Buffer.concat([this.#held, piece]);
    const kept: Buffer[] = [];
    let from = this.#endedInReturn && bytes[0] === lineFeed ? 1 : 0;
    if (from > 0 && this.#keptLast) kept.push(bytes.subarray(0, from));
    const endOf = bytes.includes(carriageReturn) ? endOfAnyEvent : endOfEvent;
    for (let end = endOf(bytes, from); end !== -1; end = endOf(bytes, from)) {
      const event = bytes.subarray(from, end);
      this.#keptLast = this.#isPassing || !isUsageEvent(event);
      if (this.#keptLast) kept.push(event.subarray(this.#passedBytes));
      this.#isPassing = false;
      this.#passedBytes = 0;
      from = end;
    }
    this.#endedInReturn = from === bytes.length && bytes[from - 1] === carriageReturn;
    this.#hold(bytes.subarray(from), kept);
    return kept.length === 0 ? undefined : Buffer.concat(kept);
  }

  #hold(rest: Buffer, kept: Buffer[]): void {
    this.#isPassing ||= rest.length > this.#mostBytes;
    this.#held = rest;
    if (!this.#isPassing) return;
    kept.push(rest.subarray(this.#passedBytes));
    this.#held = Buffer.from(rest.subarray(-endBytes));
    this.#passedBytes = this.#held.length;
  }

  flush(): Uint8Array | undefined {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest.length === 0 || this.#isPassing || isUsageEvent(rest) ? undefined : rest;
  }
}

/** The index behind the blank line that ends the event at `from`; -1 if it has not ended. */
function endOfEvent(bytes: Buffer, from: number): number {
  const at = bytes.indexOf('\n\n', from);
  return at === -1 ? -1 : at + 2;
}

/** The same where a line may end in \r\n, or in \r alone, which then ends it at once. */
function endOfAnyEvent(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const second = at + lineEndLength(bytes, at);
    if (second === at) continue;
    const end = second + lineEndLength(bytes, second);
    if (end > second) return end;
    at = second - 1;
  }
  return -1;
}

function lineEndLength(bytes: Buffer, at: number): number {
  if (bytes[at] === lineFeed) return 1;
  if (bytes[at] !== carriageReturn) return 0;
  return bytes[at + 1] === lineFeed ? 2 : 1;
}

function isUsageEvent(event: Buffer): boolean {
  if (event.indexOf('"usage"') === -1) return false;
  const data = event
    .toString('utf8')
    .split(/\r\n?|\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5))
    .join('\n');
  try {
    const chunk: unknown = JSON.parse(data);
    if (typeof chunk !== 'object' || chunk === null) return false;
    const { choices, usage } = chunk as { choices?: unknown; usage?: unknown };
    return Array.isArray(choices) && choices.length === 0 && typeof usage === 'object' && usage !== null;
  } catch {
    return false;
  }
}
