import { checkAlertOptions } from '../account/alerts/alert-options.ts';
import { AlertWatch } from '../account/alerts/alert-watch.ts';
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
  readonly alerts: AlertWatch | undefined;
}

interface WatchParts {
  readonly clock: Clock;
  readonly limiter: Limiter | undefined;
  readonly board: ListenerBoard;
  readonly report: FaultReporter;
}

export function createWatch(options: ObserveOptions, parts: WatchParts): Watch {
  const alerts = options.alerts && alertsOf(options, parts);
  return { observers: alerts ? [alerts.observer] : [], alerts };
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
