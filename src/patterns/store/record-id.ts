import { invalidOption } from '../../check.ts';

/** @throws TelltaleError `invalid_option` */
export function checkRecordId(id: unknown): string {
  if (typeof id === 'string' && id !== '' && id.length <= 256 && !/\p{Surrogate}/u.test(id)) return id;
  throw invalidOption('id', 'a text of 1 to 256 characters', id);
}
