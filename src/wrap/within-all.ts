import type { Attempt } from '../call.ts';
import type { CallObserver } from '../observer.ts';
import type { FaultReporter } from './core.ts';

/** Runs `send` in the contexts of all listeners, one in the other; once, whatever a listener of the user's does. */
export function withinAll<T>(
  listeners: readonly CallObserver[],
  attempt: Attempt,
  send: () => Promise<T>,
  report: FaultReporter,
): Promise<T> {
  let sent: Promise<T> | undefined;
  const once = (): Promise<T> => {
    sent ??= send();
    return sent;
  };
  let run = once;
  for (const listener of listeners) {
    if (!listener.within) continue;
    const inner = run;
    run = () => listener.within?.(attempt, inner) ?? inner();
  }
  try {
    return run();
  } catch (fault) {
    report('Setting the context of an attempt', fault);
    return once();
  }
}
