import type { AlertWatch } from '../account/alerts/alert-watch.ts';
import type { Audit } from '../account/audit/audit.ts';
import type { Budgets } from '../account/budget/budgets.ts';
import type { HealthContributor } from '../account/health/health.ts';
import type { RecentCalls } from '../account/health/recent-calls.ts';
import type { Limiter } from '../admit/limiter.ts';
import type { Breakers } from '../attempt/breaker/breakers.ts';
import type { ExporterHealth } from '../exporter-health.ts';
import { exporterCheck } from './exporter-check.ts';

/** Somebody has waited for longer than most callers would. */
const longWaitMs = 30_000;

interface Checked {
  readonly calls: RecentCalls;
  readonly limiter: Limiter | undefined;
  readonly breakers: Breakers | undefined;
  readonly budgets: Budgets | undefined;
  readonly alerts: AlertWatch | undefined;
  readonly audit: Audit | undefined;
  /** What knows how telemetry is sent; undefined where nobody has said. */
  readonly exporter: () => ExporterHealth | undefined;
  /** Whether the limiter was closed by `close()` of the handle. */
  readonly isClosed: () => boolean;
}

/** What `telltale(client).health()` looks at, as far as there is such a thing. */
export function healthChecks({
  calls,
  limiter,
  breakers,
  budgets,
  alerts,
  audit,
  exporter,
  isClosed,
}: Checked): HealthContributor[] {
  return [
    { name: 'calls', check: () => calls.check() },
    ...(limiter ? limiterChecks(limiter, isClosed) : []),
    ...(breakers ? [breakerCheck(breakers)] : []),
    ...(budgets ? [budgetCheck(budgets)] : []),
    ...(alerts ? [alertCheck(alerts)] : []),
    ...(audit ? [auditCheck(audit)] : []),
    exporterCheck(exporter),
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

/** An open breaker does what it is for, and its service can still do all that needs no model that is ill. */
function breakerCheck(breakers: Breakers): HealthContributor {
  return {
    name: 'breakers',
    check() {
      const notClosed = breakers
        .snapshot()
        .flatMap(({ endpoint, model, state }) =>
          state === 'closed' ? [] : [`${endpoint} ${model ?? ''} ${state}`.replace('  ', ' ')],
        );
      if (notClosed.length === 0) return { status: 'ok', notClosed };
      return { status: 'degraded', reason: 'a model is ill', notClosed };
    },
  };
}

/** Whose a budget is stays untold. */
function budgetCheck(budgets: Budgets): HealthContributor {
  return {
    name: 'budget',
    check() {
      const { budgets: all, store } = budgets.snapshot();
      const namesOf = (found: typeof all) => [...new Set(found.map(({ budget }) => budget))];
      const spent = namesOf(all.filter(({ spentUsd, limitUsd }) => spentUsd >= limitUsd));
      // Of a damaged file, which may count as spent in full. Redis only adds what it was told again.
      const uncertain = store.kind === 'file' ? namesOf(all.filter(({ isUncertain }) => isUncertain)) : [];
      const figures = { spent, ...(uncertain.length > 0 && { uncertain }), store: store.state };
      if (store.state === 'down')
        return { status: 'degraded', reason: 'its store does not answer', ...figures };
      if (spent.length > 0) return { status: 'degraded', reason: 'a budget is spent', ...figures };
      if (uncertain.length === 0) return { status: 'ok', ...figures };
      return { status: 'degraded', reason: 'what was spent of a budget is uncertain', ...figures };
    },
  };
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
