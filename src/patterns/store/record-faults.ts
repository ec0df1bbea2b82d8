import { TelltaleError } from '../../errors.ts';

export function recordConflict(id: string): TelltaleError {
  return new TelltaleError('record_conflict', `The record \`${id}\` was changed by somebody else meanwhile.`);
}

export function recordLocked(id: string, who = 'somebody else'): TelltaleError {
  return new TelltaleError('record_locked', `The record \`${id}\` is held by ${who}.`);
}

export function recordDamaged(id: string, where: string, cause?: unknown): TelltaleError {
  return new TelltaleError(
    'record_damaged',
    `The record \`${id}\` cannot be read: ${where}. Move it away to go on without it; no other record is touched.`,
    cause === undefined ? {} : { cause },
  );
}

export function recordNewer(id: string, version: number, known: number): TelltaleError {
  return new TelltaleError(
    'record_newer',
    `The record \`${id}\` has version ${version}, and this Telltale knows ${known}. Update Telltale; the record is left as it is.`,
  );
}
