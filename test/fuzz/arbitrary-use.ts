import fc from 'fast-check';
import type { Act, Side, Stop, Use } from './plan.ts';

export const few = fc.nat(4);
const sides = fc.array(fc.constantFrom<Side>('left', 'right'), { maxLength: 6 });
const stopAfter = fc.oneof({ weight: 2, arbitrary: few }, { weight: 3, arbitrary: fc.constant(1e9) });

/** What is done with what the client has parsed. */
export const parsedUse: fc.Arbitrary<Use> = fc.oneof(
  fc.record({ how: fc.constant('await' as const), twice: fc.boolean() }),
  fc.record({ how: fc.constant('withResponse' as const), stopAfter }),
  {
    weight: 3,
    arbitrary: fc.record({
      how: fc.constant('iterate' as const),
      stopAfter,
      stop: fc.constantFrom<Stop>('break', 'throw', 'controller', 'signal'),
      again: fc.constantFrom(false, false, false, true),
    }),
  },
  fc.record({
    how: fc.constant('pull' as const),
    pulls: few,
    atOnce: fc.boolean(),
    after: fc.constantFrom('return' as const, 'leave' as const, 'drain' as const),
  }),
  fc.record({
    how: fc.constant('tee' as const),
    turns: sides,
    after: fc.constantFrom('leave' as const, 'drain left' as const, 'drain both' as const),
  }),
  fc.record({
    how: fc.constant('toReadableStream' as const),
    reads: few,
    after: fc.constantFrom('cancel' as const, 'drain' as const, 'text' as const),
  }),
  fc.record({ how: fc.constant('leave' as const) }),
);

/** `odd` acts are those in which pieces, and when they come, can be told apart. */
export function acts(odd: boolean): fc.Arbitrary<Act> {
  const on = fc.constantFrom<'answer' | 'clone'>('answer', 'answer', 'clone');
  const wholes = fc.constantFrom(
    'json',
    'text',
    'arrayBuffer',
    'blob',
    'bytes',
    'clone',
    'look',
    'pipeThrough',
    'rewrap',
    'fromWeb',
  );
  const simple = fc.record({ on, do: wholes }) as fc.Arbitrary<Act>;
  if (!odd) return simple;
  return fc.oneof(
    { weight: 3, arbitrary: simple },
    fc.record({ on, do: fc.constant('cancel' as const) }),
    fc.record({
      on,
      do: fc.constant('read' as const),
      mode: fc.constantFrom('default' as const, 'default' as const, 'byob' as const),
      reads: fc.nat(8),
      atOnce: fc.boolean(),
      after: fc.constantFrom('release' as const, 'cancel' as const, 'keep' as const),
    }),
    fc.record({ on, do: fc.constant('iterate' as const), stopAfter, preventCancel: fc.boolean() }),
    fc.record({
      on,
      do: fc.constant('tee' as const),
      turns: sides,
      after: fc.constantFrom('leave' as const, 'drain' as const, 'cancel' as const),
    }),
    fc.record({ on, do: fc.constant('pipeTo' as const), failAfter: stopAfter, preventCancel: fc.boolean() }),
  );
}

export const use: fc.Arbitrary<Use> = fc.oneof(
  { weight: 3, arbitrary: parsedUse },
  {
    weight: 1,
    arbitrary: fc.record({ how: fc.constant('raw' as const), acts: fc.array(acts(true), { maxLength: 4 }) }),
  },
);
