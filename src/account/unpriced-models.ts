const mostModels = 20;
const noModel = '_none';
const otherModels = '_other';

/** Counts calls by model, in bounded memory: models are user input in some applications. */
export class UnpricedModels {
  /** Made when it is first needed: most applications never do. */
  #calls: Map<string, number> | undefined;

  add(model = noModel): void {
    this.#calls ??= new Map();
    const calls = this.#calls;
    const name = calls.has(model) || calls.size < mostModels ? model : otherModels;
    calls.set(name, (calls.get(name) ?? 0) + 1);
  }

  summary(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#calls ?? []);
  }
}
