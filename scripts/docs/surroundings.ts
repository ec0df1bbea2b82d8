/*
 * Loaded before a snippet, with `--import`. It leads the names of the package to its sources, and the ports that a page
 * would name to free ones: a Redis at 6379 to the one that was started for the check, a server on 3000 to any free port.
 */
import { registerHooks } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { entriesOf } from './entries.ts';

const root = path.resolve(import.meta.dirname, '../..');
const sources = new Map(entriesOf(root).map(({ specifier, runs }) => [specifier, pathToFileURL(runs).href]));

const given = new URL('./given/', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const url = sources.get(specifier);
    if (url !== undefined) return { url, shortCircuit: true };
    const resolved = next(specifier, context);
    if (!resolved.url.startsWith(given)) return resolved;
    // Each snippet has a client, a store and a server of its own.
    const snippet = encodeURIComponent(path.basename(context.parentURL ?? ''));
    return { ...resolved, url: `${resolved.url}?${snippet}` };
  },
});

const usualRedisPort = 6379;
const redisPort = Number(process.env['DOCS_REDIS_PORT'] ?? usualRedisPort);
const connect = net.createConnection as (...given: readonly unknown[]) => net.Socket;
net.createConnection = (...given: readonly unknown[]) => {
  const [options, ...others] = given;
  const isRedis =
    typeof options === 'object' && options !== null && 'port' in options && options.port === usualRedisPort;
  return connect(isRedis ? { ...options, port: redisPort } : options, ...others);
};

const listen = net.Server.prototype.listen as (this: net.Server, ...given: readonly unknown[]) => net.Server;
net.Server.prototype.listen = function listenAnywhere(this: net.Server, ...given: readonly unknown[]) {
  const [port, ...others] = given;
  return typeof port === 'number' ? listen.call(this, 0, ...others) : listen.call(this, ...given);
} as net.Server['listen'];
