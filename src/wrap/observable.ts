import { type Doors, hasDoors, unsupportedMajor } from './doors.ts';

/** Seen by other copies of Telltale too, so that no client is observed twice. */
export const observedMark = Symbol.for('telltale.observed');

/** Says why where it is not. */
export function isObservable(client: object): client is Doors {
  if (!hasDoors(client)) {
    warn(
      'This client has no `makeRequest` and `retryRequest`, which Telltale hooks in openai 6 and 7: it is left as it was, not observed.',
    );
    return false;
  }
  const major = unsupportedMajor(client);
  if (major !== undefined) {
    warn(
      `This is a client of openai ${major}, and Telltale knows openai 6 and 7: it is left as it was, not observed.`,
    );
    return false;
  }
  if (!Object.isExtensible(client)) {
    warn('This client is frozen, so it cannot be hooked: it is left as it was, not observed.');
    return false;
  }
  if (observedMark in client) {
    warn('This client is already observed by another copy of Telltale: it is left as it was.');
    return false;
  }
  return true;
}

function warn(message: string): void {
  process.emitWarning(message, { type: 'TelltaleWarning', code: 'TELLTALE_NOT_OBSERVED' });
}
