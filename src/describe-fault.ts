/**
 * What was thrown, in words that can hold nothing of a call: the class of an error and where it was thrown, not its
 * message. `JSON.parse`, assertions and validators quote in theirs what they were given, and that may be a prompt.
 */
export function describeFault(fault: unknown): string {
  try {
    if (!(fault instanceof Error)) return `it threw a value of type ${typeof fault}`;
    const name = fault.constructor.name || 'Error';
    const place = placeOf(fault);
    return place === undefined ? name : `${name} at ${place}`;
  } catch {
    return 'it threw something that cannot be read';
  }
}

/** The first line of the stack, behind the message, that tells a place. */
function placeOf({ message, stack }: Error): string | undefined {
  if (typeof stack !== 'string') return undefined;
  const said = message === '' ? 0 : stack.indexOf(message);
  const behind = said === -1 ? stack : stack.slice(said + message.length);
  return /^[ \t]{1,16}at (\S.{0,300}:\d{1,9}:\d{1,9}\)?)$/m.exec(behind)?.[1];
}
