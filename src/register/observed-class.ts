import { hasDoors } from '../wrap/doors.ts';

export type ClientClass = new (...args: unknown[]) => object;

/**
 * Finds the client classes among the exports of `openai` and makes an observed subclass of each. What comes back
 * exchanges a class for its observed one and leaves any other value as it is.
 *
 * `observeInstance` is called at the end of each construction.
 */
export function observeClasses(
  exports: Readonly<Record<string, unknown>>,
  observeInstance: (client: object) => void,
): <T>(original: T) => T {
  const observed = new Map<unknown, ClientClass>();
  for (const value of Object.values(exports)) {
    if (isClientClass(value) && !observed.has(value)) {
      observed.set(value, observedClass(value, observeInstance));
    }
  }
  const exchange = <T>(original: T): T => (observed.get(original) ?? original) as T;
  for (const [original, subclass] of observed) {
    // `OpenAI.OpenAI` is the class itself, and so it has to stay.
    for (const [name, value] of Object.entries(exports)) {
      if (Reflect.get(original as object, name) === value && observed.has(value)) {
        define(subclass, name, exchange(value));
      }
    }
  }
  return exchange;
}

function isClientClass(value: unknown): value is ClientClass {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  return typeof prototype === 'object' && prototype !== null && hasDoors(prototype);
}

function observedClass(Original: ClientClass, observeInstance: (client: object) => void): ClientClass {
  const Observed = class extends Original {
    constructor(...args: unknown[]) {
      super(...args);
      observeInstance(this);
    }
  };
  // The client puts its constructor's name into the User-Agent.
  define(Observed, 'name', Original.name);
  define(Observed, 'length', Original.length);
  answerFor(Observed, Original);
  return Observed;
}

/**
 * Makes `x instanceof standIn` say what `x instanceof Original` says. So an observed Azure client, which extends the
 * original OpenAI and not the observed one, still is an OpenAI. For subclasses of the stand-in, which inherit this
 * method, `instanceof` stays what it always is.
 */
export function answerFor(standIn: object, Original: ClientClass): void {
  define(standIn, Symbol.hasInstance, function hasInstance(this: unknown, value: unknown): boolean {
    if (this === standIn) return value instanceof Original;
    return Function.prototype[Symbol.hasInstance].call(this as typeof Function, value);
  });
}

function define(target: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: false, enumerable: false, configurable: true });
}
