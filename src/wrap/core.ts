import type { PriceBook } from '../account/price-book.ts';
import type { Call } from '../call.ts';
import type { Clock } from '../clock.ts';
import type { CallObserver, Observer } from '../observer.ts';
import type { ToolTracer } from '../tool-tracer.ts';
import type { OpenCalls } from './open-calls.ts';

/** What all clients that came from one `observe` share: options, listeners, open calls. */
export interface Core {
  readonly clock: Clock;
  readonly observers: readonly Observer[];
  readonly prices: PriceBook;
  readonly streamUsage: 'as-is' | 'ask';
  /** Base URLs whose provider refused `stream_options`, so it is not asked again. */
  readonly refusesStreamOptions: Set<string>;
  readonly open: OpenCalls;
  readonly tools: ToolTracer;
  readonly report: FaultReporter;
}

/** Says once that something of the user's or of ours failed while observing; never throws. */
export type FaultReporter = (where: string, fault: unknown) => void;

export function createFaultReporter(): FaultReporter {
  const said = new Set<string>();
  return function reportFault(where, fault) {
    if (said.has(where)) return;
    said.add(where);
    process.emitWarning(
      `${where} failed and is ignored: ${messageOf(fault)}. The call itself is not affected.`,
      {
        type: 'TelltaleWarning',
        code: 'TELLTALE_OBSERVER_FAILED',
      },
    );
  };
}

/** What was thrown may be anything, also something that cannot be turned into text. */
function messageOf(fault: unknown): string {
  try {
    return fault instanceof Error ? `${fault.message}` : String(fault);
  } catch {
    return 'it threw something that has no text';
  }
}

/** Asks every observer whether it listens to this call. */
export function listenersOf(core: Core, call: Call): CallObserver[] {
  const listeners: CallObserver[] = [];
  for (const observer of core.observers) {
    try {
      const listener = observer(call);
      if (listener) listeners.push(listener);
    } catch (fault) {
      core.report('An observer', fault);
    }
  }
  return listeners;
}
