import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, problem, warning } from '../finding.ts';
import { canUseProxies, namedProxies, proxyOf, usesProxies } from '../proxies.ts';

/** Whether a proxy is named, and whether Node heeds it. */
export const proxyCheck: Check = { name: 'proxy', run: proxyFindings };

function proxyFindings(context: DoctorContext): readonly Finding[] {
  const named = namedProxies(context.env);
  if (named.length === 0) return [ok('none in the environment')];
  const names = named.join(', ');
  if (!usesProxies(context)) {
    return [
      warning(
        `${names} ${named.length === 1 ? 'is' : 'are'} set, and Node does not use ${named.length === 1 ? 'it' : 'them'} by itself: calls go out directly.`,
        canUseProxies(context)
          ? 'Where calls must go through the proxy, set NODE_USE_ENV_PROXY=1 too.'
          : 'Where calls must go through the proxy, take Node 22.21 or 24.5 or newer and set NODE_USE_ENV_PROXY=1.',
      ),
    ];
  }
  try {
    // Any address that no entry of NO_PROXY names.
    proxyOf(new URL('https://proxied.invalid/'), context);
  } catch {
    return [
      problem(
        'HTTPS_PROXY is not the address of a proxy.',
        'Set it to one such as http://proxy.example:3128, or unset it.',
      ),
    ];
  }
  return [ok(`${names}, which Node uses`)];
}
