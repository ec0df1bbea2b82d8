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
  /** How often it measures itself; not at all where this is absent. */
  readonly sampleEveryMs?: number;
}

/** What a gateway measured of itself. */
export interface GatewaySample {
  /** Since 1970. */
  readonly atEpochMs: number;
  /** What is alive on the heap: measured after a collection. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Sockets, timers and whatever else keeps a process alive. */
  readonly handles: number;
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
  /** As often as it was told to. */
  | ({ readonly type: 'sample' } & GatewaySample)
  /** What it holds, though it has finished every request that it had and sent all of its telemetry. */
  | { readonly type: 'drained'; readonly left: GatewayLeft };
