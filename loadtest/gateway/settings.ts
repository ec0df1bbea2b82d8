import type { GatewayLeft } from '../books/left.ts';
import type { GatewayOptions } from '../scenarios/scenario.ts';
import type { Sabotage } from './sabotage/index.ts';

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
  /** What it holds, though it has finished every request that it had and sent all of its telemetry. */
  | { readonly type: 'drained'; readonly left: GatewayLeft };
