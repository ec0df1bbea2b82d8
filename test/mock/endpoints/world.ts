import { defaultBackground } from '../../../src/mock/background-plan.ts';
import { defaultBatching } from '../../../src/mock/batch-options.ts';
import type { ApiRequest, Route } from '../../../src/mock/route.ts';
import { World } from '../../../src/mock/world.ts';
import { createFakeClock } from '../fake-clock.ts';

/** The memory of a provider, without a provider around it. */
export function worldForTest(
  clock = createFakeClock(),
  batches: Partial<typeof defaultBatching> = {},
): World {
  const plan = { background: defaultBackground, batches: { ...defaultBatching, ...batches }, webhooks: null };
  return new World(1, clock, plan);
}

/** What a route answers to a request that no fault and no limit stands in the way of. */
export async function askRoute(
  world: World,
  route: Route,
  changes: Partial<ApiRequest>,
): Promise<Record<string, unknown>> {
  const { clock, seed } = world;
  const outputTokens = { min: 8, max: 40 };
  const answer = await route.answer({
    body: {},
    params: {},
    query: new URLSearchParams(),
    raw: Buffer.alloc(0),
    form: undefined,
    ask: {
      seed,
      callId: 'one',
      attempt: 0,
      clock,
      headers: {},
      world,
      outputTokens,
      refuseStreamOptions: false,
      toolCallRate: 0.5,
      countTokens: undefined,
      answers: undefined,
    },
    world,
    whenEnded: () => {},
    ...changes,
  });
  if (answer.kind !== 'whole') throw new Error(`The route at ${route.path} gave no whole answer`);
  answer.effect?.begin?.({} as never);
  return JSON.parse(String(answer.body));
}
