import { hexadecimal } from '../seeded.ts';
import type { World } from '../world.ts';
import type { WebhookType } from './webhook-plan.ts';

/** What an event is about. */
export interface WebhookData {
  readonly id: string;
}

export interface WebhookEvent {
  readonly type: WebhookType;
  readonly objectId: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly body: string;
  /** What its draws are for: as no other event's. */
  readonly name: string;
}

/** How many objects are remembered of which there was an event. */
const MOST_OBJECTS = 10_000;

/** Makes events, which are a function of the seed and of how often there was one of this type about this object. */
export function createEventMaker({
  seed,
  clock,
}: World): (type: WebhookType, data: WebhookData) => WebhookEvent {
  const counts = new Map<string, number>();
  return (type, { id: objectId }) => {
    const about = `${type} ${objectId}`;
    const count = counts.get(about) ?? 0;
    if (counts.size >= MOST_OBJECTS) counts.clear();
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
  };
}
