import net from 'node:net';

const tried = new Set<string>();

/** From now on no connection leaves this process, whatever a wrapper does when nobody looks. */
export function forbidNetwork(): void {
  net.Socket.prototype.connect = function refuse(this: net.Socket, ...args: unknown[]): net.Socket {
    tried.add(placeIn(args));
    process.nextTick(() => this.destroy(new Error('The bench lets no connection out.')));
    return this;
  } as typeof net.Socket.prototype.connect;
}

/** Where something wanted to connect to. */
export function triedConnections(): readonly string[] {
  return [...tried];
}

/** `connect` takes options, a port and a host, or a path; Node's own callers give a list of them. */
function placeIn(args: readonly unknown[]): string {
  const [first, second] = args.flat();
  if (typeof first !== 'object' || first === null) return [second, first].filter(Boolean).join(':');
  const { host, port, path } = first as { host?: unknown; port?: unknown; path?: unknown };
  return port === undefined ? String(path) : `${host ?? 'localhost'}:${port}`;
}
