import type { PriceBook } from '../account/price-book.ts';
import type { FallbackRule } from '../attempt/fallback/fallback-options.ts';
import type { Call } from '../call.ts';
import type { Clock } from '../clock.ts';
import { describeFault } from '../describe-fault.ts';
import type { CallObserver, Observer } from '../observer.ts';
import type { ToolTracer } from '../tool-tracer.ts';
import type { AttemptGate } from './attempt-gate.ts';
import type { BackgroundJobs } from './background-jobs.ts';
import type { BatchBook } from './batch-book.ts';
import type { ContentSettings } from './content-settings.ts';
import type { ErrorEnds } from './last-word.ts';
import type { OpenCalls } from './open-calls.ts';
import type { Retrier } from './retrying.ts';

/** What all clients that came from one `observe` share: options, listeners, open calls. */
export interface Core {
  readonly clock: Clock;
  readonly observers: readonly Observer[];
  readonly prices: PriceBook;
  readonly streamUsage: 'as-is' | 'ask';
  /** Base URLs whose provider refused `stream_options`, so it is not asked again. */
  readonly refusesStreamOptions: Set<string>;
  /** Undefined where no content is recorded. */
  readonly content: ContentSettings | undefined;
  readonly open: OpenCalls;
  /** Responses that were begun in the background. */
  readonly jobs: BackgroundJobs;
  /** Batches that were made. */
  readonly batches: BatchBook;
  /** What may hold or refuse an attempt, in the order in which it is asked. */
  readonly gates: readonly AttemptGate[];
  /** Undefined where openai's own rules of retrying hold. */
  readonly retrier: Retrier | undefined;
  /** Of each call; undefined where there is none. */
  readonly deadlineMs: number | undefined;
  readonly streamIdleMs: number | undefined;
  /** Undefined where a call never goes on elsewhere. */
  readonly fallback: readonly FallbackRule[] | undefined;
  readonly errorEnds: ErrorEnds | undefined;
  readonly tools: ToolTracer;
  readonly report: FaultReporter;
}

/**
 * Says once that something of the user's or of ours failed while observing; never throws. `consequence` is a sentence
 * on what is missing for it.
 */
export type FaultReporter = (where: string, fault: unknown, consequence?: string) => void;

export function createFaultReporter(): FaultReporter {
  const said = new Set<string>();
  return function reportFault(where, fault, consequence) {
    if (said.has(where)) return;
    said.add(where);
    const missing = consequence === undefined ? '' : `${consequence} `;
    process.emitWarning(
      `${where} failed and is ignored: ${describeFault(fault)}. ${missing}The call itself is not affected.`,
      {
        type: 'TelltaleWarning',
        code: 'TELLTALE_OBSERVER_FAILED',
      },
    );
  };
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
  // Kept as long as the call is open: a list that has grown has room for seventeen.
  return listeners.slice();
}
