import type { Invariant } from '../report/model.ts';

const mostExamples = 5;

/** Gathers what breaks an invariant. */
export class Findings {
  readonly #examples: string[] = [];
  readonly #kinds = new Map<string, number>();
  #count = 0;

  /**
   * `count` calls or figures disagree; `example` says one of them, and `kind` in what way they do, where an invariant can
   * break in several.
   */
  add(example: string, count = 1, kind?: string): void {
    if (count === 0) return;
    this.#count += count;
    if (kind !== undefined) this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + count);
    if (this.#examples.length < mostExamples) this.#examples.push(example);
  }

  invariant(told: Pick<Invariant, 'id' | 'title' | 'counts' | 'notes'>): Invariant {
    const broken = [...this.#kinds].map(([kind, count]) => `${count} × ${kind}`);
    return {
      ...told,
      difference: this.#count,
      ...(broken.length > 0 && { broken }),
      examples: this.#examples,
    };
  }
}

/** A row of the reconciliation: whose figure it is, and the figure. */
export function figure(book: string, value: number | string): Invariant['counts'][number] {
  return { book, value: typeof value === 'number' ? value.toLocaleString('en-US') : value };
}
