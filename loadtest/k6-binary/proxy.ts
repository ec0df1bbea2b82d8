import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * The proxy through which `url` is fetched, by the variables that curl reads: `HTTPS_PROXY` or `HTTP_PROXY`, in small
 * letters too, unless `NO_PROXY` names the host. Undefined when it is reached directly.
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const setting = read(env, name);
  if (setting === undefined || isExempt(url, read(env, 'no_proxy') ?? '')) return undefined;
  const written = setting.includes('://') ? setting : `http://${setting}`;
  const proxy = URL.canParse(written) ? new URL(written) : undefined;
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  throw new Error(`${name.toUpperCase()} is not the URL of an HTTP proxy`);
}

function read(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] || env[name.toUpperCase()] || undefined;
}

/** `NO_PROXY` lists hosts, `.domains` and `host:port`s, parted by commas or spaces; `*` means all. */
function isExempt(url: URL, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    const { host, port } = exemption(entry.toLowerCase());
    if (host === '' || (port !== undefined && port !== portOf(url))) return false;
    const name = hostOf(url);
    return name === host || name.endsWith(`.${host}`);
  });
}

/** A colon parts host and port, unless it belongs to an IPv6 address without brackets. */
function exemption(entry: string): { host: string; port: string | undefined } {
  if (isIP(entry) === 6) return { host: entry, port: undefined };
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return { host: host.replace(/^\[|\]$/g, '').replace(/^\*?\./, ''), port };
}

/**
 * A connection to the server of `url` through the proxy's CONNECT tunnel, with TLS from end to end where the URL asks
 * for it. Node's own support for proxies is younger than the oldest Node that runs this.
 */
export async function connectThrough(proxy: URL, url: URL, signal: AbortSignal): Promise<Socket> {
  const socket = await openTunnel(proxy, url, signal);
  if (url.protocol !== 'https:') return socket;
  const host = hostOf(url);
  // Its handshake goes on while the request waits for it, and fails the request when it fails.
  return connectTls({ socket, host, ...(isIP(host) ? {} : { servername: host }) });
}

function openTunnel(proxy: URL, url: URL, signal: AbortSignal): Promise<Socket> {
  const target = `${url.hostname}:${portOf(url)}`;
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const request = (proxy.protocol === 'https:' ? requestHttps : requestHttp)({
    host: hostOf(proxy),
    port: portOf(proxy),
    method: 'CONNECT',
    path: target,
    agent: false,
    signal,
    headers: {
      host: target,
      ...(login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
    },
  });
  return new Promise((resolve, reject) => {
    request.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} answered HTTP ${answer.statusCode}`));
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`the proxy ${proxy.host} cannot be reached (${error.code ?? error.message})`));
    });
    request.end();
  });
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

/** Without the brackets that a URL puts round an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}
