/** What one batch may hold at most. */
export interface PartBounds {
  readonly requests: number;
  readonly bytes: number;
  /** Inputs of embeddings. */
  readonly inputs: number;
  /** Tokens of prompts, by model. */
  readonly tokensOf: (model: string) => number;
}

/** What a line takes of a batch. */
export interface LineSize {
  readonly model: string;
  readonly bytes: number;
  readonly inputs: number;
  readonly tokens: number;
}

/** A batch to be. */
export interface PartSize {
  /** From 0. */
  readonly number: number;
  readonly model: string;
  readonly requests: number;
  readonly bytes: number;
  readonly inputs: number;
  readonly tokens: number;
}

/** Divides lines among parts: each has one model and keeps within the bounds, and lines keep their order. */
export class Splitter {
  readonly parts: PartSize[] = [];
  readonly #bounds: PartBounds;
  /** The part that takes lines of a model. */
  readonly #open = new Map<string, number>();

  constructor(bounds: PartBounds) {
    this.#bounds = bounds;
  }

  /** Why the line fits into no batch at all. */
  problemOf({ model, bytes, inputs, tokens }: LineSize): string | undefined {
    const most = this.#bounds;
    const quota = most.tokensOf(model);
    if (bytes > most.bytes) return `has ${bytes} bytes, and a batch takes ${most.bytes}`;
    if (inputs > most.inputs) return `has ${inputs} inputs, and a batch takes ${most.inputs}`;
    if (tokens > quota)
      return `has about ${tokens} tokens, and the queue of ${model || 'its model'} takes ${quota}`;
    return undefined;
  }

  /** @returns the part that the line belongs to, and the one of the same model that it filled */
  place(line: LineSize): { readonly part: number; readonly filled?: number } {
    const at = this.#open.get(line.model);
    const open = at === undefined ? undefined : this.parts[at];
    if (open && this.#fits(open, line)) {
      this.parts[open.number] = grown(open, line);
      return { part: open.number };
    }
    const number = this.parts.length;
    const empty = { number, model: line.model, requests: 0, bytes: 0, inputs: 0, tokens: 0 };
    this.parts.push(grown(empty, line));
    this.#open.set(line.model, number);
    return { part: number, ...(open && { filled: open.number }) };
  }

  #fits(part: PartSize, { bytes, inputs, tokens, model }: LineSize): boolean {
    const most = this.#bounds;
    return (
      part.requests < most.requests &&
      part.bytes + bytes <= most.bytes &&
      part.inputs + inputs <= most.inputs &&
      part.tokens + tokens <= most.tokensOf(model)
    );
  }
}

function grown(part: PartSize, { bytes, inputs, tokens }: LineSize): PartSize {
  return {
    ...part,
    requests: part.requests + 1,
    bytes: part.bytes + bytes,
    inputs: part.inputs + inputs,
    tokens: part.tokens + tokens,
  };
}
