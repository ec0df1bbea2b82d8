import { happeningsOf } from '../happenings.ts';
import { uniform } from '../seeded.ts';
import type { World } from '../world.ts';
import { createCourier, type Manner } from './courier.ts';
import type { Forgery, WebhookDelivery } from './delivery.ts';
import { createEventMaker, type WebhookData, type WebhookEvent } from './webhook-event.ts';
import { isWebhookType, type WebhookPlan, type WebhookType } from './webhook-plan.ts';

/** The events that a world tells its receiver. Without a plan, and once the world is over, they go nowhere. */
export interface Webhooks {
  /** Sends an event, with whatever the plan makes go wrong, where it is of a type that the plan has. */
  send(type: WebhookType, data: WebhookData): void;
  /** Sends one that its receiver must not believe. It is sent once. */
  forge(type: WebhookType, data: WebhookData, forgery: Forgery): void;
  /** Every attempt so far, the last 10 000. */
  log(): WebhookDelivery[];
}

/**
 * The webhooks of a world. From the first time on that they are asked for, they send what happens there too.
 */
export function webhooksOf(world: World): Webhooks {
  return world.part(createWebhooks);
}

const silent: Webhooks = { send() {}, forge() {}, log: () => [] };

function createWebhooks(world: World): Webhooks {
  const { webhooks: plan } = world.plan;
  if (!plan) return silent;
  const webhooks = createSender(world, plan);
  happeningsOf(world).listen(({ type, data }) => {
    // Of the end of much else OpenAI tells nobody.
    if (isWebhookType(type)) webhooks.send(type, data);
  });
  return webhooks;
}

function createSender(world: World, plan: WebhookPlan): Webhooks {
  const courier = createCourier(world, plan);
  const eventOf = createEventMaker(world);
  /** Sends the event that is held back until the next was sent. */
  let release: (() => void) | undefined;

  function isDrawn(purpose: string, { name }: WebhookEvent, rate: number): boolean {
    return uniform(world.seed, `${purpose} ${name}`) < rate;
  }

  function dispatch(event: WebhookEvent, manner: Manner): void {
    courier.send(event, manner);
    if (isDrawn('duplicate', event, plan.duplicateRate)) courier.send(event, { ...manner, duplicate: true });
  }

  function holdBack(event: WebhookEvent): void {
    release = () => {
      release = undefined;
      cancel();
      dispatch(event, {});
    };
    const cancel = world.later(plan.lateMs, release);
  }

  return {
    send(type, data) {
      if (world.isOver || !plan.events.includes(type)) return;
      const event = eventOf(type, data);
      if (isDrawn('late', event, plan.lateRate)) {
        dispatch(event, { delayMs: plan.lateMs * uniform(world.seed, `lateness ${event.name}`) });
      } else if (!release && isDrawn('swap', event, plan.swapRate)) {
        holdBack(event);
      } else {
        dispatch(event, {});
        release?.();
      }
    },
    forge(type, data, forged) {
      if (!world.isOver) courier.send(eventOf(type, data), { forged });
    },
    log: courier.log,
  };
}
