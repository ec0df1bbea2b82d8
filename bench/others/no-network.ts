import net from 'node:net';

const tried = new Set<string>();

/** From now on no connection leaves this process, whatever a wrapper does when nobody looks. */
export function forbidNetwork(): void {
  net.Socket.prototype.connect = function refuse(this: net.Socket, ...args: unknown[]): net.Socket {
    tried.add(JSON.stringify(args[0]) ?? 'somewhere');
    process.nextTick(() => this.destroy(new Error('The bench lets no connection out.')));
    return this;
  } as typeof net.Socket.prototype.connect;
}

/** Where something wanted to connect to. */
export function triedConnections(): readonly string[] {
  return [...tried];
}
