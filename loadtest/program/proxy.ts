import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

// Node reads these variables by itself only from 22.21 and 24.5 on, and only when asked to at its start.

/** The proxy that `HTTPS_PROXY` and `NO_PROXY` name for an `https:` address. Lower case wins, as with curl. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const setting = env['https_proxy'] || env['HTTPS_PROXY'];
  if (url.protocol !== 'https:' || !setting || isExempt(url, env['no_proxy'] || env['NO_PROXY'] || '')) {
    return undefined;
  }
  const proxy = URL.parse(setting.includes('://') ? setting : `http://${setting}`);
  if (proxy?.protocol === 'http:' || proxy?.protocol === 'https:') return proxy;
  throw new Error('HTTPS_PROXY is not the http:// or https:// address of a proxy');
}

/** Entries of `NO_PROXY` are `*`, a host, which stands for its subdomains too, or either with a port. */
function isExempt(url: URL, noProxy: string): boolean {
  const host = hostOf(url);
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      // An IPv6 address in no brackets ends in what looks like a port.
      if (isIP(entry) > 0) return entry === host;
      const [, name = '', port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
      const suffix = name.replace(/^\*?\./, '');
      if (suffix === '' || (port !== undefined && port !== portOf(url))) return false;
      return host === suffix || host.endsWith(`.${suffix}`);
    });
}

/** An IPv6 address stands in brackets in a URL, and nowhere else. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

/** Has the proxy connect to the host of `url`, and speaks TLS with that host through it. */
export async function connectThrough(proxy: URL, url: URL, signal: AbortSignal): Promise<TLSSocket> {
  const socket = await openTunnel(proxy, `${url.hostname}:${portOf(url)}`, signal);
  const host = hostOf(url);
  // A server name must not be an address; the certificate is checked against `host` then.
  return connectTls({ socket, host, servername: isIP(host) > 0 ? '' : host });
}

function openTunnel(proxy: URL, target: string, signal: AbortSignal): Promise<Socket> {
  const request = proxy.protocol === 'https:' ? requestHttps : requestHttp;
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const login =
    user === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
  return new Promise((resolve, reject) => {
    const connecting = request({
      host: hostOf(proxy),
      port: portOf(proxy),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...login },
      agent: false,
      signal,
    });
    connecting.once('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} answered HTTP ${response.statusCode}`));
    });
    connecting.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`the proxy ${proxy.host} cannot be reached (${error.code ?? error.message})`));
    });
    connecting.end();
  });
}
