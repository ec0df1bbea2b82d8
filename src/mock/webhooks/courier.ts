import { uniform } from '../seeded.ts';
import type { World } from '../world.ts';
import type { Forgery, OpenDelivery, WebhookDelivery } from './delivery.ts';
import { post } from './post.ts';
import { signedHeaders } from './sign.ts';
import type { WebhookEvent } from './webhook-event.ts';
import type { WebhookPlan } from './webhook-plan.ts';

/** How an event is sent. */
export interface Manner {
  readonly delayMs?: number;
  readonly duplicate?: boolean;
  readonly forged?: Forgery;
}

/** Brings events to their receiver, again and again until it takes them, and notes every attempt. */
export interface Courier {
  send(event: WebhookEvent, manner: Manner): void;
  /** The last 10 000 attempts. */
  log(): WebhookDelivery[];
}

const MOST_LOGGED = 10_000;
/** Events that are on their way, or wait to be. */
const MOST_WAITING = 10_000;
const DAY_MS = 86_400_000;

export function createCourier(world: World, plan: WebhookPlan): Courier {
  const { seed, clock } = world;
  const log: OpenDelivery[] = [];
  let sequence = 0;
  let waiting = 0;

  function note(event: WebhookEvent, { duplicate, forged }: Manner, attempt: number): OpenDelivery {
    const { webhookId, eventId, type, objectId } = event;
    const delivery: OpenDelivery = {
      seq: sequence++,
      webhookId,
      eventId,
      type,
      objectId,
      attempt,
      duplicate: duplicate ?? false,
      forged: forged ?? null,
      sentAtMs: world.elapsedMs(),
      outcome: 'pending',
    };
    log.push(delivery);
    if (log.length > MOST_LOGGED) log.shift();
    return delivery;
  }

  function attempt(event: WebhookEvent, manner: Manner, count: number): void {
    const { url, timeoutMs, retries } = plan;
    const delivery = note(event, manner, count);
    const letter = letterOf(event, manner.forged, { secret: plan.secret, atMs: clock.epochMs() });
    post(world, { url, timeoutMs, ...letter }, (result) => {
      delivery.endedAtMs = world.elapsedMs();
      delivery.outcome = result.outcome;
      if ('status' in result) delivery.status = result.status;
      if (result.outcome === 'delivered' || manner.forged || count >= retries) {
        waiting--;
        return;
      }
      delivery.retryInMs = backoffMs(event, manner, count);
      world.later(delivery.retryInMs, () => attempt(event, manner, count + 1));
    });
  }

  function backoffMs({ name }: WebhookEvent, { duplicate }: Manner, count: number): number {
    const share = uniform(seed, `backoff ${count} ${duplicate ?? false} ${name}`);
    return Math.ceil(Math.min(DAY_MS, plan.backoffMs * 2 ** count) * (1 - share / 4));
  }

  return {
    send(event, manner) {
      if (waiting >= MOST_WAITING) {
        note(event, manner, 0).outcome = 'dropped';
        return;
      }
      waiting++;
      const { delayMs = 0 } = manner;
      if (delayMs > 0) world.later(delayMs, () => attempt(event, manner, 0));
      else attempt(event, manner, 0);
    },
    log: () => log.map((delivery) => ({ ...delivery })),
  };
}

interface Signer {
  readonly secret: string;
  readonly atMs: number;
}

function letterOf(
  { webhookId: id, body }: WebhookEvent,
  forged: Forgery | undefined,
  { secret, atMs }: Signer,
) {
  const key = forged === 'signature' ? `not ${secret}` : secret;
  const headers = signedHeaders(key, { id, body, atMs: forged === 'timestamp' ? atMs - DAY_MS : atMs });
  const isTampered = forged === 'body';
  return { headers, body: isTampered ? body.replace('"data":{"id":"', '"data":{"id":"forged_') : body };
}
