import type OpenAI from 'openai';
import { telltale } from '../../src/index.ts';
import { redisStore } from '../../src/limiter.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { observeWith } from '../../src/wrap/observe-client.ts';
import { sabotages } from './sabotage/index.ts';
import type { GatewaySettings } from './settings.ts';

/** What the gateway tells of its client, observed or not. */
export interface GatewayClient {
  retries(): number;
  openCalls(): number;
  /** Gives back what it holds of limits that others share. */
  close(): Promise<void>;
}

/** Observes the client as the runner says, or leaves it as it is. */
export async function observedClient(client: OpenAI, settings: GatewaySettings): Promise<GatewayClient> {
  const { options, store: shared, sabotage } = settings;
  if (options === undefined) return { retries: () => 0, openCalls: () => 0, close: async () => {} };
  const redis = shared && new (await import('ioredis')).Redis(shared.redisUrl);
  // What the store does without Redis is its own affair.
  redis?.on('error', () => {});
  const bug = sabotage && sabotages[sabotage].plant();
  bug?.beneath?.(client);
  const told: ObserveOptions = {
    streamUsage: 'ask',
    ...options,
    ...(redis && { store: redisStore(redis, { key: shared.key }) }),
  };
  observeWith(client, bug?.options?.(told) ?? told, (observers) => bug?.listeners?.(observers) ?? observers);
  bug?.within?.(client);
  const handle = telltale(client);
  return {
    retries: () => handle.stats().retries,
    openCalls: () => handle.openCalls(),
    async close() {
      redis?.disconnect();
    },
  };
}
