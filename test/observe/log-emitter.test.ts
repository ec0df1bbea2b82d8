import { afterEach, describe, expect, it } from 'vitest';
import { currentLogEmitter, type LogEmitter } from '../../src/observe/log-emitter.ts';

const scope = { name: 'telltale', version: '1.2.3' };
const apiGlobals = Symbol.for('opentelemetry.js.api.1');
const apiLogsGetter = Symbol.for('io.opentelemetry.js.api.logs');
const before = Reflect.get(globalThis, apiGlobals) as object | undefined;

/** Each generation of OpenTelemetry's API, by the place where it keeps the provider. */
const generations = {
  'api 1.10': (provider: object | undefined) =>
    Reflect.set(globalThis, apiGlobals, { ...before, version: '1.10.0', logs: provider }),
  'api-logs': (provider: object | undefined) =>
    provider
      ? Reflect.set(globalThis, apiLogsGetter, (version: number) => (version === 1 ? provider : undefined))
      : Reflect.deleteProperty(globalThis, apiLogsGetter),
};

afterEach(() => {
  Reflect.deleteProperty(globalThis, apiLogsGetter);
  if (before) Reflect.set(globalThis, apiGlobals, before);
  else Reflect.deleteProperty(globalThis, apiGlobals);
});

function providerOf(emitter: LogEmitter | undefined, asked: unknown[] = []): object {
  return {
    getLogger: (...args: unknown[]) => {
      asked.push(args);
      return emitter;
    },
  };
}

function unheard(fault: unknown): never {
  throw fault;
}

describe.each(Object.entries(generations))('the provider registered with %s', (_name, register) => {
  it('is found when it comes, once for all calls, and again when it changes', () => {
    const current = currentLogEmitter(scope, unheard);
    expect(current()).toBeUndefined();
    const [first, second] = [{ emit: () => {} }, { emit: () => {} }];
    const asked: unknown[] = [];
    register(providerOf(first, asked));
    expect([current(), current()]).toEqual([first, first]);
    expect(asked).toEqual([['telltale', '1.2.3']]);
    register(providerOf(second, asked));
    expect(current()).toBe(second);
    register(undefined);
    expect(current()).toBeUndefined();
  });

  it('counts as none while nothing takes its records', () => {
    const current = currentLogEmitter(scope, unheard);
    let takes = false;
    const emitter = { emit: () => {}, enabled: () => takes };
    register(providerOf(emitter));
    expect(current()).toBeUndefined();
    takes = true;
    expect(current()).toBe(emitter);
  });

  it('is not asked again when it throws', () => {
    const faults: unknown[] = [];
    const current = currentLogEmitter(scope, (fault) => faults.push(fault));
    let asked = 0;
    const before = { emit: () => {} };
    register(providerOf(before));
    expect(current()).toBe(before);
    register({
      getLogger: () => {
        asked++;
        throw new Error('broken');
      },
    });
    expect([current(), current(), asked, faults.length]).toEqual([undefined, undefined, 1, 1]);
  });
});

it('where both generations are registered, records go to the newer one alone', () => {
  const [older, newer] = [{ emit: () => {} }, { emit: () => {} }];
  generations['api-logs'](providerOf(older));
  generations['api 1.10'](providerOf(newer));
  expect(currentLogEmitter(scope, unheard)()).toBe(newer);
});
