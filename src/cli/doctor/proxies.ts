import { proxyFor } from '../../../loadtest/program/proxy.ts';
import type { DoctorContext } from './context.ts';
import { compareVersions, versionOf } from './version-range.ts';

type Seen = Pick<DoctorContext, 'env' | 'nodeFlags' | 'nodeVersion'>;

/** The variables that name a proxy. */
export function namedProxies(env: DoctorContext['env']): readonly string[] {
  return ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].filter(
    (name) => (env[name.toLowerCase()] || env[name] || '') !== '',
  );
}

/** Node's `fetch` takes proxies from the environment from these versions on, and only when it is told to. */
export function canUseProxies({ nodeVersion }: Seen): boolean {
  const version = versionOf(nodeVersion);
  if (!version) return false;
  return version[0] === 22
    ? compareVersions(version, [22, 21, 0]) >= 0
    : compareVersions(version, [24, 5, 0]) >= 0;
}

export function usesProxies(seen: Seen): boolean {
  const { env, nodeFlags } = seen;
  const flags = [...nodeFlags, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const isAsked = env['NODE_USE_ENV_PROXY'] === '1' || flags.includes('--use-env-proxy');
  return isAsked && canUseProxies(seen);
}

/**
 * The proxy that a request of the client goes through.
 *
 * @throws Error where the variable names none
 */
export function proxyOf(url: URL, seen: Seen): URL | undefined {
  return usesProxies(seen) ? proxyFor(url, { ...seen.env }) : undefined;
}
