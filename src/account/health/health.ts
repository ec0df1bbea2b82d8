/** `'degraded'` needs somebody's attention, `'down'` cannot do its work. */
export type HealthStatus = 'ok' | 'degraded' | 'down';

/** One thing that was looked at, and its figures. Durations are in milliseconds; what is not known is absent. */
export interface HealthCheck {
  /** `'unknown'` where nobody has told: that makes the whole neither better nor worse. */
  readonly status: HealthStatus | 'unknown';
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

const worse = ['ok', 'degraded', 'down'] as const satisfies readonly HealthStatus[];

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
  const ranks = checks.map(([, { status }]) => (status === 'unknown' ? 0 : worse.indexOf(status)));
  return { status: worse[Math.max(0, ...ranks)] ?? 'ok', checks: Object.fromEntries(checks) };
}
