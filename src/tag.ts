/**
 * Attaches a value to an object of somebody else's, where nobody else can see it: as a private field, which neither
 * enumeration nor a proxy nor `Object.getOwnPropertySymbols` finds. A WeakMap says the same, but each of its entries
 * is work for the garbage collector at every call, and this sits on every call.
 */
export interface Tag<T> {
  get(target: object): T | undefined;
  set(target: object, value: T): void;
}

/** A constructor that returns an object lets a subclass put its private fields on that object. */
class ReturnsItsArgument {
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: returning it is what this class is for
    return target;
  }
}

export function createTag<T>(): Tag<T> {
  class Tagged extends ReturnsItsArgument {
    #value: T;

    constructor(target: object, value: T) {
      super(target);
      this.#value = value;
    }

    static read(target: object): T | undefined {
      return #value in target ? (target as Tagged).#value : undefined;
    }

    static write(target: object, value: T): void {
      if (#value in target) (target as Tagged).#value = value;
      else new Tagged(target, value);
    }
  }
  return {
    get: (target) => Tagged.read(target),
    set: (target, value) => Tagged.write(target, value),
  };
}
