import { describeFault } from '../../describe-fault.ts';

/** A callback of the user's whose faults, or those of its promise, are told once and reach nobody else. */
export function quietly<Args extends readonly unknown[]>(
  name: string,
  callback: ((...args: Args) => unknown) | undefined,
): (...args: Args) => void {
  let isTold = false;
  const report = (fault: unknown): void => {
    if (isTold) return;
    isTold = true;
    process.emitWarning(
      `${name} failed: ${describeFault(fault)}. It goes on being called; this is said once.`,
      { type: 'TelltaleWarning', code: 'TELLTALE_CALLBACK' },
    );
  };
  return (...args) => {
    try {
      const result = callback?.(...args);
      if (result instanceof Promise) result.catch(report);
    } catch (fault) {
      report(fault);
    }
  };
}
