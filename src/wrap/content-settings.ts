import type { ObserveOptions } from '../options.ts';
import { createRedactor, type Redactor } from '../redact/redactor.ts';
import type { FaultReporter } from './core.ts';

/** How content is recorded, for all calls of a client. */
export interface ContentSettings {
  readonly mode: 'redacted' | 'full';
  readonly mostBytes: number;
  readonly redactor: Redactor;
}

const defaultMostBytes = 32_768;

/** Undefined where no content is to be recorded. */
export function contentSettings(options: ObserveOptions): ContentSettings | undefined {
  const { content: mode = 'none', contentMaxBytes = defaultMostBytes, redact } = options;
  if (mode === 'none') return undefined;
  return { mode, mostBytes: contentMaxBytes, redactor: createRedactor(mode, redact && guarded(redact)) };
}

/** Says once that content could not be recorded; the user's own function is named where it is to blame. */
export function reportContentFault(report: FaultReporter, fault: unknown): void {
  const where = fault instanceof RedactFault ? 'The function `options.redact`' : 'Recording content';
  const cause = fault instanceof RedactFault ? fault.fault : fault;
  report(where, cause, 'The content of such calls is left out.');
}

/** Marks a fault of the user's own function. */
class RedactFault {
  readonly fault: unknown;

  constructor(fault: unknown) {
    this.fault = fault;
  }
}

class NoTextReturned extends Error {}

function guarded(redact: (text: string) => string): (text: string) => string {
  return function redactGuarded(text) {
    let redacted: unknown;
    try {
      redacted = redact(text);
    } catch (fault) {
      throw new RedactFault(fault);
    }
    if (typeof redacted === 'string') return redacted;
    // A promise that nobody waits for must not end the process.
    if (redacted instanceof Promise) redacted.catch(() => {});
    throw new RedactFault(new NoTextReturned());
  };
}
