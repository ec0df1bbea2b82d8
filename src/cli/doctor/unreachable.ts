import { type Finding, problem } from './finding.ts';
import type { Probe } from './probe.ts';

/** That somebody cannot be reached, with the step at which it failed and what to look at there. */
export function unreachable(
  url: URL,
  { failedAt, reason }: Extract<Probe, { reached: 'nothing' }>,
  variable: string,
): Finding {
  const at = `${url.host} cannot be reached`;
  switch (failedAt) {
    case 'name':
      return problem(
        `${at}: its name is not found (${reason}).`,
        `Look whether ${variable} is spelt right, and whether this machine has DNS and a network.`,
      );
    case 'connection':
      return problem(
        `${at}: no connection (${reason}).`,
        reason === 'ECONNREFUSED'
          ? `Nothing listens there: start it, or correct ${variable}.`
          : `A firewall may stand in between, or a proxy be needed (HTTPS_PROXY with NODE_USE_ENV_PROXY=1); or correct ${variable}.`,
      );
    case 'TLS':
      return problem(
        `${at}: TLS fails (${reason}).`,
        /CERT|ISSUER|SIGNATURE/.test(reason)
          ? 'Name the certificate of who signs there in NODE_EXTRA_CA_CERTS, and look at the clock of this machine.'
          : `Look whether that port speaks TLS: ${variable} may have to begin with http://.`,
      );
    case 'proxy':
      return problem(
        `${at} through the proxy: ${reason}.`,
        'Correct HTTPS_PROXY, or name the host in NO_PROXY.',
      );
    case 'HTTP':
      return problem(
        `${at}: it takes connections, and gives no answer of HTTP (${reason}).`,
        `Look whether something else listens there, or speaks TLS: ${variable} may have to begin with https://.`,
      );
  }
}
