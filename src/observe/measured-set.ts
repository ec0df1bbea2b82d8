import type { MeterProvider } from '@opentelemetry/api';

/**
 * What is measured of one kind, by meter provider. Its instruments are made once for a provider and ask all of it: several
 * observations of one instrument would not add up.
 */
export class MeasuredSet<T> {
  readonly #all = new WeakMap<MeterProvider, Set<T>>();

  /** Gives all that are measured there where this is the first, for which the instruments have to be made. */
  join(provider: MeterProvider, one: T): ReadonlySet<T> | undefined {
    const known = this.#all.get(provider);
    if (known) {
      known.add(one);
      return undefined;
    }
    const all = new Set([one]);
    this.#all.set(provider, all);
    return all;
  }
}
