/** `2026-03-04T12-30-05.123Z-4711.jsonl`: when it was begun, and by which process; in the order of their names they are in order of time. */
export function traceFileName(epochMs: number, pid: number, serial: number): string {
  const begun = new Date(epochMs).toISOString().replaceAll(':', '-');
  return `${begun}-${pid}${serial === 1 ? '' : `-${serial}`}.jsonl`;
}

/** Whether a file is one of ours, which may be deleted when there are too many. */
export function isTraceFile(name: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-\d+(-\d+)?\.jsonl$/.test(name);
}
