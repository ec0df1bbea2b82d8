import { hexadecimal, uniform } from '../seeded.ts';
import type { World } from '../world.ts';
import type { Forgery, OpenDelivery, WebhookDelivery } from './delivery.ts';
import { post } from './post.ts';
import { signedHeaders } from './sign.ts';
import type { WebhookPlan, WebhookType } from './webhook-plan.ts';

/** What an event is about. */
export interface WebhookData {
  readonly id: string;
}

/** The events of a world. */
export interface Webhooks {
  /** Sends an event, with whatever the plan makes go wrong; does nothing where there is no plan, or not for this type. */
  send(type: WebhookType, data: WebhookData): void;
  /** Sends one that its receiver must not believe. It is sent once. */
  forge(type: WebhookType, data: WebhookData, forgery: Forgery): void;
  /** Every attempt so far, the last 10 000. */
  log(): WebhookDelivery[];
}

/** A batch that has ended, as much as a response, says so with `webhooksOf(world).send('batch.completed', { id })`. */
export function webhooksOf(world: World): Webhooks {
  return world.part(createWebhooks);
}

const MOST_LOGGED = 10_000;
const MOST_ON_THEIR_WAY = 10_000;

interface Event {
  readonly type: WebhookType;
  readonly objectId: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly body: string;
  /** What its draws are for. */
  readonly name: string;
}

interface Attempt {
  readonly attempt: number;
  readonly duplicate: boolean;
  readonly forged: Forgery | null;
}

const first: Attempt = { attempt: 0, duplicate: false, forged: null };

function createWebhooks(world: World): Webhooks {
  const { seed, clock } = world;
  const { webhooks: plan } = world.plan;
  const log: OpenDelivery[] = [];
  let sequence = 0;
  let waiting = 0;
  /** The one that is held back until the next was sent. */
  let held: (() => void) | undefined;

  /** Counts events of the same kind about the same object, so that each has a name of its own. */
  const counts = new Map<string, number>();

  function eventOf(type: WebhookType, { id: objectId }: WebhookData): Event {
    const about = `${type} ${objectId}`;
    const count = counts.get(about) ?? 0;
    if (counts.size >= MOST_LOGGED) counts.clear();
    counts.set(about, count + 1);
    const name = `${about} ${count}`;
    const eventId = `evt_${hexadecimal(seed, `event ${name}`, 32)}`;
    const created_at = Math.floor(clock.epochMs() / 1_000);
    return {
      type,
      objectId,
      eventId,
      webhookId: `wh_${hexadecimal(seed, `webhook ${name}`, 32)}`,
      body: JSON.stringify({ id: eventId, object: 'event', created_at, type, data: { id: objectId } }),
      name,
    };
  }

  function later(delayMs: number, task: () => void): void {
    if (delayMs > 0) world.later(delayMs, task);
    else task();
  }

  function begin(event: Event, { duplicate, forged }: Attempt): OpenDelivery {
    const { webhookId, eventId, type, objectId } = event;
    const delivery: OpenDelivery = {
      seq: sequence++,
      webhookId,
      eventId,
      type,
      objectId,
      attempt: 0,
      duplicate,
      forged,
      sentAtMs: world.elapsedMs(),
      outcome: 'pending',
    };
    log.push(delivery);
    if (log.length > MOST_LOGGED) log.shift();
    return delivery;
  }

  function attemptToSend(
    event: Event,
    given: Attempt,
    { url, secret, timeoutMs, ...rest }: WebhookPlan,
  ): void {
    const delivery = begin(event, given);
    delivery.attempt = given.attempt;
    const { headers, body } = given.forged
      ? forgedOf(event, given.forged, secret, clock.epochMs())
      : { headers: signedHeaders(secret, signed(event)), body: event.body };
    post(world, { url, headers, body, timeoutMs }, (result) => {
      delivery.endedAtMs = world.elapsedMs();
      delivery.outcome = result.outcome;
      if ('status' in result) delivery.status = result.status;
      if (result.outcome === 'delivered' || given.forged || given.attempt >= rest.retries) {
        waiting--;
        return;
      }
      const name = `backoff ${given.attempt} ${given.duplicate} ${event.name}`;
      const retryInMs = rest.backoffMs * 2 ** given.attempt * (1 - uniform(seed, name) / 4);
      delivery.retryInMs = Math.round(retryInMs * 1_000) / 1_000;
      world.later(retryInMs, () =>
        attemptToSend(event, { ...given, attempt: given.attempt + 1 }, { url, secret, timeoutMs, ...rest }),
      );
    });
  }

  function signed({ webhookId, body }: Event) {
    return { id: webhookId, atMs: clock.epochMs(), body };
  }

  function dispatch(event: Event, given: Attempt, to: WebhookPlan): void {
    if (waiting >= MOST_ON_THEIR_WAY) {
      begin(event, given).outcome = 'dropped';
      return;
    }
    waiting++;
    attemptToSend(event, given, to);
  }

  function deliver(event: Event, to: WebhookPlan): void {
    dispatch(event, first, to);
    if (uniform(seed, `duplicate ${event.name}`) < to.duplicateRate) {
      dispatch(event, { ...first, duplicate: true }, to);
    }
    const release = held;
    held = undefined;
    release?.();
  }

  function holdBack(event: Event, to: WebhookPlan): void {
    const release = () => {
      cancel();
      if (held === release) held = undefined;
      deliver(event, to);
    };
    const cancel = world.later(to.lateMs, release);
    held = release;
  }

  return {
    send(type, data) {
      if (world.isOver || !plan?.events.includes(type)) return;
      const event = eventOf(type, data);
      const isLate = uniform(seed, `late ${event.name}`) < plan.lateRate;
      if (isLate) later(plan.lateMs * uniform(seed, `lateness ${event.name}`), () => deliver(event, plan));
      else if (!held && uniform(seed, `swap ${event.name}`) < plan.swapRate) holdBack(event, plan);
      else deliver(event, plan);
    },
    forge(type, data, forged) {
      if (plan && !world.isOver) dispatch(eventOf(type, data), { ...first, forged }, plan);
    },
    log: () => log.map((delivery) => ({ ...delivery })),
  };
}

/** Well within what any receiver takes for old. */
const OLD_MS = 86_400_000;

function forgedOf({ webhookId: id, body }: Event, forgery: Forgery, secret: string, atMs: number) {
  if (forgery === 'signature') return { headers: signedHeaders(`not ${secret}`, { id, atMs, body }), body };
  if (forgery === 'timestamp') {
    return { headers: signedHeaders(secret, { id, atMs: atMs - OLD_MS, body }), body };
  }
  const tampered = body.replace('"data":{"id":"', '"data":{"id":"forged_');
  return { headers: signedHeaders(secret, { id, atMs, body }), body: tampered };
}
