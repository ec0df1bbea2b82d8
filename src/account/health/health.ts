export type HealthStatus = 'ok' | 'degraded' | 'down';

/** One thing that was looked at, and its figures. Durations are in milliseconds; what is not known is absent. */
export interface HealthCheck {
  readonly status: HealthStatus;
  /** Why it is not `ok`. */
  readonly reason?: string;
  readonly [figure: string]: string | number | boolean | readonly string[] | undefined;
}

/** How a client is, as a readiness probe may return it: plain JSON, and nothing of what was said or who said it. */
export interface Health {
  /** The worst of the checks. */
  readonly status: HealthStatus;
  readonly checks: Readonly<Record<string, HealthCheck>>;
}

/** A part that can say how it is. */
export interface HealthContributor {
  readonly name: string;
  /** Undefined where there is no such thing. */
  check(): HealthCheck | undefined;
}

const worse: readonly HealthStatus[] = ['ok', 'degraded', 'down'];

/** Asks every part. One that throws is degraded: nobody knows how it is. */
export function healthOf(
  contributors: readonly HealthContributor[],
  report: (where: string, fault: unknown) => void,
): Health {
  const checks = contributors.flatMap(({ name, check }) => {
    try {
      const found = check();
      return found ? [[name, found] as const] : [];
    } catch (fault) {
      report(`The health check of '${name}'`, fault);
      return [[name, { status: 'degraded', reason: 'it cannot be checked' } as const] as const];
    }
  });
  const worst = Math.max(0, ...checks.map(([, { status }]) => worse.indexOf(status)));
  return { status: worse[worst] ?? 'ok', checks: Object.fromEntries(checks) };
}
