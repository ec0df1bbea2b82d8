import { checkAlertOptions } from '../account/alerts/alert-options.ts';
import { AlertWatch } from '../account/alerts/alert-watch.ts';
import { Audit } from '../account/audit/audit.ts';
import { type AuditOptions, checkAuditOptions } from '../account/audit/audit-options.ts';
import { RecentCalls } from '../account/health/recent-calls.ts';
import type { Limiter } from '../admit/limiter.ts';
import type { Clock } from '../clock.ts';
import { createConditionLog } from '../observe/condition-log.ts';
import type { Observer } from '../observer.ts';
import type { ObserveOptions } from '../options.ts';
import type { FaultReporter } from './core.ts';
import type { ListenerBoard } from './listener-board.ts';

/** What watches over the calls of a client as a whole, as far as it is asked for. */
export interface Watch {
  readonly observers: readonly Observer[];
  readonly calls: RecentCalls;
  readonly alerts: AlertWatch | undefined;
  readonly audit: Audit | undefined;
  /** Writes what is not written yet. */
  flush(): Promise<void>;
  /** Raises no alert any more. */
  close(): void;
}

interface WatchParts {
  readonly clock: Clock;
  readonly limiter: Limiter | undefined;
  readonly board: ListenerBoard;
  readonly report: FaultReporter;
}

export function createWatch(options: ObserveOptions, parts: WatchParts): Watch {
  const alerts = options.alerts && alertsOf(options, parts);
  const audit = options.audit && auditOf(options.audit, parts);
  const calls = new RecentCalls(parts.clock);
  return {
    observers: [calls, alerts, audit].flatMap((one) => one?.observer ?? []),
    calls,
    alerts,
    audit,
    flush: async () => await audit?.flush(),
    close: () => alerts?.close(),
  };
}

function alertsOf(
  { alerts, log }: ObserveOptions,
  { clock, limiter, board, report }: WatchParts,
): AlertWatch {
  const write = createConditionLog({ log, report });
  return new AlertWatch(checkAlertOptions('options.alerts', alerts), {
    clock,
    limiter,
    tell: (alert) => {
      write(alert);
      board.alertChanged(alert);
    },
    report,
  });
}

function auditOf(audit: AuditOptions, { clock }: WatchParts): Audit {
  const warn = (message: string): void =>
    process.emitWarning(message, { type: 'TelltaleWarning', code: 'TELLTALE_AUDIT' });
  return new Audit(checkAuditOptions('options.audit', audit), { clock, warn });
}
