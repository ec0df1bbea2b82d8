import type { Invariant } from '../report/model.ts';

const mostExamples = 5;

/** Gathers what breaks an invariant. */
export class Findings {
  readonly #examples: string[] = [];
  #count = 0;

  /** `count` calls or figures disagree; `example` says one of them. */
  add(example: string, count = 1): void {
    if (count === 0) return;
    this.#count += count;
    if (this.#examples.length < mostExamples) this.#examples.push(example);
  }

  invariant(told: Pick<Invariant, 'id' | 'title' | 'counts' | 'notes'>): Invariant {
    return { ...told, difference: this.#count, examples: this.#examples };
  }
}

/** A row of the reconciliation: whose figure it is, and the figure. */
export function figure(book: string, value: number | string): Invariant['counts'][number] {
  return { book, value: typeof value === 'number' ? value.toLocaleString('en-US') : value };
}
