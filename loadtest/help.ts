import { type Sabotage, sabotageNames, sabotages } from './gateway/sabotage/index.ts';
import { reportHelp } from './report-options.ts';
import { scenarios } from './scenarios/index.ts';
import { suites } from './scenarios/suites.ts';

/** What the command line takes; `command` is how it was called, and `results` where they go. */
export function helpFor({
  command,
  results,
}: {
  readonly command: string;
  readonly results: string;
}): string {
  return `${command} [options]

Runs k6 against a small service on the wrapped client, in front of a provider that misbehaves, and checks that
k6's book, the telemetry and the provider's ledger agree to the attempt, the token and the nano-dollar.

  --seed N           what chaos happens to which call; the same seed gives the same (default: a new one, printed)
  --duration TIME    such as 30s, 90s or 2m, from 4s to 30m (default: 60s; soak: 30m; each turn of a tour: 12s, soak 40s)
  --rate N           JSON calls a second; streams come on top at 30 % of it (default: as the scenario is sized for two
                     cores, mostly 100 or 50)
  --factor N         the rate of the scenario, and the limits that go with it, so many times; from 0.05 to 100
  --scenario NAME    ${Object.entries({ ...scenarios, ...suites })
    .map(([name, { says }]) => `${name}: ${says}`)
    .join('\n                     ')}
                     (default: chaos; with --sabotage one that shows it)
${reportHelp('call', ' '.repeat(21))}
  --sabotage BUG     plant a bug in the gateway's wrapper; the run must turn red, and by the invariant that names it alone.
                     Without --scenario the run is the first of those that can show it:
${sabotageNames.map(sabotageHelp).join('\n')}
  --help             this

Environment: K6 (path of a k6 to use), OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS (a collector to
which the telemetry is sent too), REDIS_URL (a Redis for quota, budget and fleet, which otherwise start redis-server).
Results go to ${results}. Exit code: 0 green, 1 red, void or cut short, 2 for a wrong option.
`;
}

function sabotageHelp(name: Sabotage): string {
  const { plants, invariant, scenarios: suitable } = sabotages[name];
  return `                     ${name}: ${plants} → ${invariant} (${suitable.join(', ')})`;
}
