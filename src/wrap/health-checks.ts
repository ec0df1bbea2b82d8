import type { AlertWatch } from '../account/alerts/alert-watch.ts';
import type { Audit } from '../account/audit/audit.ts';
import type { HealthContributor } from '../account/health/health.ts';
import type { RecentCalls } from '../account/health/recent-calls.ts';
import type { Limiter } from '../admit/limiter.ts';

/** Somebody has waited for longer than most callers would. */
const longWaitMs = 30_000;

interface Checked {
  readonly calls: RecentCalls;
  readonly limiter: Limiter | undefined;
  readonly alerts: AlertWatch | undefined;
  readonly audit: Audit | undefined;
  /** Whether the limiter was closed by `close()` of the handle. */
  readonly isClosed: () => boolean;
}

/** What `telltale(client).health()` looks at, as far as there is such a thing. */
export function healthChecks({ calls, limiter, alerts, audit, isClosed }: Checked): HealthContributor[] {
  return [
    { name: 'calls', check: () => calls.check() },
    ...(limiter ? limiterChecks(limiter, isClosed) : []),
    ...(alerts ? [alertCheck(alerts)] : []),
    ...(audit ? [auditCheck(audit)] : []),
  ];
}

function limiterChecks(limiter: Limiter, isClosed: () => boolean): HealthContributor[] {
  const queue: HealthContributor = {
    name: 'limiter',
    check() {
      const { waiting, longestWaitMs, inFlight } = limiter.stats();
      const figures = {
        waiting: waiting.high + waiting.medium + waiting.low,
        longestWaitMs: Math.round(longestWaitMs),
        inFlight,
      };
      if (isClosed()) return { status: 'down', reason: 'it is closed', ...figures };
      if (longestWaitMs > longWaitMs)
        return { status: 'degraded', reason: 'a call has waited for more than 30 s', ...figures };
      return { status: 'ok', ...figures };
    },
  };
  const store: HealthContributor = {
    name: 'store',
    check() {
      const { store: figures } = limiter.stats();
      if (!figures) return undefined;
      const { state, fallbackMs, liveInstances } = figures;
      const known = { fallbackMs: Math.round(fallbackMs), liveInstances };
      if (state === 'up') return { status: 'ok', ...known };
      return { status: 'degraded', reason: 'it does not answer', ...known };
    },
  };
  return [queue, store];
}

function alertCheck(alerts: AlertWatch): HealthContributor {
  return {
    name: 'alerts',
    check() {
      const firing = alerts
        .states()
        .flatMap(({ alert, limit, isFiring }) =>
          isFiring ? [limit === undefined ? alert : `${alert} ${limit}`] : [],
        );
      if (firing.length === 0) return { status: 'ok', firing };
      return { status: 'degraded', reason: 'an alert is firing', firing };
    },
  };
}

function auditCheck(audit: Audit): HealthContributor {
  return {
    name: 'audit',
    check() {
      const figures = audit.figures();
      if (figures.failedWrites === 0) return { status: 'ok', ...figures };
      return { status: 'degraded', reason: 'it cannot be written', ...figures };
    },
  };
}
