/** A callback of the user's whose faults, or those of its promise, are told once and reach nobody else. */
export function quietly<Args extends readonly unknown[]>(
  name: string,
  callback: ((...args: Args) => unknown) | undefined,
): (...args: Args) => void {
  let isTold = false;
  const report = (fault: unknown): void => {
    if (isTold) return;
    isTold = true;
    const kind = fault instanceof Error ? fault.name : typeof fault;
    process.emitWarning(`${name} threw (${kind}). It goes on being called; this is said once.`, {
      type: 'TelltaleWarning',
      code: 'TELLTALE_CALLBACK',
    });
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
