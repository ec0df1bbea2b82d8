import fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { ObserveOptions } from '../../src/index.ts';
import { SpanBook } from '../contract/span-book.ts';
import type { World } from '../contract/worlds.ts';
import { anyPlan, anyUnaskedPlan } from './arbitrary-plan.ts';
import { expectHonest } from './honest.ts';
import { isKnown } from './known.ts';
import { catchUnhandled, performPlan } from './perform-plan.ts';
import type { Plan } from './plan.ts';
import { expectSame, expectSameButAsked } from './same.ts';

/**
 * How many plans each of the three properties tries. A run of the suite should take seconds; a search for new
 * differences takes `TELLTALE_FUZZ_RUNS=5000 TELLTALE_FUZZ_SEED=$RANDOM`. A failure prints its seed, and the plan.
 */
const runs = Number(process.env['TELLTALE_FUZZ_RUNS'] ?? 100);
const seed = Number(process.env['TELLTALE_FUZZ_SEED'] ?? 20_260);
const patienceMs = 60_000 + runs * 1_000;
/** A difference shows every time; a busy machine now and then has one that does not. */
const mostTries = 3;

/** Whatever the server sends and the caller does, the observed client is the bare one, and what it tells is true. */
export function describeFuzz(world: World): void {
  describe(`openai ${world.version}, fuzzed`, () => {
    let book: SpanBook | undefined;
    let release: () => void;
    beforeAll(() => {
      release = catchUnhandled();
    });
    afterAll(() => release());

    const check = (
      plans: fc.Arbitrary<Plan>,
      same: typeof expectSame,
      options: ObserveOptions,
      count: number,
    ): Promise<void> =>
      fc.assert(
        fc.asyncProperty(plans, async (plan) => {
          fc.pre(!isKnown(plan));
          for (let tries = 1; ; tries++) {
            try {
              const bare = await performPlan(plan, world, false);
              book?.clear();
              const observed = await performPlan(plan, world, options);
              same(observed, bare, plan, world);
              await expectHonest(observed, plan, world, book);
              return;
            } catch (error) {
              if (tries === mostTries) throw error;
            }
          }
        }),
        { numRuns: count, seed, timeout: 30_000 },
      );

    it('is the same and true with no SDK registered', { timeout: patienceMs }, () =>
      check(anyPlan, expectSame, {}, Math.ceil(runs / 2)),
    );

    describe('with an SDK registered', () => {
      beforeAll(() => {
        book = new SpanBook();
      });
      afterAll(async () => {
        await book?.close();
        book = undefined;
      });

      it('is the same and true', { timeout: patienceMs }, () => check(anyPlan, expectSame, {}, runs));

      it("is the same and true with streamUsage: 'ask'", { timeout: patienceMs }, () =>
        check(anyUnaskedPlan, expectSameButAsked, { streamUsage: 'ask' }, Math.ceil(runs / 2)),
      );
    });
  });
}
