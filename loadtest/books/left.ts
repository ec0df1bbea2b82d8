/** What the gateways still held once they had drained. All of it should be nothing. */
export interface GatewayLeft {
  /** Calls of the wrapper that have neither ended nor been abandoned. */
  readonly openCalls: number;
  /** Requests to the provider that are still on a socket. */
  readonly requests: number;
  /**
   * What else keeps the process alive, by Node's own names (`Timeout`, `TCPSocketWrap`), and how many of each. What a
   * drained gateway holds by right is left out: its pipes to the runner, and whatever does not keep it alive, such as idle
   * connections and the timers of the exporters.
   */
  readonly resources: Readonly<Record<string, number>>;
}

/** What the provider still had of the gateways once they had drained. */
export interface ProviderLeft {
  /** Requests that it had not ended. */
  readonly running: number;
}

/** The third of the books on what is left; each part is undefined where whoever keeps it has died. */
export interface LeftBook {
  readonly gateway: GatewayLeft | undefined;
  readonly provider: ProviderLeft | undefined;
}

/** Of all gateways together; undefined where one of them told nothing. */
export function leftInAll(left: readonly (GatewayLeft | undefined)[]): GatewayLeft | undefined {
  let openCalls = 0;
  let requests = 0;
  const resources: Record<string, number> = {};
  for (const one of left) {
    if (!one) return undefined;
    openCalls += one.openCalls;
    requests += one.requests;
    for (const [name, count] of Object.entries(one.resources))
      resources[name] = (resources[name] ?? 0) + count;
  }
  return { openCalls, requests, resources };
}
