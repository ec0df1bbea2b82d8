/** A text of which only the beginning was kept. */
export class CutText {
  readonly text: string;
  /** How many bytes of UTF-8 are missing behind it. */
  readonly cutBytes: number;

  constructor(text: string, cutBytes: number) {
    this.text = text;
    this.cutBytes = cutBytes;
  }
}

/** Data that is shown by its digest. It is worked out only when the content is written. */
export class Media {
  readonly #describe: () => Readonly<Record<string, unknown>>;

  /** `describe` gives the part that stands for the data. */
  constructor(describe: () => Readonly<Record<string, unknown>>) {
    this.#describe = describe;
  }

  describe(): Readonly<Record<string, unknown>> {
    return this.#describe();
  }
}

/** Without half of a character at the end. */
export function wholeCharacters(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}

/** About as long as what stands for data. */
const mediaBytes = 250;

/** About how many bytes a value has as JSON: escapes are not counted. */
export function roughBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value) + 2;
  if (value instanceof CutText) return Buffer.byteLength(value.text) + value.cutBytes + 2;
  if (value instanceof Media) return mediaBytes;
  if (typeof value !== 'object' || value === null) return String(value).length;
  let bytes = 2;
  for (const [name, item] of Object.entries(value))
    bytes += (Array.isArray(value) ? 0 : name.length + 3) + roughBytes(item) + 1;
  return bytes;
}
