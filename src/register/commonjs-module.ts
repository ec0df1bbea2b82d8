import { createRequire } from 'node:module';
import { observeInstance } from './observe-instance.ts';
import { answerFor, type ClientClass, observeClasses } from './observed-class.ts';

type Callable = ((...args: unknown[]) => unknown) & Readonly<Record<string, unknown>>;

const require = createRequire(import.meta.url);
const observed = new WeakSet<object>();

/**
 * Loads the CommonJS openai in `file` and exchanges what its module exports. Whoever requires that file gets the
 * observed one, from the module cache.
 */
export function observeModuleFile(file: string): void {
  const exports: unknown = require(file);
  const module = require.cache[file];
  if (!module || !isCallable(exports) || observed.has(exports)) return;
  const exchanged = observedCallable(exports);
  observed.add(exchanged);
  module.exports = exchanged;
}

function isCallable(value: unknown): value is Callable {
  return typeof value === 'function';
}

/**
 * `require('openai')` gives a function that makes a client with `new` and without, and that has all exports as
 * properties. This makes the same of the observed classes.
 */
function observedCallable(original: Callable): Callable {
  const observe = observeClasses({ ...original }, observeInstance);
  const OriginalClient = original['default'] as ClientClass;
  const Client = observe(OriginalClient);
  // Since openai 7 the function stands for the class also as a base class and with `instanceof`.
  const standsForClass = original.prototype === OriginalClient.prototype;
  const callable = function OpenAI(...args: unknown[]): object {
    const derived = standsForClass && new.target !== undefined && new.target !== callable;
    return Reflect.construct(Client, args, derived ? new.target : Client);
  };
  if (standsForClass) {
    Object.setPrototypeOf(callable, Client);
    callable.prototype = Client.prototype;
    answerFor(callable, OriginalClient);
  }
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(original))) {
    if (name === 'prototype') continue;
    const value: unknown = original[name];
    const exchanged = observe(value);
    Object.defineProperty(
      callable,
      name,
      exchanged === value ? descriptor : { ...accessor(descriptor), get: () => exchanged },
    );
  }
  return callable as unknown as Callable;
}

function accessor({ enumerable = true, configurable = false }: PropertyDescriptor): PropertyDescriptor {
  return { enumerable, configurable };
}
