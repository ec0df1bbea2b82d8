import type { PieceFilter } from './piece-filter.ts';

const newline = 0x0a;

/**
 * Takes the usage chunk out of a streamed chat again, for a caller who did not ask for it: the one event whose
 * `choices` are empty and whose `usage` is not null. Everything else passes byte for byte, whole events at a time.
 */
export class UsageFilter implements PieceFilter {
  #held: Buffer = Buffer.alloc(0);

  fresh(): PieceFilter {
    return new UsageFilter();
  }

  push(piece: Uint8Array): Uint8Array | undefined {
    const bytes = Buffer.concat([this.#held, piece]);
    const kept: Buffer[] = [];
    let from = 0;
    for (let end = endOfEvent(bytes, from); end !== -1; end = endOfEvent(bytes, from)) {
      const event = bytes.subarray(from, end);
      if (!isUsageEvent(event)) kept.push(event);
      from = end;
    }
    this.#held = bytes.subarray(from);
    return kept.length === 0 ? undefined : Buffer.concat(kept);
  }

  flush(): Uint8Array | undefined {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest.length === 0 || isUsageEvent(rest) ? undefined : rest;
  }
}

/** The index behind the blank line that ends the event at `from`; -1 if it has not ended. */
function endOfEvent(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(newline, from); at !== -1; at = bytes.indexOf(newline, at + 1)) {
    if (bytes[at + 1] === newline) return at + 2;
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === newline) return at + 3;
  }
  return -1;
}

function isUsageEvent(event: Buffer): boolean {
  if (event.indexOf('"usage"') === -1) return false;
  const data = event
    .toString('utf8')
    .split(/\r?\n/)
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
