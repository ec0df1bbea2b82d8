import type { GatewayOptions } from '../scenarios/scenario.ts';
import type { Sabotage } from './sabotage.ts';

/** What the runner tells the gateway, as JSON in the variable `TELLTALE_GATEWAY`. */
export interface GatewaySettings {
  /** The provider's address, for the client's `baseURL`. */
  readonly providerUrl: string;
  /** Of `observe`; undefined leaves the client bare. */
  readonly options: GatewayOptions | undefined;
  /** Where the gateways hold their limits together. */
  readonly store?: { readonly redisUrl: string; readonly key: string };
  readonly sabotage?: Sabotage;
}

/** From the runner to the gateway, over IPC. */
export interface ToGateway {
  /** Take no more calls, finish those under way, send what telemetry is left, and say so. */
  readonly type: 'drain';
}

/** From the gateway to the runner, over IPC. */
export type FromGateway =
  /** Every half second. */
  | { readonly type: 'progress'; readonly retries: number }
  /** `openCalls` have neither ended nor been abandoned, though the gateway has finished every request it had. */
  | { readonly type: 'drained'; readonly openCalls: number };
