import type { Method } from './watched-methods.ts';

/** What takes the place of each method or getter of a class. */
export type Overrides = Readonly<
  Record<string | symbol, (original: Method, name: string | symbol) => PropertyDescriptor>
>;

/**
 * Prototypes between an object and its own class, by that class's prototype: they hold the watched methods once for
 * all objects. Giving an object another prototype is one step where redefining nine methods on it is nine.
 */
export type Prototypes = WeakMap<object, object>;

/** Lets `overrides` stand before the class of `target`, for this one object. */
export function adopt(target: object, overrides: Overrides, prototypes: Prototypes): void {
  const prototype: object | null = Object.getPrototypeOf(target);
  if (prototype === null || !Object.isExtensible(target)) return;
  if (prototype === Object.prototype) {
    // An imitation of a response, as tests make them: its methods are its own.
    Object.defineProperties(target, descriptorsFor(target, overrides));
    return;
  }
  let watched = prototypes.get(prototype);
  if (!watched) {
    watched = Object.create(prototype, descriptorsFor(prototype, overrides, target)) as object;
    prototypes.set(prototype, watched);
  }
  Object.setPrototypeOf(target, watched);
}

/** `example` is an object of the prototype `target`, for getters that work on nothing else. */
function descriptorsFor(target: object, overrides: Overrides, example = target): PropertyDescriptorMap {
  const descriptors: PropertyDescriptorMap = {};
  for (const name of Reflect.ownKeys(overrides)) {
    const override = overrides[name];
    if (!override || !(name in target)) continue;
    const original: unknown = name === 'body' ? bodyGetter(target) : Reflect.get(target, name, example);
    if (typeof original !== 'function') continue;
    Reflect.set(descriptors, name, {
      configurable: true,
      enumerable: false,
      ...override(original as Method, name),
    });
  }
  return descriptors;
}

/** How the body is got: by the class's getter, or from a plain property. */
function bodyGetter(target: object): Method {
  for (let owner: object | null = target; owner; owner = Object.getPrototypeOf(owner) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, 'body');
    if (descriptor?.get) return descriptor.get as Method;
    if (descriptor) return () => descriptor.value as unknown;
  }
  return () => undefined;
}
