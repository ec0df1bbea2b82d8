import type { Attributes } from '@opentelemetry/api';

type Part = string | number | undefined;
type Parts = readonly [Part?, Part?, Part?, Part?];

/** Past this many the cache starts anew: models are user input in some applications. */
const mostSets = 500;

/**
 * The attributes that are made of a few values, the same object each time as long as those are few: records of the same
 * attributes can then be told by identity. `make` is called for values that are not known.
 */
export class AttributeCache {
  readonly #make: (parts: Parts) => Attributes;
  readonly #known = new Map<string, Attributes>();
  // Most calls are like the one before, and comparing is cheaper than making a key.
  #lastParts: Parts = [];
  #last: Attributes | undefined;

  constructor(make: (parts: Parts) => Attributes) {
    this.#make = make;
  }

  get(first: Part, second?: Part, third?: Part, fourth?: Part): Attributes {
    const last = this.#lastParts;
    if (this.#last && last[0] === first && last[1] === second && last[2] === third && last[3] === fourth)
      return this.#last;
    const parts: Parts = [first, second, third, fourth];
    const key = JSON.stringify(parts);
    let attributes = this.#known.get(key);
    if (!attributes) {
      attributes = sorted(this.#make(parts));
      if (this.#known.size >= mostSets) this.#known.clear();
      this.#known.set(key, attributes);
    }
    this.#lastParts = parts;
    this.#last = attributes;
    return attributes;
  }
}

/** With its names in order, which an SDK then need not sort for each record. */
export function sorted(attributes: Attributes): Attributes {
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}
