import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';

/** Keeps OpenTelemetry's context through promises and timers. */
export function asyncContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (context, run, thisArg, ...args) => storage.run(context, () => run.apply(thisArg, args)),
    // Functions only: an emitter is given back as it is, and its listeners have the context of whoever emits.
    bind: (context, target) => (isFunction(target) ? bound(context, target) : target),
    enable: () => manager,
    disable: () => {
      storage.disable();
      return manager;
    },
  };
  function bound<T>(context: Context, target: T & AnyFunction): T {
    function runBound(this: unknown, ...args: unknown[]): unknown {
      return storage.run(context, () => target.apply(this, args));
    }
    return Object.defineProperty(runBound, 'length', { value: target.length, configurable: true }) as T;
  }
  return manager;
}

type AnyFunction = (...args: unknown[]) => unknown;

function isFunction<T>(value: T): value is T & AnyFunction {
  return typeof value === 'function';
}
