/** One sentence on stderr: there is no caller that could catch an error, and the application must run on. */
export function say(message: string): void {
  console.error(`telltale/register: ${message}`);
}

/** What went wrong, and what follows from it. A message that ends with a question keeps its mark. */
export function sayFault(fault: unknown, consequence: string): void {
  const message = messageOf(fault);
  say(`${message}${/[.?!]$/.test(message) ? '' : '.'} ${consequence}`);
}

export function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
