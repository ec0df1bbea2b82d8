/** One sentence on stderr: there is no caller that could catch an error, and the application must run on. */
export function say(message: string): void {
  console.error(`telltale/register: ${message}`);
}

export function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
