import type { RecordHold, RecordStore } from '../../../src/patterns/index.ts';

/** Is told of each step of a process, and may end the process there. */
export type AtStep = (name: string) => Promise<void>;

export function steppedStore(store: RecordStore, atStep: AtStep, holds: RecordHold[] = []): RecordStore {
  return {
    ...store,
    write: async (...args) => {
      await atStep('before a write');
      const revision = await store.write(...args);
      await atStep('after a write');
      return revision;
    },
    hold: async (...args) => {
      const hold = await store.hold(...args);
      holds.push(hold);
      return hold;
    },
  };
}

/** A step before a request goes, one when its answer begins, and one when the provider has sent all of it. */
export function steppedFetch(atStep: AtStep): typeof fetch {
  return async (url, init) => {
    await atStep('before a request');
    const response = await fetch(url, init);
    await atStep('after the headers');
    const whole = await response.arrayBuffer();
    await atStep('after the answer');
    return new Response(whole, { status: response.status, headers: response.headers });
  };
}

/** Counts the steps; what is done at the one with this number is `end`. */
export function endAt(
  number: number,
  end: () => void,
): { readonly atStep: AtStep; readonly names: string[] } {
  const names: string[] = [];
  const atStep: AtStep = async (name) => {
    names.push(name);
    if (names.length !== number) return;
    end();
    // Nothing that comes later happens.
    await new Promise(() => undefined);
  };
  return { atStep, names };
}
