import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Keeps pages in a browser on this machine from steering the mock, or reading from it. A page of another origin can send
 * no JSON and no DELETE without asking first, which is refused. A page whose own name was made to mean this machine (DNS
 * rebinding) has that name in `host`, where the mock's own users have an address or `localhost`.
 */
export function strangerProblem(
  request: IncomingMessage,
  listensOn: string,
  what = 'The control API',
): string | undefined {
  const { origin, host = '' } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    return `${what} is not for pages of other origins, and this one is of ${origin}.`;
  }
  const name = nameOf(host);
  // Who lets others in may call the machine by any name.
  if (!isLoopback(listensOn) || isIP(name) !== 0 || isThisMachine(name) || name === listensOn.toLowerCase())
    return undefined;
  return `${what} is asked at an address or at localhost, not at \`${name}\`.`;
}

/** A body of this type needs a page of another origin to ask first. */
export function isJson(request: IncomingMessage): boolean {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  return type.trim().toLowerCase() === 'application/json';
}

function nameOf(host: string): string {
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.split(':', 1)[0];
  return (name ?? '').toLowerCase().replace(/\.$/, '');
}

/** Containers call it so, and nobody can own these names: `.internal` is given to none. */
function isThisMachine(name: string): boolean {
  return isLoopback(name) || name === 'host.docker.internal' || name === 'host.containers.internal';
}

function isLoopback(name: string): boolean {
  if (isIP(name) !== 0) return name === '::1' || name.startsWith('127.');
  return name === 'localhost' || name.endsWith('.localhost');
}
