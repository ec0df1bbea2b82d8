import { checkObject, checkOneOf, checkString, invalidOption } from '../../check.ts';
import type { World } from '../world.ts';
import { type Forgery, forgeries } from './delivery.ts';
import { type WebhookType, webhookTypes } from './webhook-plan.ts';
import { webhooksOf } from './webhooks.ts';

/** An event that is sent on request. */
export interface MockEvent {
  readonly type: WebhookType;
  /** Of what it is about, as a response or a batch; there need be none. */
  readonly id: string;
  /**
   * What is to be wrong with it, so that its receiver must refuse it: `signature` is made with another secret, `body` is
   * not the one that was signed, `timestamp` is a day old. It is sent once. @default nothing
   */
  readonly forged?: Forgery;
}

/** Throws a `TelltaleError` for a bad event, and where there is nowhere to send it. */
export function sendEvent(world: World, event: unknown): void {
  const given = checkObject('event', event, ['type', 'id', 'forged']);
  const type = checkOneOf('event.type', given['type'], webhookTypes);
  const data = { id: checkString('event.id', given['id']) };
  const { forged } = given;
  const forgery = forged === undefined ? undefined : checkOneOf('event.forged', forged, forgeries);
  if (!world.plan.webhooks) throw invalidOption('webhooks', 'given, since an event is to be sent', null);
  if (forgery) webhooksOf(world).forge(type, data, forgery);
  else webhooksOf(world).send(type, data);
}
